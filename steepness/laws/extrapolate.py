"""What will the error be at a larger m: judged by held-out error, so it weighs the tail and averages forms.

A window is the last few shards; in each, every shape of `shapes` is weighed by its evidence. Windows are weighed by how
well they forecast the later shards of the same curve from earlier origins. The interval joins what the shapes, the
windows and the noise leave open. Constants were tuned on the public suites of benchmarks/laws.
Suffixes: k shards, j shapes, w windows, q places to forecast.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from steepness.laws import shapes
from steepness.laws.checks import level_of, positive_column
from steepness.laws.forms import Floats
from steepness.laws.points import Shards, gather

BINS = 48  # dense curves are gathered into this many log-spaced bins: neighbouring checkpoints are one measurement
# Each window's share of the shards, and how many it has at least.
WINDOWS = ((0.12, 3), (0.18, 4), (0.25, 5), (0.35, 6), (0.5, 7), (0.7, 8), (1.0, 9))
TAIL_WEIGHT = 0.5  # weight of a shard within its window grows as m to this power
EVIDENCE = 20.0  # shards a window is worth at most: no shape is exactly true
SMOOTHNESS = 3.5  # shards that a long window is worth beyond its own, as learning curves are smooth
RESOLUTION = 5e-4  # relative error below which a misfit says nothing
ORIGINS = (0.6, 0.7, 0.8, 0.9)  # shares of the shards that earlier forecasts are made from
SELECTION = 4.0  # a window's weight falls as its earlier misses to this power
SMALLEST_MISS = 3e-3  # relative error below which one window is as good as another
SHARES = (0.66, 0.1, 0.6)  # of the variances of shapes, windows and noise in the interval's
SCATTER = 4.0  # times the variance of single points within bins, which medians hide and spikes exceed
TAILS = 6  # degrees of freedom of the interval's Student distribution


@dataclass(frozen=True)
class Prediction:
    """Errors to expect, with bounds for a new measurement; shape (q,) each, in the metric's unit."""

    value: Floats
    low: Floats
    high: Floats

    def as_dict(self) -> dict[str, list[float]]:
        """Plain lists, ready for JSON."""
        return {"value": self.value.tolist(), "low": self.low.tolist(), "high": self.high.tolist()}


def extrapolate(m: ArrayLike, error: ArrayLike, m_new: ArrayLike, level: float = 0.95) -> Prediction:
    """Forecast the error at m_new, of any curve: plateaus, double descent and three points included.

    Args:
        m: shard sizes, shape (n,), in the curve's unit, > 0; repeated m are runs of the same shard.
        error: errors, shape (n,), in the metric's unit, > 0.
        m_new: shard sizes to forecast, shape (q,), > 0.
        level: confidence of the bounds, between 0 and 1.
    Returns:
        Value and bounds, shape (q,) each; bounds are for a new measurement, never of zero width.
    Raises:
        ValueError: fewer than 3 distinct m, values not finite and positive, lengths that differ, no m_new.
    """
    shards, level = gather(m, error), level_of(level)
    log_new = np.log(positive_column(m_new, "m_new"))
    if not log_new.size:
        raise ValueError("m_new is empty; give at least one m to forecast")
    binned, scatter = _binned(shards)
    reach = float((log_new - binned.log_m[-1]).max(initial=0.0))
    weight_w = _weights(binned, reach)
    value_wq, shapes_wq, noise_w = _windows(binned, log_new)
    log_value = weight_w @ value_wq
    parts = weight_w @ shapes_wq, weight_w @ (value_wq - log_value) ** 2, weight_w @ noise_w
    variance = sum(share * part for share, part in zip(SHARES, parts, strict=True)) + SCATTER * scatter
    spread = np.sqrt(variance) * stdtrit(TAILS, 0.5 + level / 2)
    return Prediction(np.exp(log_value), np.exp(log_value - spread), np.exp(log_value + spread))


