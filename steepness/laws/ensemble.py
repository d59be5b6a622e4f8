"""Members that each carry a curve on, and their average.

A member looks at the last few shards through weights that grow towards the end, and averages the shapes of `shapes` by
their evidence. Members are weighed by how well they forecast the later shards of the same curve from earlier origins.
Beside them stands the rule: one form (power + constant) with one prior, looking at the very end; the fewer the shards,
the more it counts, as nothing can then be learnt from the curve about its forecasts.
Constants were tuned by leaving a suite out: benchmarks/laws/peers.md.
Suffixes: k shards, j shapes, w members (the rule last), q places to forecast.
"""

from dataclasses import dataclass

import numpy as np

from steepness.laws import shapes
from steepness.laws.forms import Floats
from steepness.laws.points import Shards

Windows = tuple[tuple[float, int], ...]
# Each window's share of the shards, and how many it has at least.
WINDOWS: Windows = ((0.12, 3), (0.18, 4), (0.25, 5), (0.35, 6), (0.5, 7), (0.7, 8), (1.0, 9))
TAILS = (0.5, 2.0, 4.0)  # a shard's weight within a window grows as m to one of these powers
RULE_TAIL = 4.0  # the same for the rule, which has no window
RULE_SHARDS = 8.0  # shards at which the rule counts as much as all others; it fades with their square
LEAST_POINTS = 2.0  # shards that steep weights leave a member at least
EVIDENCE = 40.0  # shards a member is worth at most: no shape is exactly true
SMOOTHNESS = 5.0  # shards that a long window is worth beyond its own, as learning curves are smooth
RESOLUTION = 5e-4  # relative error below which a misfit says nothing
USUAL_NOISE = (
    3e-3  # relative error of a shard that members count besides their own, lest few shards fit by chance
)
ORIGINS = (0.6, 0.7, 0.8, 0.9)  # shares of the shards that earlier forecasts are made from
FEW = 12  # shards below which the last two are earlier origins too
SELECTION = 8.0  # a member's weight falls as its earlier misses to this power
SMALLEST_MISS = 3e-3  # relative error below which one member is as good as another


@dataclass(frozen=True)
class Ahead:
    """The members' average, shape (q,) each: log error, and what leaves it open.

    Attributes:
        log_value: log error of the law.
        shapes: variance between the shapes within members.
        noise: variance of the shards around their shapes.
    """

    log_value: Floats
    shapes: Floats
    noise: float


def ahead(shards: Shards, log_new: Floats) -> Ahead:
    """Carry a curve on to log m = `log_new`, shape (q,); no place depends on which others are asked for."""
    windows = _windows(len(shards))
    value_wq, variance_wq, noise_w = _members(shards, windows, log_new)
    weight_w = _weights(shards, windows)
    return Ahead(weight_w @ value_wq, weight_w @ variance_wq, float(weight_w @ noise_w))


def _windows(k: int) -> Windows:
    """The windows that differ on so many shards."""
    found = {_count(window, k): window for window in reversed(WINDOWS)}
    return tuple(found.values())


def _count(window: tuple[float, int], k: int) -> int:
    share, least = window
    return min(k, max(least, int(np.ceil(share * k - 1e-9))))


def _members(shards: Shards, windows: Windows, log_new: Floats) -> tuple[Floats, Floats, Floats]:
    """Each member's log error ahead, the variance of its shapes, and its noise."""
    z_k = shards.log_m - shards.log_m[-1]
    weight_wk, worth_w, inflation_w = _attention(windows, shards.runs, z_k)
    miss_kj = (shards.log_error - shapes.log_error(z_k)).T
    height_wj = weight_wk @ miss_kj
    noise_wj = np.maximum(weight_wk @ miss_kj**2 - height_wj**2, 0) + RESOLUTION**2
    share_wj = _shares(noise_wj, worth_w)
    ahead_jq = shapes.log_error(log_new - shards.log_m[-1])
    tall_wj = share_wj * height_wj
    mean_wq = share_wj @ ahead_jq + tall_wj.sum(axis=1)[:, None]
    square_wq = share_wj @ ahead_jq**2 + 2 * tall_wj @ ahead_jq + np.vecdot(tall_wj, height_wj)[:, None]
    noise_w = np.vecdot(share_wj, noise_wj) * inflation_w
    return mean_wq, np.maximum(square_wq - mean_wq**2, 0), noise_w


def _attention(windows: Windows, runs_k: Floats, z_k: Floats) -> tuple[Floats, Floats, Floats]:
    """Each member's weights of the shards (of sum 1), its worth in shards, and what few shards hide of its noise."""
    k = len(z_k)
    looks = [(tail, _count(window, k)) for tail in TAILS for window in windows] + [(RULE_TAIL, k)]
    tail_w, count_w = np.array(looks).T[:, :, None]
    weight_wk = runs_k * np.exp(tail_w * z_k) * (np.arange(k) >= k - count_w)
    weight_wk /= weight_wk.sum(axis=1, keepdims=True)
    points_w = np.maximum(1 / np.vecdot(weight_wk, weight_wk), LEAST_POINTS)
    worth_w = points_w - 1 + SMOOTHNESS * (1 - 2 / count_w[:, 0])
    worth_w *= EVIDENCE / (worth_w + EVIDENCE)
    worth_w[-1] = k  # the rule has but one form, so every shard tells its exponent
    return weight_wk, worth_w, (points_w + 1) / (points_w - 1)


def _shares(noise_wj: Floats, worth_w: Floats) -> Floats:
    """Each member's weights of the shapes, of sum 1."""
    usual_w = np.append(np.ones(len(worth_w) - 1), 0.0)[:, None]  # shards of `USUAL_NOISE`
    counted_w = worth_w[:, None] + usual_w
    log_wj = -counted_w / 2 * np.log((worth_w[:, None] * noise_wj + usual_w * USUAL_NOISE**2) / counted_w)
    log_wj[:-1] += shapes.LOG_PRIOR
    log_wj[-1] += shapes.LOG_PRIOR_OF_THE_RULE
    share_wj = np.exp(log_wj - log_wj.max(axis=1, keepdims=True))
    return np.asarray(share_wj / share_wj.sum(axis=1, keepdims=True))


def _weights(shards: Shards, windows: Windows) -> Floats:
    """Each member's weight: by how it forecast later shards of this curve; the rule's by their number."""
    k = len(shards)
    early = {
        o for o in (*(round(k * s) for s in ORIGINS), *((k - 1, k - 2) if k < FEW else ())) if 3 <= o < k
    }
    log_miss_w = np.zeros(len(windows) * len(TAILS))
    for o in sorted(early):
        value_wq = _members(shards.take(slice(o)), windows, shards.log_m[o:])[0][:-1]
        miss_w = np.sqrt(np.mean((shards.log_error[o:] - value_wq) ** 2, axis=1))
        log_miss_w += np.log(miss_w + SMALLEST_MISS)
    log_weight_w = -SELECTION * log_miss_w / (len(early) + 1)
    weight_w = np.exp(log_weight_w - log_weight_w.max())
    rule = 1 / (1 + (k / RULE_SHARDS) ** 2)
    return np.append((1 - rule) * weight_w / weight_w.sum(), rule)
