"""One form fitted to one range of a curve."""

from dataclasses import dataclass
from math import exp, hypot, log
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dposv
from scipy.special import stdtrit

from steepness.laws.forms import Floats, Form, power_law
from steepness.laws.interval import Interval
from steepness.laws.points import Shards
from steepness.laws.projection import (
    SHALLOWEST,
    STEEPEST,
    Centred,
    Profile,
    best_law,
    jacobian,
    profile,
)

Range = Literal["all", "power_law"]
# Where the profile is read, as shares of the interval's expected reach, and from there to the whole range.
_NEAR, _FAR = np.geomspace(0.3, 3, 6), np.array([1 / 3, 2 / 3, 1.0])
_WHOLE = log(STEEPEST / SHALLOWEST)
_QUIET = 0.03  # noise below which one Gauss-Newton step from relative least squares is as good as two
_LARGEST = 700.0  # log of the largest alpha that a float can still hold
_IDENTITY = np.eye(3)
_RIDGE = 1 + 1e-9 * _IDENTITY  # keeps the normal matrix of nearly collinear parameters positive definite
_AT = len(_NEAR) + len(_FAR)  # where the estimate itself stands among them


@dataclass(frozen=True)
class CurveFit:
    """alpha * m**beta_g + gamma over one range of shards.

    Attributes:
        form: "power" (gamma = 0) or "power_constant".
        range: "all" shards or those of the "power_law" region.
        alpha: error at m = 1 above gamma, in the metric's unit.
        beta_g: steepness, dimensionless, < 0.
        gamma: irreducible error, in the metric's unit.
        r2: share of the log error's variance explained, per run.
        n: runs used.
        n_shards: distinct m used.
        last_error: the law at the largest m used.
        noise: standard deviation of one run's log error.
    """

    form: Form
    range: Range
    alpha: Interval
    beta_g: Interval
    gamma: Interval
    r2: float
    n: int
    n_shards: int
    last_error: float
    noise: float
    level: float
    centre: float
    covariance: tuple[tuple[float, ...], ...]
    dof: int

    def predict(self, m: ArrayLike) -> Floats:
        """The law at m, shape (n,), in the metric's unit."""
        return power_law(m, self.alpha.value, self.beta_g.value, self.gamma.value)

    def band(self, m: ArrayLike, level: float | None = None) -> tuple[Floats, Floats]:
        """Bounds of the law itself (not of a new run) at each m, by the delta method.

        Args:
            m: shard sizes, shape (n,), > 0.
            level: confidence; the fit's own if None.
        Returns:
            Lower and upper bounds, shape (n,) each.
        """
        m_n = np.asarray(m, dtype=np.float64)
        value_n = self.predict(m_n)
        share_n = 1 - self.gamma.value / value_n
        gradient_n3 = np.stack([share_n, share_n * (np.log(m_n) - self.centre), 1 / value_n], axis=1)
        spread_n = np.sqrt(np.einsum("ni,ij,nj->n", gradient_n3, np.array(self.covariance), gradient_n3))
        factor_n = np.exp(stdtrit(self.dof, 0.5 + (level or self.level) / 2) * spread_n)
        return value_n / factor_n, value_n * factor_n

    def over(self, range: Range) -> "CurveFit":
        """The same fit under another range's name, where both ranges hold the same shards."""
        return self if self.range == range else self.but(range=range)

    def but(self, **changes: Any) -> "CurveFit":
        """The same fit with some attributes changed; dataclasses.replace would take a tenth of the fit's time."""
        changed = object.__new__(CurveFit)
        vars(changed).update(vars(self), **changes)
        return changed

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for JSON."""
        return {
            "form": self.form,
            "range": self.range,
            "alpha": self.alpha.as_dict(),
            "beta_g": self.beta_g.as_dict(),
            "gamma": self.gamma.as_dict(),
            "r2": self.r2,
            "n": self.n,
            "shards": self.n_shards,
            "noise": self.noise,
        }


def fit_curve(shards: Shards, form: Form, range: Range, keep: slice, level: float) -> CurveFit:
    """Fit one form to one range of shards.

    Args:
        shards: the whole curve.
        form: "power" or "power_constant".
        range: the name of the range.
        keep: the shards in it.
        level: confidence of the intervals.
    """
    part = shards.take(keep)
    if form == "power":
        return _power(part, range, level)
    return _power_constant(part, range, level)


def _power(part: Shards, range: Range, level: float) -> CurveFit:
    """Least squares on the logs, as the paper's own exponents were found."""
    logs = part.centred
    beta = logs.xy / logs.xx
    residual_k = logs.y - beta * logs.x
    sse = float((logs.weight * residual_k) @ residual_k)
    variance, dof = part.noise(sse, len(part) - 2)
    t = float(stdtrit(dof, 0.5 + level / 2))
    d_beta = t * (variance / logs.xx) ** 0.5
    d_alpha = t * (variance * (1 / logs.total + logs.centre**2 / logs.xx)) ** 0.5
    log_alpha = logs.middle - beta * logs.centre
    covariance = ((variance / logs.total, 0.0, 0.0), (0.0, variance / logs.xx, 0.0), (0.0, 0.0, 0.0))
    return CurveFit(
        "power", range,
        _exp(log_alpha, log_alpha - d_alpha, log_alpha + d_alpha),
        Interval(beta, beta - d_beta, beta + d_beta),
        Interval(0.0, 0.0, 0.0),
        _r2(logs, sse), int(logs.total), len(part), exp(logs.middle + beta * float(logs.x[-1])),
        variance**0.5, level, logs.centre, covariance, dof,
    )  # fmt: skip