def _binned(shards: Shards) -> tuple[Shards, float]:
    """At most BINS shards by medians, and the variance of single points around them."""
    if len(shards) <= BINS:
        return shards, 0.0
    log_m, log_e = shards.log_m, shards.log_error
    # the tiny offset keeps points on an edge in their bin however m is scaled
    bin_k = np.floor((log_m - log_m[0]) / (log_m[-1] - log_m[0]) * (1 - 1e-6) * BINS + 1e-7)
    starts = np.flatnonzero(np.diff(bin_k, prepend=-1.0))
    groups = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(log_m)], strict=True)]
    middle = [[np.median(column[g]) for g in groups] for column in (log_m, log_e)]
    binned = Shards(
        np.exp(middle[0]),
        np.array(middle[0]),
        np.array(middle[1]),
        np.ones(len(groups)),
        0.0,
        0,
        np.zeros(len(groups)),
    )
    late = slice(len(log_m) // 2, None)
    away = np.abs(log_e[late] - np.interp(log_m[late], binned.log_m, binned.log_error))
    return binned, float(1.4826 * np.median(away)) ** 2


def _windows(shards: Shards, log_new: Floats) -> tuple[Floats, Floats, Floats]:
    """Each window's log error ahead, the variance of its shapes, and its noise."""
    k, last = len(shards), shards.log_m[-1]
    counts = [min(k, max(least, int(np.ceil(share * k - 1e-9)))) for share, least in WINDOWS]
    tail = slice(k - counts[-1], k)
    z_k = shards.log_m[tail] - last
    ahead_jq = shapes.log_error(log_new - last)
    miss_jk = shards.log_error[tail] - shapes.log_error(z_k)
    weight_k = shards.runs[tail] * np.exp(TAIL_WEIGHT * z_k)
    found = {c: _window(miss_jk[:, -c:], weight_k[-c:], ahead_jq) for c in set(counts)}
    values, variances, noises = zip(*(found[c] for c in counts), strict=True)
    return np.array(values), np.array(variances), np.array(noises)


def _window(miss_jk: Floats, weight_k: Floats, ahead_jq: Floats) -> tuple[Floats, Floats, float]:
    """The shapes weighed by their evidence on one window: mean and variance ahead, and the noise."""
    total = weight_k.sum()
    points = max(float(total**2 / (weight_k @ weight_k)), 2.0)
    height_j = miss_jk @ weight_k / total
    noise_j = np.square(miss_jk) @ weight_k / total - height_j**2
    noise_j = np.maximum(noise_j, 0) + RESOLUTION**2
    worth = points - 1 + SMOOTHNESS * (1 - 2 / len(weight_k))
    worth *= EVIDENCE / (worth + EVIDENCE)
    log_weight = shapes.LOG_PRIOR - worth / 2 * np.log(noise_j)
    share_j = np.exp(log_weight - log_weight.max())
    share_j /= share_j.sum()
    mean_q = share_j @ ahead_jq + share_j @ height_j
    variance_q = share_j @ np.square(ahead_jq + height_j[:, None] - mean_q)
    return mean_q, variance_q, float(share_j @ noise_j) * (points + 1) / (points - 1)


def _weights(shards: Shards, reach: float) -> Floats:
    """Each window's weight, by how it forecast later shards of this curve, no further ahead than `reach`."""
    k = len(shards)
    origins = {
        o for o in (*(round(k * share) for share in ORIGINS), k - 1, k - 2 if k < 12 else 0) if 3 <= o < k
    }
    log_misses = []
    for o in sorted(origins):
        held = shards.log_m[o:] - shards.log_m[o - 1]
        near = held <= max(reach, float(held[0])) + 1e-9
        value_wq, _, _ = _windows(shards.take(slice(o)), shards.log_m[o:][near])
        miss_w = np.sqrt(np.mean((shards.log_error[o:][near] - value_wq) ** 2, axis=1))
        log_misses.append(np.log(miss_w + SMALLEST_MISS))
    if not log_misses:
        return np.full(len(WINDOWS), 1 / len(WINDOWS))
    log_weight = -SELECTION * np.sum(log_misses, axis=0) / (len(log_misses) + 1)
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum())
