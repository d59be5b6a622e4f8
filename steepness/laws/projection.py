"""Variable projection: for a fixed exponent the rest of alpha * m**beta + gamma is nearly linear.

So one small grid of exponents holds the global optimum, and its profile of squared residuals is the interval.
Residuals are those of the log error: noise in learning curves is relative (Hestness et al. 2017 fit log-log).
Suffixes: k shards, b exponents.
"""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dposv

from steepness.laws.forms import Floats

STEEPEST, SHALLOWEST = 5.0, 0.005
_COARSE = -np.geomspace(SHALLOWEST, STEEPEST, 24)
_ZOOM = np.log(STEEPEST / SHALLOWEST) / 23 * np.linspace(-1.2, 1.2, 13)
_STRAY = 0.4  # relative distance the polished exponent may keep from the grid's best
_SETTLING_STEPS = 10
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class Profile:
    """The best alpha and gamma at each exponent; alpha belongs to m in units of exp(centre).

    Attributes:
        beta, alpha, gamma, sse: shape (b,) each; sse of log residuals, weighted by runs.
        centre: log of the m at which alpha is the reducible error.
    """

    beta: Floats
    alpha: Floats
    gamma: Floats
    sse: Floats
    centre: float


def profile(log_m: Floats, log_error: Floats, weight: Floats, beta: Floats, steps: int = 3) -> Profile:
    """Fit alpha > 0 and gamma >= 0 at every exponent.

    Args:
        log_m, log_error, weight: shape (k,).
        beta: exponents, shape (b,), < 0.
        steps: Gauss-Newton steps from relative to logarithmic least squares.
    """
    centre, middle = float(log_m.mean()), float(log_error.mean())
    target_k, root_k = log_error - middle, np.sqrt(weight)
    exponent_bk = np.multiply.outer(beta, log_m - centre)
    basis_bk = np.exp(exponent_bk)
    # without gamma the best alpha has a closed form
    pure_bk = target_k - exponent_bk
    log_alpha_b = pure_bk @ weight / weight.sum()
    pure_b = np.square(pure_bk - log_alpha_b[:, None]) @ weight
    # gram of [first column, second column, target] holds all that least squares on two columns needs
    system_b3k = np.empty((len(beta), 3, len(log_m)))
    system_b3k[:, 1] = root_k * np.exp(-target_k)
    system_b3k[:, 0] = basis_bk * system_b3k[:, 1]
    system_b3k[:, 2] = root_k
    alpha_b, gamma_b = _solve(system_b3k)
    for step in range(steps + 1):
        alpha_b, gamma_b = np.maximum(alpha_b, _TINY), np.maximum(gamma_b, 0.0)
        value_bk = alpha_b[:, None] * basis_bk + gamma_b[:, None]
        residual_bk = system_b3k[:, 2] = (target_k - np.log(value_bk)) * root_k
        if step < steps:
            system_b3k[:, 1] = root_k / value_bk
            system_b3k[:, 0] = basis_bk * system_b3k[:, 1]
            d_alpha, d_gamma = _solve(system_b3k)
            alpha_b, gamma_b = alpha_b + d_alpha, gamma_b + d_gamma
    sse_b = np.square(residual_bk).sum(axis=1)
    pure = ~(sse_b < pure_b)
    scale = float(np.exp(middle))
    return Profile(
        beta,
        scale * np.where(pure, np.exp(log_alpha_b), alpha_b),
        scale * np.where(pure, 0.0, gamma_b),
        np.where(pure, pure_b, sse_b),
        centre,
    )


def best_exponent(log_m: Floats, log_error: Floats, weight: Floats) -> float:
    """The exponent with the least squared log residuals of power + constant, found from any curve."""
    found = profile(log_m, log_error, weight, _COARSE, steps=1)
    polished = _polish(log_m, log_error, weight, found)
    if polished is None:
        middle = np.log(-_COARSE[np.argmin(found.sse)])
        log_b = np.clip(middle + _ZOOM, np.log(SHALLOWEST), np.log(STEEPEST))
        found = profile(log_m, log_error, weight, -np.exp(log_b), steps=3)
        polished = _polish(log_m, log_error, weight, found)
    return float(found.beta[np.argmin(found.sse)]) if polished is None else polished


def _polish(log_m: Floats, log_error: Floats, weight: Floats, found: Profile) -> float | None:
    """Gauss-Newton from the best of a profile; None if it strays from there or does not settle."""
    at = int(np.argmin(found.sse))
    start, x_k = float(found.beta[at]), log_m - found.centre
    if found.gamma[at] == 0:  # the straight line's own exponent is exact
        x0, y0 = log_m - weight @ log_m / weight.sum(), log_error - weight @ log_error / weight.sum()
        return float(np.clip((weight * x0) @ y0 / ((weight * x0) @ x0), -STEEPEST, -SHALLOWEST))
    log_alpha, beta, gamma = float(np.log(found.alpha[at])), start, float(found.gamma[at])
    jacobian = np.empty((3, len(x_k)))
    for _ in range(_SETTLING_STEPS):
        reducible_k = np.exp(log_alpha + beta * x_k)
        value_k = reducible_k + gamma
        jacobian[0] = reducible_k / value_k
        jacobian[1] = jacobian[0] * x_k
        jacobian[2] = 1 / value_k
        weighted = jacobian * weight
        _, step, failed = dposv(weighted @ jacobian.T, weighted @ (log_error - np.log(value_k)))
        log_alpha, beta, gamma = log_alpha + step[0], beta + step[1], gamma + step[2]
        if failed or gamma <= 0 or abs(beta / start - 1) > _STRAY:
            return None
        if abs(step[1]) < 1e-7 * abs(beta):
            return float(beta)
    return None


def _solve(system_b3k: Floats) -> tuple[Floats, Floats]:
    """Least squares of the third row on the first two, for every exponent at once."""
    gram = system_b3k @ system_b3k.transpose(0, 2, 1)
    ff, fs, ft, ss, st = gram[:, 0, 0], gram[:, 0, 1], gram[:, 0, 2], gram[:, 1, 1], gram[:, 1, 2]
    determinant = np.maximum(ff * ss - fs * fs, 1e-14 * ff * ss)
    return (ss * ft - fs * st) / determinant, (ff * st - fs * ft) / determinant
