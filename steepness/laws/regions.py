"""Which of the paper's three regions each shard is in.

Source: Hestness et al. 2017, figure 6: a small-data region near the error of guessing, a power-law region that is
straight in log-log, and an irreducible region where the curve flattens.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from steepness.laws.forms import Floats
from steepness.laws.interval import Interval
from steepness.laws.shards import Shards

MIN_SHARDS = 4  # a region with fewer shards shows no law
NEAR_CHANCE = 0.95  # of the error of guessing: nothing has been learnt yet
SHALLOWER = 0.6  # of the power law's slope: what still counts as another region
CONFIDENCE = 0.99  # that a bend is not noise; high, since the bend's place is searched for


@dataclass(frozen=True, slots=True)
class Regions:
    """Attributes:
    labels: per shard: "small_data", "power_law" or "irreducible".
    boundary: m at which the small-data region ends; None without one.
    """

    labels: tuple[str, ...]
    boundary: Interval | None

    @property
    def straight(self) -> slice:
        """The shards of the power-law region."""
        first = self.labels.index("power_law")
        return slice(first, first + self.labels.count("power_law"))

    @property
    def lawful(self) -> slice:
        """The power-law and irreducible regions: what a law with a constant describes."""
        return slice(self.labels.index("power_law"), len(self.labels))


def find_regions(shards: Shards, level: float, chance: float | None) -> Regions:
    """Label every shard.

    A region ends where two straight lines in log-log fit significantly better than one and the outer line is
    clearly the shallower.

    Args:
        shards: the curve.
        level: confidence of the boundary's interval.
        chance: the error of guessing, in the metric's unit.
    """
    k = len(shards)
    first, boundary = 0, None
    if chance is not None:
        first = _leading(shards.error >= NEAR_CHANCE * chance, k - MIN_SHARDS)
    left = _bend(shards, slice(first, k), level, 1, MIN_SHARDS)
    if left is not None and abs(left.before) < SHALLOWER * abs(left.after):
        boundary = left.place
        first = int(np.searchsorted(shards.log_m, np.log(boundary.value) - 1e-9))
    elif first:
        m = shards.m
        boundary = Interval(float(m[first]), float(m[first - 1]), float(m[first]))
    last = k
    right = _bend(shards, slice(first, k), level, MIN_SHARDS - 1, 2)
    if right is not None and abs(right.after) < SHALLOWER * abs(right.before):
        last = int(np.searchsorted(shards.log_m, np.log(right.place.value) + 1e-9))
    labels = ("small_data",) * first + ("power_law",) * (last - first) + ("irreducible",) * (k - last)
    return Regions(labels, boundary)


@dataclass(frozen=True, slots=True)
class _Bend:
    place: Interval
    before: float
    after: float


def _leading(flags: Floats, limit: int) -> int:
    """How many flags from the start are set, at most `limit`."""
    return int(min(np.argmin(np.append(flags, False)), max(limit, 0)))


def _bend(shards: Shards, keep: slice, level: float, before: int, after: int) -> _Bend | None:
    """The best two lines that meet, if significantly better than one.

    Args:
        shards: the curve.
        keep: the shards looked at.
        level: confidence of the place's interval.
        before: shards, less one, that lie before the bend at least.
        after: shards from the bend on, at least.
    """
    part = shards.take(keep)
    k = len(part)
    if k < MIN_SHARDS + 2:
        return None
    x_k, y_k, weight = part.log_m, part.log_error, part.runs
    knots = np.linspace(x_k[before], x_k[-after], 4 * k)
    total = weight.sum()
    x0, y0 = x_k - weight @ x_k / total, y_k - weight @ y_k / total
    hinge_jk = np.maximum(x_k - knots[:, None], 0)
    hinge_jk = hinge_jk - (hinge_jk @ weight / total)[:, None]
    xx, hh, xh = weight @ x0**2, hinge_jk**2 @ weight, hinge_jk @ (weight * x0)
    xy, hy = weight @ (x0 * y0), hinge_jk @ (weight * y0)
    slope_line = xy / xx
    sse_line = weight @ (y0 - slope_line * x0) ** 2
    extra_j = (hy - slope_line * xh) / (hh - xh**2 / xx)
    sse_j = sse_line - (hy - slope_line * xh) ** 2 / (hh - xh**2 / xx)
    best = int(np.argmin(sse_j))
    variance, dof = part.noise(float(sse_j[best]), k - 4)
    gain = (sse_line - sse_j[best]) / 2 / variance
    if gain < stdtrit(dof, 0.5 + CONFIDENCE / 2) ** 2:
        return None
    slope = float(slope_line - extra_j[best] * xh[best] / xx)
    near = knots[sse_j <= sse_j[best] + variance * stdtrit(dof, 0.5 + level / 2) ** 2]
    place = Interval(*(float(np.exp(v)) for v in (knots[best], near.min(), near.max())))
    return _Bend(place, slope, slope + float(extra_j[best]))
