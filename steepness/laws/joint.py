"""The joint law in parameters and data, and the compute-optimal frontier that follows from it.

Suffixes: n runs, p the five parameters: (log E, log A, a, log B, b) while fitted, with E itself in `JointLaw.estimate`.
"""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares
from scipy.special import stdtrit

from steepness.laws import checks
from steepness.laws.forms import Floats, joint_law
from steepness.laws.interval import Interval
from steepness.laws.points import NOISE_FLOOR

HUBER_DELTA = 1e-3  # Hoffmann et al. 2022, appendix D.3
FLOPS_PER_PARAMETER = 6.0  # forward and backward pass of a dense model, per unit of data
_EXPONENTS = np.geomspace(0.02, 2.0, 32)
_DRAWS = 1000


@dataclass(frozen=True)
class ComputeOptimal:
    """The best split of a training budget.

    Attributes:
        flops: the budget.
        params: parameters of the model to train.
        data: units of data to train it on.
        error: the error to expect, in the metric's unit.
    """

    flops: float
    params: Interval
    data: Interval
    error: Interval

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class JointLaw:
    """E + A / N**a + B / D**b, with intervals.

    Attributes:
        E: irreducible error, in the metric's unit.
        A, a: coefficient and exponent of the parameters N.
        B, b: coefficient and exponent of the data D.
        objective: mean Huber loss of the log residuals, the quantity minimised.
        n: runs used.
    """

    E: Interval
    A: Interval
    a: Interval
    B: Interval
    b: Interval
    objective: float
    n: int
    level: float
    estimate: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    def predict(self, params: ArrayLike, data: ArrayLike) -> Floats:
        """The law at each (N, D), shape (n,), in the metric's unit."""
        return joint_law(params, data, *(float(v.value) for v in (self.E, self.A, self.a, self.B, self.b)))

    def compute_optimal(
        self, flops: float, flops_per_parameter: float = FLOPS_PER_PARAMETER
    ) -> ComputeOptimal:
        """Parameters and data that minimise the error for flops = flops_per_parameter * N * D.

        Args:
            flops: the training budget, > 0.
            flops_per_parameter: FLOPs per parameter and unit of data, > 0.
        Raises:
            ValueError: a budget that is not positive; runs that do not tell what more parameters or data bring.
        Source: Hoffmann et al. 2022, eq. 4.
        """
        if not (flops > 0 and flops_per_parameter > 0):
            raise ValueError("flops and flops_per_parameter must be positive; give the budget in FLOPs")
        for name, exponent in (("parameters", self.a), ("data", self.b)):
            if exponent.low <= 0:
                raise ValueError(
                    f"the runs do not tell what more {name} bring (exponent {exponent.value:.3g}, interval from "
                    f"{exponent.low:.3g}); add runs that differ more in their {name}"
                )
        value = _frontier(np.array([self.estimate]), flops / flops_per_parameter)[:, 0]
        low, high = np.quantile(
            _frontier(self._draws, flops / flops_per_parameter),
            [(1 - self.level) / 2, (1 + self.level) / 2],
            axis=1,
        )
        return ComputeOptimal(flops, *(Interval(*map(float, v)) for v in zip(value, low, high, strict=True)))

    @cached_property
    def _draws(self) -> Floats:
        """Parameters the data allow, shape (draws, 5); a fixed seed keeps answers repeatable."""
        draws = np.random.default_rng(0).multivariate_normal(self.estimate, np.array(self.covariance), _DRAWS)
        return draws[(draws[:, 2] > 0) & (draws[:, 4] > 0)]

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        named = {name: asdict(getattr(self, name)) for name in ("E", "A", "a", "B", "b")}
        return {**named, "objective": self.objective, "n": self.n, "level": self.level}


def fit_joint(params: ArrayLike, data: ArrayLike, error: ArrayLike, level: float = 0.95) -> JointLaw:
    """Fit E + A / N**a + B / D**b with a Huber loss on log residuals.

    For fixed exponents the law is linear, so a grid of exponents finds the basins without any start; the best few
    are polished. Intervals come from the sandwich covariance, which holds under outliers and unequal noise.

    Args:
        params: parameter counts N, shape (n,), > 0.
        data: units of data D, shape (n,), > 0.
        error: errors, shape (n,), > 0.
        level: confidence of the intervals, between 0 and 1.
    Raises:
        ValueError: fewer than 6 runs, fewer than 3 distinct N or D, values not finite and positive, lengths that
            differ.
    Source: Hoffmann et al. 2022, approach 3.
    """
    N, D, y = checks.columns({"params": params, "data": data, "error": error})
    if len(y) < 6 or len(np.unique(N)) < 3 or len(np.unique(D)) < 3:
        raise ValueError("five parameters need at least 6 runs over at least 3 sizes and 3 amounts of data")
    centre, scale = np.array([np.log(N).mean(), np.log(D).mean()]), float(np.exp(np.log(y).mean()))
    n, d, target = np.log(N) - centre[0], np.log(D) - centre[1], np.log(y / scale)

    def residual(p: Floats) -> Floats:
        law: Floats = np.logaddexp(np.logaddexp(p[0], p[1] - p[2] * n), p[3] - p[4] * d)
        return law - target

    def jacobian(p: Floats) -> Floats:
        total = residual(p) + target
        e, s, t = (np.exp(v - total) for v in (p[0], p[1] - p[2] * n, p[3] - p[4] * d))
        return np.stack([e, s, -n * s, t, -d * t], axis=1)

    bounds = np.array([[-30, -30, 1e-4, -30, 1e-4], [5, 30, 5, 30, 5]])
    polished = [
        least_squares(
            residual,
            start,
            jacobian,
            bounds,
            loss="huber",
            f_scale=HUBER_DELTA,
            xtol=1e-8,
            ftol=1e-10,
            gtol=1e-10,
        )
        for start in _starts(n, d, np.exp(target), bounds)
    ]
    best = min(polished, key=lambda found: found.cost)
    return _law(best.x, residual(best.x), jacobian(best.x), centre, scale, float(best.cost) / len(y), level)


