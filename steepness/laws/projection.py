"""Variable projection: for a fixed exponent the rest of alpha * m**beta + gamma is nearly linear.

So one small grid of exponents holds the global optimum, and its profile of squared residuals is the interval.
Residuals are those of the log error: noise in learning curves is relative (Hestness et al. 2017 fit log-log).
Suffixes: k shards, b exponents.
"""

from dataclasses import dataclass

import numpy as np

from steepness.laws.forms import Floats

STEEPEST, SHALLOWEST = 5.0, 0.005
_COARSE = -np.geomspace(SHALLOWEST, STEEPEST, 32)
_STEP = float(np.log(STEEPEST / SHALLOWEST)) / (len(_COARSE) - 1)
_ZOOM = np.linspace(-1.2, 1.2, 11)
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
    relative_k = root_k * np.exp(-target_k)
    alpha_b, gamma_b = _solve(basis_bk * relative_k, np.tile(relative_k, (len(beta), 1)), np.tile(root_k, (len(beta), 1)))
    for step in range(steps + 1):
        alpha_b, gamma_b = np.maximum(alpha_b, _TINY), np.maximum(gamma_b, 0.0)
        value_bk = alpha_b[:, None] * basis_bk + gamma_b[:, None]
        residual_bk = (target_k - np.log(value_bk)) * root_k
        if step < steps:
            by_value_bk = root_k / value_bk
            d_alpha, d_gamma = _solve(basis_bk * by_value_bk, by_value_bk, residual_bk)
            alpha_b, gamma_b = alpha_b + d_alpha, gamma_b + d_gamma
    sse_b = np.einsum("bk,bk->b", residual_bk, residual_bk)
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
    coarse = profile(log_m, log_error, weight, _COARSE, steps=1)
    log_b, spacing = float(np.log(-_COARSE[np.argmin(coarse.sse)])), _STEP
    for _ in range(2):
        near = np.clip(log_b + spacing * _ZOOM, np.log(SHALLOWEST), np.log(STEEPEST))
        sse = profile(log_m, log_error, weight, -np.exp(near)).sse
        at = int(np.argmin(sse))
        log_b, spacing = float(near[at]), spacing / 4
    if 0 < at < len(near) - 1 and near[at - 1] < near[at] < near[at + 1]:
        left, right = sse[at - 1] - sse[at], sse[at + 1] - sse[at]
        log_b += float((near[at + 1] - near[at]) * (left - right) / 2 / max(left + right, 1e-300))
    return -float(np.exp(log_b))


def _solve(first_bk: Floats, second_bk: Floats, target_bk: Floats) -> tuple[Floats, Floats]:
    """Least squares on two columns, for every exponent at once."""
    ff, ss = np.einsum("bk,bk->b", first_bk, first_bk), np.einsum("bk,bk->b", second_bk, second_bk)
    fs = np.einsum("bk,bk->b", first_bk, second_bk)
    ft, st = np.einsum("bk,bk->b", first_bk, target_bk), np.einsum("bk,bk->b", second_bk, target_bk)
    determinant = np.maximum(ff * ss - fs * fs, 1e-14 * ff * ss)
    return (ss * ft - fs * st) / determinant, (ff * st - fs * ft) / determinant
