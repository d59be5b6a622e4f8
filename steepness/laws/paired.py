"""How far apart two curves are, from runs made in pairs: same shard, same data, same seed.

What both runs of a pair share cancels: which data the shard holds, the bend of the curve, the gain of being the best
of several trials. What is left are log ratios, a row of shards for each seed. A mean over shards, a slope, a single
shard are each a weighted sum of such a row, so a seed's luck, whichever shards it moves together, shows in how the
seeds' sums differ. Seeds are few, so that variance is shrunk to the one that all pairs show together, for shards
correlated as `PERSISTENCE` says, and the degrees of freedom are counted after Satterthwaite (1946) and Box (1954).
Suffixes: s seeds, k shards.
"""

from dataclasses import dataclass
from math import log, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from steepness.laws.checks import columns, level_of
from steepness.laws.forms import Floats
from steepness.laws.interval import Interval, in_percent
from steepness.laws.points import POOLING_RATIO

# Correlation between shards of one seed's pairs, the highest that stored arms show: 0.6 over 40 seeds of char_lm, less
# elsewhere (benchmarks/compare_same.md). A search that went astray at one shard starts the next one there.
PERSISTENCE = 0.6
# How many seeds the variance under `PERSISTENCE` counts for beside the seeds' own. With six, 95 % intervals miss at
# most 5 % at correlations to 0.5, for 1 to 4 seeds and 4 to 9 shards (benchmarks/laws/paired_coverage.md).
BORROWED = 6
# A relative error below this is beyond any measurement; it keeps equal errors from intervals of no width.
FLOOR = 1e-6


@dataclass(frozen=True)
class Effect:
    """A log ratio, or its slope, with what is known of its noise.

    Attributes:
        value: the estimate, dimensionless.
        spread: its standard error.
        dof: degrees of freedom of the spread.
    """

    value: float
    spread: float
    dof: float

    @property
    def p_value(self) -> float:
        """Of no effect, two-sided."""
        return float(2 * stdtr(self.dof, -abs(self.value) / self.spread))

    def interval(self, level: float) -> Interval:
        """Bounds at a level of confidence."""
        reach = float(stdtrit(self.dof, 0.5 + level / 2)) * self.spread
        return Interval(self.value, self.value - reach, self.value + reach)

    def detectable(self, alarms: float, power: float) -> float:
        """The size of effect that a two-sided test with that share of false alarms finds with that power."""
        return float(stdtrit(self.dof, 1 - alarms / 2) + stdtrit(self.dof, power)) * self.spread


@dataclass(kw_only=True, frozen=True)
class Shift:
    """Curve b over curve a; negative where b errs less.

    Attributes:
        m: the shards, ascending.
        at: by how many percent b's error is more, at each of them.
        middle: the log ratio, mean over the shards.
        trend: slope of the log ratio over log m; of two power laws, b's exponent less a's.
        first, last: the log ratio by the line through all shards, at the first and the last.
        noise: standard deviation of one pair's log ratio, in percent.
        level: confidence of the intervals.
    """

    m: tuple[float, ...]
    at: tuple[Interval, ...]
    middle: Effect
    trend: Effect
    first: Effect
    last: Effect
    noise: float
    level: float

    @property
    def overall(self) -> Interval:
        """By how many percent b's error is more, at the middle of the shards on a logarithmic scale."""
        return self.middle.interval(self.level).map(in_percent)

    @property
    def steepness(self) -> Interval:
        """b's exponent less a's: negative where b falls faster."""
        return self.trend.interval(self.level)

    @property
    def per_doubling(self) -> Interval:
        """By how many percent the ratio grows whenever the data doubles."""
        return self.steepness.map(lambda slope: in_percent(slope * log(2)))

    def within(self, margin: float, alarms: float = 0.05) -> bool:
        """Whether the curves are shown to differ by less than a margin between the first shard and the last.

        Two one-sided tests (Schuirmann 1987) at both ends of the line; all four must say so.

        Args:
            margin: in percent by which either curve may lie above the other.
            alarms: how often that may be said of curves that differ by the margin.
        """
        limit = log(1 + margin / 100)
        bounds = [end.interval(1 - 2 * alarms) for end in (self.first, self.last)]
        return all(-limit < b.low and b.high < limit for b in bounds)


def paired_shift(
    m: ArrayLike, error_a: ArrayLike, error_b: ArrayLike, *, seeds: ArrayLike | None = None, level: float = 0.95
) -> Shift:  # fmt: skip
    """Compare two curves whose points come in pairs.

    Args:
        m: shard sizes, shape (n,), in the curves' unit, > 0; repeated m are pairs of one shard.
        error_a: errors of curve a, shape (n,), in the metric's unit, > 0.
        error_b: errors of curve b, shape (n,), each with the data and seed of the same entry of error_a.
        seeds: labels of the pairs' seeds, shape (n,); None where the pairs of every shard are in the same order.
        level: confidence of the intervals, between 0 and 1.
    Raises:
        ValueError: fewer than 3 distinct m, values not finite and positive, lengths that differ.
    """
    level_of(level)
    m_n, a_n, b_n = columns({"m": m, "error_a": error_a, "error_b": error_b})
    m_k, ratio_sk = _rows(m_n, np.log(b_n / a_n), seeds)
    if len(m_k) < 3:
        raise ValueError(f"{len(m_k)} distinct m cannot show a trend; compare at least 3 shards, better 6")
    noise = _Noise(np.log(m_k), ratio_sk)
    even_k, slope_k = np.full(len(m_k), 1 / len(m_k)), noise.slope_k
    ends = [noise.effect(even_k + slope_k * x) for x in (noise.x_k[0], noise.x_k[-1])]
    return Shift(
        m=tuple(m_k.tolist()),
        at=tuple(noise.of_shard(k).interval(level).map(in_percent) for k in range(len(m_k))),
        middle=noise.effect(even_k),
        trend=noise.effect(slope_k),
        first=ends[0],
        last=ends[1],
        noise=100 * sqrt(noise.variance),
        level=level,
    )