def _power_constant(part: Shards, range: Range, level: float) -> CurveFit:
    logs = part.centred
    law = log_alpha, beta, gamma = best_law(logs)
    value_k, derivatives = jacobian(logs, *law)
    residual_k = logs.y - np.log(value_k)
    sse, dof = float((residual_k * logs.weight) @ residual_k), len(part) - 3
    lack_of_fit = sse if dof > 0 else float(_power(part, range, level).noise ** 2)
    variance, dof = part.noise(lack_of_fit, dof)
    t, scale = float(stdtrit(dof, 0.5 + level / 2)), exp(logs.middle)
    normal = (derivatives * logs.weight) @ derivatives.T
    covariance: Floats = variance * dposv(normal * _RIDGE, _IDENTITY)[1]
    shallower = covariance[1, 1] if gamma > 0 else variance / logs.xx  # where gamma stays 0, as on a line
    near = profile(
        logs, _around(beta, t * covariance[1, 1] ** 0.5, t * shallower**0.5), 1 if variance < _QUIET**2 else 2
    )
    inside = near.sse - sse <= variance * t**2
    inside[_AT] = True
    covariance[2] *= scale
    covariance[:, 2] *= scale
    log_alpha_b = np.log(near.alpha[inside]) + logs.middle - near.beta[inside] * logs.centre
    return CurveFit(
        "power_constant", range,
        _alpha(log_alpha + logs.middle - beta * logs.centre, log_alpha_b, t * covariance[0, 0] ** 0.5),
        _crossing(near, sse, variance * t**2),
        _gamma(scale * gamma, scale * near.gamma[inside], t * covariance[2, 2] ** 0.5),
        _r2(logs, sse), int(logs.total), len(part), scale * float(value_k[-1]),
        variance**0.5, level, logs.centre, tuple(map(tuple, covariance.tolist())), dof,
    )  # fmt: skip


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
    return Interval(float(near.beta[_AT]), max(float(steep), -STEEPEST), float(shallow))


def _alpha(value: float, inside: Floats, conditional: float) -> Interval:
    low = hypot(float(inside.min()) - value, conditional)
    high = hypot(float(inside.max()) - value, conditional)
    return _exp(value, value - low, value + high)


def _exp(*logs: float) -> Interval:
    return Interval(*(exp(min(v, _LARGEST)) for v in logs))


def _gamma(value: float, inside: Floats, conditional: float) -> Interval:
    lowest = float(inside.min())
    high = value + hypot(float(inside.max()) - value, conditional)
    return Interval(value, max(value - hypot(lowest - value, conditional), 0.0) if lowest > 0 else 0.0, high)


def _r2(logs: Centred, sse: float) -> float:
    return 1 - sse / logs.yy if logs.yy > 0 else 0.0
