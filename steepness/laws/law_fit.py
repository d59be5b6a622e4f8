"""Fitting one form to one range of a curve: least squares on the logs, and the interval that its profile leaves."""

from dataclasses import replace
from math import exp, hypot, inf, isfinite, log

import numpy as np
from scipy.linalg.lapack import dposv
from scipy.special import stdtrit

from steepness.laws.bounded import fit_bounded, rests_on_bounds
from steepness.laws.curve_fit import CurveFit, Range
from steepness.laws.forms import Floats, Form
from steepness.laws.interval import Interval
from steepness.laws.luck import half_widths
from steepness.laws.points import NOISE_FLOOR, Shards
from steepness.laws.projection import (
    SHALLOWEST,
    STEEPEST,
    Centred,
    Profile,
    against_gamma,
    best_law,
    jacobian,
    profile,
)

# Where the profile is read, as shares of the interval's expected reach, and from there to the whole range.
_NEAR, _FAR = np.geomspace(0.3, 3, 6), np.array([1 / 3, 2 / 3, 1.0])
_WHOLE = log(STEEPEST / SHALLOWEST)
_DENSE = 2048  # shards beyond which neighbours are gathered: nothing is lost, and memory stays bounded
_QUIET = 0.03  # noise below which one Gauss-Newton step from relative least squares is as good as two
_UNBOUNDED, _FLAT = 0.99 * STEEPEST, 1.01 * SHALLOWEST  # exponents that are only where the search ends
_LARGEST = 700.0  # log of the largest alpha that a float can still hold
_IDENTITY = np.eye(3)
_RIDGE = 1 + 1e-9 * _IDENTITY  # keeps the normal matrix of nearly collinear parameters positive definite
_AT = len(_NEAR) + len(_FAR)  # where the estimate itself stands among them


def fit_curve(shards: Shards, form: Form, range: Range, keep: slice, level: float) -> CurveFit:
    """Fit one form to one range of shards.

    Args:
        shards: the whole curve.
        form: "power" or "power_constant".
        range: the name of the range.
        keep: the shards in it.
        level: confidence of the intervals.
    """
    part, fitted = shards.take(keep), _power if form == "power" else _power_constant
    if len(part) > _DENSE:
        return fit_curve(part.binned(_DENSE)[0], form, range, slice(0, None), level).but(n_shards=len(part))
    if part.bound is None or not part.bound.any() or rests_on_bounds(part):
        return fitted(part, range, level)
    out = part.only(~part.bound)
    trained = fitted(out, range, level)
    blind = fitted(replace(out, cells=None), range, level) if out.cells else trained
    stretch = trained.beta_g.half_width / blind.beta_g.half_width if isfinite(trained.beta_g.low) else 1.0
    return fit_bounded(part, trained, stretch)


def _power(part: Shards, range: Range, level: float) -> CurveFit:
    """Least squares on the logs, as the paper's own exponents were found."""
    logs = part.centred
    beta = logs.xy / logs.xx
    residual_k = logs.y - beta * logs.x
    sse = float((logs.weight * residual_k) @ residual_k)
    variance, dof = part.noise(sse, len(part) - 2)
    t = float(stdtrit(dof, 0.5 + level / 2))
    of_mean, of_slope = variance / logs.total, variance / logs.xx
    if part.cells:
        slopes = np.stack([np.ones(len(part)), logs.x])
        stretch = _stretch(part, residual_k, slopes, t * np.sqrt([of_mean, of_slope]), level)
        of_mean, of_slope = of_mean * float(stretch[0]) ** 2, of_slope * float(stretch[1]) ** 2
    d_beta, d_alpha = t * of_slope**0.5, t * (of_mean + of_slope * logs.centre**2) ** 0.5
    log_alpha = logs.middle - beta * logs.centre
    covariance = ((of_mean, 0.0, 0.0), (0.0, of_slope, 0.0), (0.0, 0.0, 0.0))
    return CurveFit(
        form="power", range=range,
        alpha=_exp(log_alpha, log_alpha - d_alpha, log_alpha + d_alpha),
        beta_g=Interval(beta, beta - d_beta, beta + d_beta),
        gamma=Interval(0.0, 0.0, 0.0),
        r2=_r2(part, sse), n=int(part.rows.sum()), n_shards=len(part),
        last_error=exp(logs.middle + beta * float(logs.x[-1])),
        noise=_noise(part, sse, 2, variance), counted_noise=variance**0.5, scatter=_scatter(part),
        level=level, centre=logs.centre, covariance=covariance,
        dof=dof,
    )  # fmt: skip