def _rows(m_n: Floats, ratio_n: Floats, seeds: ArrayLike | None) -> tuple[Floats, Floats]:
    """Shards ascending, shape (k,), and log ratios by seed and shard, shape (s, k), NaN where there is no pair."""
    m_k, shard_n = np.unique(m_n, return_inverse=True)
    if seeds is None:
        order = np.argsort(shard_n, kind="stable")
        seed_n = np.empty(len(m_n), dtype=np.intp)
        seed_n[order] = np.concatenate([np.arange(count) for count in np.bincount(shard_n)])
    else:
        labels = np.asarray(seeds)
        if labels.shape != m_n.shape:
            raise ValueError(f"seeds has shape {labels.shape} but m has {m_n.shape}; label every pair")
        seed_n = np.unique(labels, return_inverse=True)[1]
    ratio_sk = np.full((int(seed_n.max()) + 1, len(m_k)), np.nan)
    if len(set(zip(seed_n.tolist(), shard_n.tolist(), strict=True))) < len(m_n):
        raise ValueError("a shard has two pairs of one seed; label every pair of a shard by its own seed")
    ratio_sk[seed_n, shard_n] = ratio_n
    return m_k, ratio_sk


class _Noise:
    """What is known of the noise of pairs: from seeds at each shard, and from shards around the line."""

    def __init__(self, log_m: Floats, ratio_sk: Floats) -> None:
        self.x_k = log_m - log_m.mean()
        self.slope_k = self.x_k / float(self.x_k @ self.x_k)
        self.mean_k = np.nanmean(ratio_sk, axis=0)
        self.count_k = (~np.isnan(ratio_sk)).sum(axis=0)
        self.own_sk = ratio_sk - self.mean_k
        self.complete_sk = self.own_sk[~np.isnan(self.own_sk).any(axis=1)]
        self.shards = len(log_m)
        self.variance, self.dof = self._pooled()

    def _pooled(self) -> tuple[float, float]:
        """Variance of one pair's log ratio over all shards, with its degrees of freedom.

        Shards around the line share their seeds' luck, so they show 1 - `PERSISTENCE` of it; where they scatter more
        than pairs of one shard explain, theirs alone counts.
        """
        runs = self.shards / float((1 / self.count_k).sum())
        residual_k = self.mean_k - self.mean_k.mean() - self.x_k * float(self.slope_k @ self.mean_k)
        around_dof = self.shards - 2
        around = runs * float(residual_k @ residual_k) / around_dof / (1 - PERSISTENCE)
        differences = int((self.count_k - 1).sum())
        if differences == 0:
            return max(around, FLOOR**2), around_dof
        within = float(np.nansum(self.own_sk**2)) / differences
        if around > POOLING_RATIO * within:
            return max(around, FLOOR**2), around_dof
        within_dof = differences / (1 + (self.shards - 1) * PERSISTENCE**2)
        dof = within_dof + around_dof
        return max((within * within_dof + around * around_dof) / dof, FLOOR**2), dof

    def effect(self, weight_k: Floats) -> Effect:
        """A weighted sum over shards, with the variance that it has between seeds."""
        # a sum of alike weights suffers from what a seed's shards share; in a contrast of shards that cancels
        shared = PERSISTENCE * max(float(weight_k.sum() ** 2 - weight_k @ weight_k), 0.0)
        borrowed = self.variance * (float(weight_k @ weight_k) + shared)
        own_s = self.complete_sk @ weight_k
        runs = float(weight_k @ weight_k) / float((weight_k**2 / self.count_k).sum())
        return self._shrunk(float(weight_k @ self.mean_k), borrowed, own_s, runs)

    def of_shard(self, k: int) -> Effect:
        """One shard's log ratio."""
        own_s = self.own_sk[~np.isnan(self.own_sk[:, k]), k]
        return self._shrunk(float(self.mean_k[k]), self.variance, own_s, float(self.count_k[k]))

    def _shrunk(self, value: float, borrowed: float, own_s: Floats, runs: float) -> Effect:
        """The seeds' own variance and the borrowed one, which counts for `BORROWED` seeds."""
        own_ss, own_dof = float(own_s @ own_s), max(len(own_s) - 1, 0)
        total = BORROWED * borrowed + own_ss
        uncertain = (BORROWED * borrowed) ** 2 / self.dof + (own_ss**2 / own_dof if own_dof else 0.0)
        return Effect(value, sqrt(total / (BORROWED + own_dof) / runs), total**2 / uncertain)


def widened(shards: int) -> float:
    """Factor on the standard error of a mean over shards that are correlated instead of independent."""
    return sqrt(1 + PERSISTENCE * (shards - 1))
