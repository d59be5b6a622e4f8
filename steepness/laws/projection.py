"""Variable projection: for a fixed exponent the rest of alpha * m**beta + gamma is nearly linear.

So one small grid of exponents holds the global optimum, and its profile of squared residuals is the interval.
Residuals are those of the log error: noise in learning curves is relative (Hestness et al. 2017 fit log-log).
Every law here is in units of the curve's own weighted means (`Centred`). Suffixes: k shards, b exponents.
"""

from dataclasses import dataclass
from math import log

import numpy as np
from scipy.linalg.lapack import dposv

from steepness.laws.forms import Floats

STEEPEST, SHALLOWEST = 5.0, 0.005
_COARSE = -np.geomspace(SHALLOWEST, STEEPEST, 24)
_ZOOM = np.exp(np.log(STEEPEST / SHALLOWEST) / 23 * np.linspace(-1.2, 1.2, 13))  # factors around its best
_STRAY = 0.4  # relative distance the polished exponent may keep from the grid's best
_ROUGH = 0.1  # log residuals below which relative least squares is as good
_SETTLING_STEPS = 10
_SETTLED = 1e-6  # relative step of the exponent: the next one would be a hundredth of it
_TINY = 1e-12

Law = tuple[float, float, float]
"""log alpha at the centre, beta, gamma in units of exp(middle)."""


@dataclass(kw_only=True, frozen=True, slots=True)
class Centred:
    """A range of shards around its means, weighted by runs.

    Attributes:
        x, y: log m and log error less their means, shape (k,).
        weight: runs per shard, shape (k,).
        total: their sum.
        centre, middle: the means of log m and log error.
        xx, xy, yy: weighted sums of squares and products of x and y.
    """

    x: Floats
    y: Floats
    weight: Floats
    total: float
    centre: float
    middle: float
    xx: float
    xy: float
    yy: float