def _power_constant(part: Shards, range: Range, level: float) -> CurveFit:
    logs = part.centred
    law = log_alpha, beta, gamma = best_law(logs)
    if not -_UNBOUNDED < beta < 0 or beta > -_FLAT:
        return _unbounded(part, range, level)
    value_k, derivatives = jacobian(logs, *law)
    residual_k = logs.y - np.log(value_k)
    sse, dof = float((residual_k * logs.weight) @ residual_k), len(part) - 3
    lack_of_fit = sse if dof > 0 else float(_power(part, range, level).counted_noise ** 2)
    variance, dof = part.noise(lack_of_fit, dof)
    t, scale = float(stdtrit(dof, 0.5 + level / 2)), exp(logs.middle)
    normal = (derivatives * logs.weight) @ derivatives.T
    covariance: Floats = variance * dposv(normal * _RIDGE, _IDENTITY)[1]
    stretch = 1.0
    if part.cells:
        stretch_p = _stretch(part, residual_k, derivatives, t * np.sqrt(np.diag(covariance)), level)
        covariance *= np.outer(stretch_p, stretch_p)
        stretch = float(stretch_p[1])
    shallower = (
        covariance[1, 1] if gamma > 0 else variance * stretch**2 / logs.xx
    )  # where gamma stays 0, a line
    near = profile(
        logs, _around(beta, t * covariance[1, 1] ** 0.5, t * shallower**0.5), 1 if variance < _QUIET**2 else 2
    )
    limit = variance * (t * stretch) ** 2
    inside = near.sse - sse <= limit
    inside[_AT] = True
    beta_g = _crossing(near, sse, limit)
    covariance[2] *= scale
    covariance[:, 2] *= scale
    log_alpha_b = np.log(near.alpha[inside]) + logs.middle - near.beta[inside] * logs.centre
    return CurveFit(
        form="power_constant", range=range,
        alpha=_alpha(log_alpha + logs.middle - beta * logs.centre, log_alpha_b, t * covariance[0, 0] ** 0.5),
        beta_g=beta_g,
        gamma=Interval(
            scale * gamma,
            _least_gamma(scale * gamma, scale * near.gamma[inside], t * covariance[2, 2] ** 0.5),
            min(scale * _most_gamma(logs, near, sse, limit, beta_g.low), _ceiling(part, scale * gamma, limit)),
        ),
        r2=_r2(part, sse), n=int(part.rows.sum()), n_shards=len(part), last_error=scale * float(value_k[-1]),
        noise=_noise(part, sse, 3, variance), counted_noise=variance**0.5, scatter=_scatter(part),
        level=level, centre=logs.centre, covariance=tuple(map(tuple, covariance.tolist())), dof=dof,
    )  # fmt: skip


def _stretch(part: Shards, residual_k: Floats, slopes_pk: Floats, own_p: Floats, level: float) -> Floats:
    """How much wider each parameter's interval is than its own where shards share the luck of a permutation."""
    wide_p: Floats = np.maximum(half_widths(part, residual_k, slopes_pk, level) / own_p, 1)
    return wide_p


