"""One answer from several estimates of like things: their mean, how far they truly differ, and whether any is not 0.

Random effects: an estimate is its own truth plus noise, and the truths scatter around a mean. The scatter is found,
with its interval, where the generalised Q statistic has its expectation and its quantiles (Paule and Mandel 1982,
Viechtbauer 2007); the mean's interval is Hartung and Knapp's (2001), never narrower than that of the noise alone.
Estimates that share an arm are not independent: half of their noise is common.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import brentq
from scipy.special import chdtrc, chdtri, ndtri, stdtr, stdtrit

from steepness.laws.forms import Floats
from steepness.laws.interval import Interval

# Of two differences against one baseline, with noise alike on either side.
SHARED = 0.5
# The scatter is looked for up to this many times the widest noise or spread of estimates.
FURTHEST = 100.0


@dataclass(kw_only=True, frozen=True)
class Pooled:
    """What several estimates say together.

    Attributes:
        n: estimates.
        mean: of their truths, in their unit.
        p_value: of a mean of 0.
        scatter: standard deviation of the truths around the mean; low is 0 where none is shown.
        p_alike: of truths that are all alike.
        p_none: of truths that are all 0.
        level: confidence of the intervals.
    """

    n: int
    mean: Interval
    p_value: float
    scatter: Interval
    p_alike: float
    p_none: float
    level: float


def pool(
    estimates: Sequence[Interval],
    *,
    estimates_level: float,
    groups: Sequence[Hashable] = (),
    level: float = 0.95,
) -> Pooled:
    """Pool estimates of like things.

    Args:
        estimates: with finite bounds, all in one unit.
        estimates_level: confidence of their bounds; each counts with the normal noise that has such bounds.
        groups: what each shares with others of the same label, e.g. its baseline; empty if none does.
        level: confidence of the answer.
    Raises:
        ValueError: fewer than two estimates, a bound that is missing, labels of another number.
    """
    value, noise = _columns(estimates, estimates_level)
    if groups and len(groups) != len(value):
        raise ValueError(f"{len(value)} estimates but {len(groups)} labels of groups; label every estimate")
    covariance = np.diag(noise**2)
    for i, j in np.ndindex(covariance.shape):
        if i != j and groups and groups[i] == groups[j]:
            covariance[i, j] = SHARED * noise[i] * noise[j]
    n = len(value)
    scatter = _scatter(value, covariance, level)
    mean, spread = _mean(value, covariance + scatter.value**2 * np.eye(n))
    reach = float(stdtrit(n - 1, 0.5 + level / 2)) * spread
    return Pooled(
        n=n,
        mean=Interval(mean, mean - reach, mean + reach),
        p_value=float(2 * stdtr(n - 1, -abs(mean) / spread)),
        scatter=scatter,
        p_alike=float(chdtrc(n - 1, _q(value, covariance))),
        p_none=float(chdtrc(n, value @ cho_solve(cho_factor(covariance), value))),
        level=level,
    )


def _columns(estimates: Sequence[Interval], level: float) -> tuple[Floats, Floats]:
    """Values and standard deviations of the noise, shape (n,) each."""
    if len(estimates) < 2:
        raise ValueError(f"{len(estimates)} estimates cannot be pooled; give at least 2, better 5")
    value = np.array([e.value for e in estimates])
    noise = np.array([e.half_width for e in estimates]) / float(ndtri(0.5 + level / 2))
    if not np.isfinite([*value, *noise]).all() or not (noise > 0).all():
        raise ValueError("an estimate without two bounds around it cannot be pooled; leave it out")
    return value, noise


def _weights(covariance: Floats) -> Floats:
    """The inverse's row sums: how much each estimate counts, before they are made to sum to one."""
    solved: Floats = cho_solve(cho_factor(covariance), np.ones(len(covariance)))
    return solved


def _q(value: Floats, covariance: Floats) -> float:
    """Weighted sum of squares around the weighted mean; of chi-squared with n - 1 degrees if that is all the noise."""
    weight = _weights(covariance)
    away = value - weight @ value / weight.sum()
    return float(away @ cho_solve(cho_factor(covariance), away))


def _mean(value: Floats, covariance: Floats) -> tuple[float, float]:
    """The weighted mean and its standard error."""
    weight = _weights(covariance)
    stretch = max(_q(value, covariance) / (len(value) - 1), 1.0)
    return float(weight @ value / weight.sum()), float((stretch / weight.sum()) ** 0.5)


def _scatter(value: Floats, covariance: Floats, level: float) -> Interval:
    dof = len(value) - 1
    furthest = FURTHEST * max(float(np.ptp(value)), float(np.sqrt(covariance.max())))

    def q(scatter: float) -> float:
        return _q(value, covariance + scatter**2 * np.eye(len(value)))

    low, high = (_where(q, float(chdtri(dof, tail)), furthest) for tail in (0.5 - level / 2, 0.5 + level / 2))
    return Interval(_where(q, dof, furthest), low, high)


def _where(falling: Callable[[float], float], target: float, furthest: float) -> float:
    """Where a falling function passes the target; 0 if it starts below."""
    if falling(0.0) <= target:
        return 0.0
    return float(brentq(lambda x: falling(x) - target, 0.0, furthest))