def centred(log_m: Floats, log_error: Floats, weight: Floats) -> Centred:
    """Subtract the weighted means; every column has shape (k,)."""
    total = float(weight.sum())
    centre, middle = float(weight @ log_m) / total, float(weight @ log_error) / total
    x_k, y_k = log_m - centre, log_error - middle
    weighted_k = weight * x_k
    return Centred(
        x=x_k, y=y_k, weight=weight, total=total, centre=centre, middle=middle,
        xx=float(weighted_k @ x_k), xy=float(weighted_k @ y_k), yy=float((weight * y_k) @ y_k),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Profile:
    """The best alpha and gamma at each exponent, in units of exp(middle); alpha is of m = exp(centre).

    Attributes:
        beta, alpha, gamma, sse: shape (b,) each; sse of log residuals, weighted by runs.
    """

    beta: Floats
    alpha: Floats
    gamma: Floats
    sse: Floats


def profile(logs: Centred, beta: Floats, steps: int) -> Profile:
    """Fit alpha > 0 and gamma >= 0 at every exponent.

    Args:
        logs: the curve.
        beta: exponents, shape (b,), < 0.
        steps: Gauss-Newton steps from relative to logarithmic least squares.
    """
    root_k = np.sqrt(logs.weight)
    basis_bk = np.exp(np.multiply.outer(beta, logs.x))
    alpha_b, gamma_b = _relative_squares(logs, basis_bk)
    for step in range(steps + 1):
        alpha_b, gamma_b = np.maximum(alpha_b, _TINY), np.maximum(gamma_b, 0.0)
        value_bk = alpha_b[:, None] * basis_bk
        value_bk += gamma_b[:, None]
        residual_bk = np.subtract(logs.y, np.log(value_bk))
        residual_bk *= root_k
        if step < steps:
            by_gamma_bk = root_k / value_bk
            by_alpha_bk = basis_bk * by_gamma_bk
            d_alpha, d_gamma = _two_columns(
                np.vecdot(by_alpha_bk, by_alpha_bk), np.vecdot(by_alpha_bk, by_gamma_bk),
                np.vecdot(by_gamma_bk, by_gamma_bk), np.vecdot(by_alpha_bk, residual_bk),
                np.vecdot(by_gamma_bk, residual_bk),
            )  # fmt: skip
            alpha_b, gamma_b = alpha_b + d_alpha, gamma_b + d_gamma
    sse_b = np.vecdot(residual_bk, residual_bk)
    # without gamma the best alpha is 1, as both logs are around their means
    pure_b = np.maximum(logs.yy + beta * (beta * logs.xx - 2 * logs.xy), 0)
    pure = ~(sse_b < pure_b)
    return Profile(
        beta, np.where(pure, 1.0, alpha_b), np.where(pure, 0.0, gamma_b), np.where(pure, pure_b, sse_b)
    )


def against_gamma(logs: Centred, profiled: Profile) -> tuple[Floats, Floats]:
    """Half the first and second derivative of the squares by gamma where alpha follows it, shape (b,) each.

    The first is of where no gamma is allowed below 0, else nothing.
    """
    basis_bk = np.exp(np.multiply.outer(profiled.beta, logs.x))
    value_bk = profiled.alpha[:, None] * basis_bk + profiled.gamma[:, None]
    inverse_bk = 1 / value_bk
    by_alpha_bk = basis_bk * inverse_bk
    weighted_bk = by_alpha_bk * logs.weight
    share_b = np.vecdot(weighted_bk, inverse_bk) / np.vecdot(weighted_bk, by_alpha_bk)
    free_bk = (inverse_bk - share_b[:, None] * by_alpha_bk) * logs.weight
    pull_b = np.vecdot(free_bk, logs.y - np.log(value_bk))
    return np.maximum(-pull_b, 0.0), np.maximum(np.vecdot(free_bk, inverse_bk), 1e-300)


def _relative_squares(logs: Centred, basis_bk: Floats) -> tuple[Floats, Floats]:
    """Alpha and gamma, shape (b,) each, of the least squared relative residuals: linear, so a few products."""
    inverse_k = np.exp(-logs.y)
    linear_k = logs.weight * inverse_k
    square_k = linear_k * inverse_k
    ff, fs, ft = (basis_bk * basis_bk) @ square_k, basis_bk @ square_k, basis_bk @ linear_k
    return _two_columns(ff, fs, square_k.sum(), ft, linear_k.sum())


def _two_columns(ff: Floats, fs: Floats, ss: Floats, ft: Floats, st: Floats) -> tuple[Floats, Floats]:
    """Least squares on two columns f and s, from their products with each other and with the target t."""
    slope = fs / ff
    on_second = (st - slope * ft) / np.maximum(ss - slope * fs, 1e-14 * ss)
    return (ft - on_second * fs) / ff, on_second


def jacobian(logs: Centred, log_alpha: float, beta: float, gamma: float) -> tuple[Floats, Floats]:
    """The law at every shard, shape (k,), and the derivatives of its log by the three parameters, shape (3, k)."""
    reducible_k = np.exp(log_alpha + beta * logs.x)
    value_k = reducible_k + gamma
    derivatives = np.empty((3, len(value_k)))
    derivatives[0] = reducible_k / value_k
    derivatives[1] = derivatives[0] * logs.x
    derivatives[2] = 1 / value_k
    return value_k, derivatives


def best_law(logs: Centred) -> Law:
    """The power + constant with the least squared log residuals, found from any curve."""
    line = min(max(logs.xy / logs.xx, -STEEPEST), -SHALLOWEST)
    line_sse = logs.yy + line * (line * logs.xx - 2 * logs.xy)
    profiled = profile(logs, _COARSE, steps=0)
    if profiled.sse.min() > _ROUGH**2 * logs.total:
        profiled = profile(logs, _COARSE, steps=1)
    polished = _polish(logs, profiled, line, line_sse)
    if polished is not None:
        return polished
    at = int(profile(logs, _COARSE, steps=3).sse.argmin())
    profiled = profile(logs, np.clip(_COARSE[at] * _ZOOM, -STEEPEST, -SHALLOWEST), steps=3)
    polished, at = _polish(logs, profiled, line, line_sse), int(profiled.sse.argmin())
    if polished is not None:
        return polished
    return _law(profiled, at) if profiled.sse[at] < line_sse else (0.0, line, 0.0)


def law_sse(logs: Centred) -> float:
    """Its sum of squared log residuals, weighted by runs."""
    value_k, _ = jacobian(logs, *best_law(logs))
    residual_k = logs.y - np.log(value_k)
    return float((residual_k * logs.weight) @ residual_k)


def _law(profiled: Profile, at: int) -> Law:
    return log(profiled.alpha[at]), float(profiled.beta[at]), float(profiled.gamma[at])


def _polish(logs: Centred, profiled: Profile, line: float, line_sse: float) -> Law | None:
    """Gauss-Newton from the straight line or, if better, from the best of a profile; None if it strays or circles."""
    at = int(profiled.sse.argmin())
    log_alpha, beta, gamma = 0.0, line, 0.0
    if profiled.sse[at] < line_sse:
        log_alpha, beta, gamma = _law(profiled, at)
    elif not _bends(logs, line):
        return log_alpha, line, gamma
    start = beta
    for _ in range(_SETTLING_STEPS):
        value_k, derivatives = jacobian(logs, log_alpha, beta, gamma)
        weighted = derivatives * logs.weight
        _, step, failed = dposv(weighted @ derivatives.T, weighted @ (logs.y - np.log(value_k)))
        log_alpha, beta, gamma = log_alpha + float(step[0]), beta + float(step[1]), gamma + float(step[2])
        if failed or gamma <= 0 or abs(beta / start - 1) > _STRAY:
            return None
        if abs(step[1]) < _SETTLED * abs(beta):
            return log_alpha, beta, gamma
    return None


def _bends(logs: Centred, line: float) -> bool:
    """Whether a small constant would bring the straight line nearer to the points."""
    pull_k = (logs.y - line * logs.x) * np.exp(-line * logs.x)
    return bool(logs.weight @ pull_k > 0)