def _unbounded(part: Shards, range: Range, level: float) -> CurveFit:
    """Where any exponent would do: the straight line, as no constant can be told, and no bound below."""
    line = _power(part, range, level)
    error = float(np.exp(part.log_error.min()))
    beta = Interval(line.beta_g.value, -inf, line.beta_g.high)
    return line.but(form="power_constant", beta_g=beta, gamma=Interval(0.0, 0.0, error))


def _around(beta: float, steeper: float, shallower: float) -> Floats:
    """Exponents around the estimate, steepest first: close where the interval may end, then to the whole range.

    Args:
        steeper, shallower: about how far from the estimate the interval may reach on either side.
    """
    sides = []
    for reach in (steeper, shallower):
        near = min(max(reach / -beta, 1e-6), _WHOLE / _NEAR[-1]) * _NEAR
        sides.append(np.concatenate([near, near[-1] * (_WHOLE / near[-1]) ** _FAR]))
    offsets = np.concatenate([sides[0][::-1], [0.0], -sides[1]])
    beta_b: Floats = np.maximum(beta * np.exp(offsets), -STEEPEST)
    return beta_b


def _crossing(near: Profile, sse: float, threshold: float) -> Interval:
    """Where the profile leaves the threshold on either side; the root of the rise is nearly straight."""
    rise = np.sqrt(np.maximum(near.sse - sse, 0))
    limit = threshold**0.5
    steep = np.interp(limit, np.maximum.accumulate(rise[_AT::-1]), near.beta[_AT::-1], right=-STEEPEST)
    shallow = np.interp(limit, np.maximum.accumulate(rise[_AT:]), near.beta[_AT:], right=0.0)
    return Interval(float(near.beta[_AT]), float(steep) if steep > -_UNBOUNDED else -inf, float(shallow))


def _alpha(value: float, inside: Floats, own: float) -> Interval:
    low = hypot(float(inside.min()) - value, own)
    high = hypot(float(inside.max()) - value, own)
    return _exp(value, value - low, value + high)


def _exp(*logs: float) -> Interval:
    return Interval(*(exp(min(v, _LARGEST)) for v in logs))


def _least_gamma(value: float, inside: Floats, own: float) -> float:
    lowest = float(inside.min())
    return max(value - hypot(lowest - value, own), 0.0) if lowest > 0 else 0.0


def _most_gamma(logs: Centred, near: Profile, sse: float, limit: float, steepest: float) -> float:
    """The largest constant of a law within the limit: at each exponent, as far above its best as squares are left."""
    spare_b = limit - (near.sse - sse)
    rise_b, bend_b = against_gamma(logs, near)
    room_b = (np.sqrt(rise_b**2 + bend_b * np.maximum(spare_b, 0)) - rise_b) / bend_b
    at_the_end = float(np.interp(steepest, near.beta, near.gamma))
    return max(at_the_end, float((near.gamma + room_b)[spare_b >= 0].max(initial=float(near.gamma[_AT]))))


def _ceiling(part: Shards, value: float, limit: float) -> float:
    """The lowest error that a shard may have as to noise: the law passes below it, and its constant with it."""
    return max(float(np.exp((part.log_error + np.sqrt(limit / part.runs)).min())), value)


def _noise(part: Shards, sse: float, parameters: int, counted: float) -> float:
    """Standard deviation of a run's log error around the law; that of the intervals where nothing is left over."""
    left = int(part.rows.sum()) - parameters
    variance = (sse + float(part.run_ss.sum())) / left if left > 0 else counted
    return float(max(variance, NOISE_FLOOR**2) ** 0.5)


def _r2(part: Shards, sse: float) -> float:
    """Share of the runs' variance explained: runs of one shard count as many points, not as their mean."""
    within = float(part.run_ss.sum())
    whole = part.centred.yy + within
    return 1 - (sse + within) / whole if whole > 0 else 0.0


def _scatter(part: Shards) -> float | None:
    repeats = int(part.rows.sum()) - len(part)
    return (float(part.run_ss.sum()) / repeats) ** 0.5 if repeats > 0 else None
