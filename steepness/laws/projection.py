"""Variable projection: for a fixed exponent the rest of alpha * m**beta + gamma is nearly linear.

So one small grid of exponents holds the global optimum, and its profile of squared residuals is the interval.
Residuals are those of the log error: noise in learning curves is relative (Hestness et al. 2017 fit log-log).
Suffixes: k shards, b exponents, r bootstrap replicates.
"""

from dataclasses import dataclass

import numpy as np

from steepness.laws.forms import Floats

STEEPEST, SHALLOWEST = 5.0, 0.005
_COARSE = -np.geomspace(SHALLOWEST, STEEPEST, 48)
_ZOOM = np.linspace(-1, 1, 13)
_GAUSS_NEWTON_STEPS = 3


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


def profile(log_m: Floats, log_error: Floats, weight: Floats, beta: Floats) -> Profile:
    """Fit alpha > 0 and gamma >= 0 at every exponent.

    Args:
        log_m, log_error, weight: shape (k,).
        beta: exponents, shape (b,), < 0.
    """
    centre = float(log_m.mean())
    scale = float(np.exp(log_error.mean()))
    inverse_k = scale * np.exp(-log_error)
    target_k = -np.log(inverse_k)
    total = weight.sum()
    exponent_bk = np.multiply.outer(beta, log_m - centre)
    basis_bk = np.exp(exponent_bk)
    # gamma = 0 has a closed form; the interior solution starts from relative least squares
    log_alpha_b = (target_k - exponent_bk) @ weight / total
    pure_b = np.square(target_k - exponent_bk - log_alpha_b[:, None]) @ weight
    alpha_b, gamma_b = _solve(basis_bk * inverse_k, np.broadcast_to(inverse_k, basis_bk.shape), 1.0, weight)
    for _ in range(_GAUSS_NEWTON_STEPS):
        alpha_b, gamma_b = np.maximum(alpha_b, 1e-12), np.maximum(gamma_b, 0.0)
        value_bk = alpha_b[:, None] * basis_bk + gamma_b[:, None]
        residual_bk = target_k - np.log(value_bk)
        step_alpha, step_gamma = _solve(basis_bk / value_bk, 1 / value_bk, residual_bk, weight)
        alpha_b, gamma_b = alpha_b + step_alpha, gamma_b + step_gamma
    feasible = (alpha_b > 1e-12) & (gamma_b > 0)
    value_bk = (
        np.where(feasible, alpha_b, 1.0)[:, None] * basis_bk + np.where(feasible, gamma_b, 0.0)[:, None]
    )
    sse_b = np.where(feasible, np.square(target_k - np.log(value_bk)) @ weight, np.inf)
    pure = pure_b <= sse_b
    return Profile(
        beta,
        scale * np.where(pure, np.exp(log_alpha_b), alpha_b),
        scale * np.where(pure, 0.0, gamma_b),
        np.where(pure, pure_b, sse_b),
        centre,
    )


def _solve(
    first_bk: Floats, second_bk: Floats, target: Floats | float, weight: Floats
) -> tuple[Floats, Floats]:
    """Weighted least squares on two columns, for every exponent at once."""
    ff, ss = np.square(first_bk) @ weight, np.square(second_bk) @ weight
    fs = (first_bk * second_bk) @ weight
    ft, st = (first_bk * target) @ weight, (second_bk * target) @ weight
    determinant = np.maximum(ff * ss - fs * fs, 1e-14 * ff * ss)
    return (ss * ft - fs * st) / determinant, (ff * st - fs * ft) / determinant


def best_exponent(log_m: Floats, log_error: Floats, weight: Floats) -> float:
    """The exponent with the least squared log residuals of power + constant, found from any curve."""
    found = profile(log_m, log_error, weight, _COARSE)
    log_b, spacing = np.log(-found.beta), float(np.log(STEEPEST / SHALLOWEST) / (len(_COARSE) - 1))
    best = float(log_b[np.argmin(found.sse)])
    for _ in range(3):
        near = np.clip(best + spacing * _ZOOM, np.log(SHALLOWEST), np.log(STEEPEST))
        sse = profile(log_m, log_error, weight, -np.exp(near)).sse
        best, spacing = float(near[np.argmin(sse)]), spacing / 6
    return -float(np.exp(best))