def _starts(n: Floats, d: Floats, y: Floats, bounds: Floats) -> list[Floats]:
    """The grid's best basins: relative least squares, linear for each pair of exponents."""
    k = len(_EXPONENTS)
    columns = np.concatenate(
        [[np.ones_like(n)], np.exp(-np.outer(_EXPONENTS, n)), np.exp(-np.outer(_EXPONENTS, d))]
    )
    columns /= y
    gram, right = columns @ columns.T, columns.sum(axis=1)
    i, j = (v.ravel() + 1 for v in np.mgrid[0:k, 0:k])
    index = np.stack([np.zeros_like(i), i, j + k], axis=1)
    found = []
    for kept, count in (([0, 1, 2], 2), ([1, 2], 1)):
        part = index[:, kept]
        matrix = gram[part[:, :, None], part[:, None, :]] + 1e-10 * np.eye(len(kept))
        solution = np.linalg.solve(matrix, right[part][:, :, None])[:, :, 0]
        cost = np.where((solution > 0).all(axis=1), len(y) - (solution * right[part]).sum(axis=1), np.inf)
        for at in np.argsort(cost)[:: max(k // 4, 1)][:count]:
            if np.isfinite(cost[at]):
                full = np.full(3, 1e-6)
                full[kept] = solution[at]
                log_e, log_a, log_b = np.log(full)
                found.append(np.array([log_e, log_a, _EXPONENTS[i[at] - 1], log_b, _EXPONENTS[j[at] - 1]]))
    found = found or [np.array([-1.0, -1.0, 0.3, -1.0, 0.3])]
    return [np.clip(p, bounds[0] + 1e-6, bounds[1] - 1e-6) for p in found]


def _law(
    p: Floats,
    residual: Floats,
    jacobian: Floats,
    centre: Floats,
    scale: float,
    objective: float,
    level: float,
) -> JointLaw:
    """Back to the caller's units, with the sandwich covariance of a Huber estimate."""
    influence = np.clip(residual, -HUBER_DELTA, HUBER_DELTA)
    inside = (np.abs(residual) <= HUBER_DELTA).astype(float)
    # the Huber curvature counts only residuals below delta; with few of those the density at 0 stands in for it
    spread = max(float(np.median(np.abs(residual))) * 1.4826, 1e-9)
    curvature = max(float(inside.mean()), min(1.0, 2 * HUBER_DELTA * 0.3989 / spread))
    # E itself rather than its log, which has no finite spread where E is 0
    jacobian = jacobian / np.array([np.exp(p[0]), 1, 1, 1, 1])
    # the ridge keeps what the runs do not tell wide open, where a pseudo-inverse would call it known
    bread = np.linalg.inv(curvature * jacobian.T @ jacobian * (1 + 1e-9 * np.eye(5)))
    meat = (
        (jacobian * np.maximum(influence**2, NOISE_FLOOR**2)[:, None]).T
        @ jacobian
        * len(residual)
        / (len(residual) - 5)
    )
    back = np.diag([scale, 1.0, 1.0, 1.0, 1.0])
    back[1, 2], back[3, 4] = centre
    estimate = back @ np.array([np.exp(p[0]), *p[1:]]) + np.log(scale) * np.array([0, 1, 0, 1, 0])
    covariance = back @ (bread @ meat @ bread) @ back.T
    wide = float(stdtrit(len(residual) - 5, 0.5 + checks.level_of(level) / 2)) * np.sqrt(np.diag(covariance))
    low, high = estimate - wide, estimate + wide
    A, B = (Interval(*(float(np.exp(min(v[i], 700))) for v in (estimate, low, high))) for i in (1, 3))
    a, b = (Interval(float(estimate[i]), float(low[i]), float(high[i])) for i in (2, 4))
    E = Interval(float(estimate[0]), max(float(low[0]), 0.0), float(high[0]))
    return JointLaw(
        E, A, a, B, b,
        objective, len(residual), level, tuple(estimate.tolist()), tuple(map(tuple, covariance.tolist())),
    )  # fmt: skip


def _frontier(p: Floats, budget: float) -> Floats:
    """Optimal N, D and their error for N * D = budget, shape (3, draws)."""
    E, log_a, a, log_b, b = p.T
    log_n = (np.log(a) + log_a - np.log(b) - log_b + b * np.log(budget)) / (a + b)
    log_d = np.log(budget) - log_n
    return np.stack(
        [
            np.exp(log_n),
            np.exp(log_d),
            np.maximum(E, 0) + np.exp(log_a - a * log_n) + np.exp(log_b - b * log_d),
        ]
    )
