"""How far apart two curves are, from runs made in pairs: same shard, same data, same seed.

What both runs of a pair share cancels: which data the shard holds, the bend of the curve, the gain of being the best
of several trials. What is left is a line through the log ratios, and it is fitted as any curve is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from steepness.laws.checks import columns, level_of
from steepness.laws.interval import Interval
from steepness.laws.law_fit import fit_curve
from steepness.laws.points import gather

# Correlation between shards of one seed's runs: a search that went astray at one shard starts the next one there.
# 0.48 and 0.26 on average were measured (benchmarks/compare_same.md).
PERSISTENCE = 0.5


@dataclass(frozen=True)
class Shift:
    """Curve b over curve a, less one, in percent; negative where b errs less.

    Attributes:
        overall: at the middle of the shards, on a logarithmic scale.
        p_value: of no shift there.
        per_doubling: by how many percent the ratio grows whenever the data doubles.
        trend_p_value: of a ratio that does not change with data.
        m: the shards, ascending.
        at: the shift at each of them.
        noise: standard deviation of a pair's log ratio around the line, in percent.
    """

    overall: Interval
    p_value: float
    per_doubling: Interval
    trend_p_value: float
    m: tuple[float, ...]
    at: tuple[Interval, ...]
    noise: float


def paired_shift(m: ArrayLike, error_a: ArrayLike, error_b: ArrayLike, level: float = 0.95) -> Shift:
    """Compare two curves whose points come in pairs.

    The noise is that of pairs at one shard, pooled over shards, and of shards around the line; where shards scatter
    more than pairs explain, theirs alone counts. Shards are not taken for independent: see `PERSISTENCE`.

    Args:
        m: shard sizes, shape (n,), in the curves' unit, > 0; repeated m are pairs of one shard.
        error_a: errors of curve a, shape (n,), in the metric's unit, > 0.
        error_b: errors of curve b, shape (n,), each with the data and seed of the same entry of error_a.
        level: confidence of the intervals, between 0 and 1.
    Raises:
        ValueError: fewer than 3 distinct m, values not finite and positive, lengths that differ.
    """
    level_of(level)
    m_n, a_n, b_n = columns({"m": m, "error_a": error_a, "error_b": error_b})
    shards = gather(m_n, b_n / a_n)
    line = fit_curve(shards, "power", "all", slice(0, len(shards)), level)
    ratio = float(np.exp(shards.runs @ shards.log_error / shards.runs.sum()))
    spread, trend_spread = (line.covariance[i][i] ** 0.5 for i in (0, 1))
    spread *= widened(len(shards))
    slope = line.beta_g.value
    reach = float(stdtrit(line.dof, 0.5 + level / 2))
    at = [
        _percent(float(log_ratio), reach * line.noise / float(runs) ** 0.5)
        for log_ratio, runs in zip(shards.log_error, shards.runs, strict=True)
    ]
    return Shift(
        overall=_percent(float(np.log(ratio)), reach * spread),
        p_value=_two_sided(float(np.log(ratio)), spread, line.dof),
        per_doubling=_percent(slope * float(np.log(2)), reach * trend_spread * float(np.log(2))),
        trend_p_value=_two_sided(slope, trend_spread, line.dof),
        m=tuple(shards.m.tolist()),
        at=tuple(at),
        noise=100 * line.noise,
    )


def widened(shards: int) -> float:
    """Factor on the standard error of a mean over shards that are correlated instead of independent."""
    return float((1 + PERSISTENCE * (shards - 1)) ** 0.5)


def _percent(log_ratio: float, half_width: float) -> Interval:
    bounds = (log_ratio, log_ratio - half_width, log_ratio + half_width)
    return Interval(*(100 * float(np.expm1(bound)) for bound in bounds))


def _two_sided(value: float, spread: float, dof: int) -> float:
    return float(2 * stdtr(dof, -abs(value) / spread))
