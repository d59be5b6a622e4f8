"""One form fitted to one range of a curve."""

from dataclasses import dataclass, replace
from math import exp
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from steepness.laws.forms import Floats, Form, power_law
from steepness.laws.interval import Interval
from steepness.laws.projection import SHALLOWEST, STEEPEST, Profile, best_exponent, profile
from steepness.laws.shards import Shards

Range = Literal["all", "power_law"]
# Distances from the estimate at which the profile is read: from a ten-thousandth to the whole range.
_OFFSETS = np.geomspace(1e-4, np.log(STEEPEST / SHALLOWEST), 14)


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
        return self if self.range == range else replace(self, range=range)

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
    weight, total = part.runs, float(part.runs.sum())
    centre, middle = float(weight @ part.log_m / total), float(weight @ part.log_error / total)
    x_k, y_k = part.log_m - centre, part.log_error - middle
    spread = float(weight @ x_k**2)
    beta = float(weight @ (x_k * y_k)) / spread
    sse = float(weight @ (y_k - beta * x_k) ** 2)
    variance, dof = part.noise(sse, len(part) - 2)
    t = float(stdtrit(dof, 0.5 + level / 2))
    d_beta, d_alpha = t * (variance / spread) ** 0.5, t * (variance * (1 / total + centre**2 / spread)) ** 0.5
    alpha, factor = exp(middle - beta * centre), exp(min(d_alpha, 700.0))
    covariance = ((variance / total, 0.0, 0.0), (0.0, variance / spread, 0.0), (0.0, 0.0, 0.0))
    return CurveFit(
        "power", range,
        Interval(alpha, alpha / factor, alpha * factor),
        Interval(beta, beta - d_beta, beta + d_beta),
        Interval(0.0, 0.0, 0.0),
        _r2(part, sse), int(total), len(part), float(np.exp(middle + beta * x_k[-1])),
        variance**0.5, level, centre, covariance, dof,
    )  # fmt: skip


def _power_constant(part: Shards, range: Range, level: float) -> CurveFit:
    columns = part.log_m, part.log_error, part.runs
    beta = best_exponent(*columns)
    exponents = beta * np.exp(np.concatenate([_OFFSETS[::-1], [0.0], -_OFFSETS]))
    near = profile(*columns, np.maximum(exponents, -STEEPEST), steps=2)
    at = len(_OFFSETS)
    sse, dof = float(near.sse[at]), len(part) - 3
    lack_of_fit = sse if dof > 0 else float(_power(part, range, level).noise ** 2)
    variance, dof = part.noise(lack_of_fit, dof)
    t = float(stdtrit(dof, 0.5 + level / 2))
    inside = near.sse - sse <= variance * t**2
    covariance = _covariance(part, near, at) * variance
    law = near.alpha[at] * np.exp(near.beta[at] * (part.log_m - near.centre)) + near.gamma[at]
    log_alpha_b = np.log(near.alpha) - near.beta * near.centre
    return CurveFit(
        "power_constant", range,
        _alpha(log_alpha_b, inside, at, t * covariance[0, 0] ** 0.5),
        _crossing(near, at, sse, variance * t**2),
        _gamma(near.gamma, inside, at, t * covariance[2, 2] ** 0.5),
        _r2(part, sse), int(part.runs.sum()), len(part), float(law[-1]),
        variance**0.5, level, near.centre, tuple(map(tuple, covariance.tolist())), dof,
    )  # fmt: skip


def _crossing(near: Profile, at: int, sse: float, threshold: float) -> Interval:
    """Where the profile leaves the threshold on either side; the root of the rise is nearly straight."""
    rise = np.sqrt(np.maximum(near.sse - sse, 0))
    limit = threshold**0.5
    steep = np.interp(limit, np.maximum.accumulate(rise[at::-1]), near.beta[at::-1], right=-STEEPEST)
    shallow = np.interp(limit, np.maximum.accumulate(rise[at:]), near.beta[at:], right=0.0)
    return Interval(float(near.beta[at]), float(max(steep, -STEEPEST)), float(shallow))


def _alpha(log_alpha_b: Floats, inside: NDArray[np.bool_], at: int, conditional: float) -> Interval:
    value = log_alpha_b[at]
    low, high = (
        np.hypot(log_alpha_b[inside].min() - value, conditional),
        np.hypot(log_alpha_b[inside].max() - value, conditional),
    )
    return Interval(
        float(np.exp(value)), float(np.exp(value - low)), float(np.exp(np.minimum(value + high, 700)))
    )


def _gamma(gamma_b: Floats, inside: NDArray[np.bool_], at: int, conditional: float) -> Interval:
    value = gamma_b[at]
    low, high = (
        np.hypot(gamma_b[inside].min() - value, conditional),
        np.hypot(gamma_b[inside].max() - value, conditional),
    )
    if gamma_b[inside].min() <= 0:
        return Interval(float(value), 0.0, float(value + high))
    return Interval(float(value), float(max(value - low, 0.0)), float(value + high))


def _covariance(part: Shards, near: Profile, at: int) -> Floats:
    """Of (log alpha at the centre, beta, gamma) in units of the noise variance."""
    alpha, beta, gamma = near.alpha[at], near.beta[at], near.gamma[at]
    reducible_k = alpha * np.exp(beta * (part.log_m - near.centre))
    value_k = reducible_k + gamma
    share_k = reducible_k / value_k
    jacobian = np.stack([share_k, share_k * (part.log_m - near.centre), 1 / value_k], axis=1)
    normal = (jacobian * part.runs[:, None]).T @ jacobian
    normal.flat[::4] *= 1 + 1e-9
    return np.linalg.inv(normal)


def _r2(part: Shards, sse: float) -> float:
    mean = part.runs @ part.log_error / part.runs.sum()
    variation = float(part.runs @ (part.log_error - mean) ** 2)
    return 1 - sse / variation if variation > 0 else 0.0
