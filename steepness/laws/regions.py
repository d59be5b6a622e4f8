"""Which of the paper's three regions each shard is in.

Source: Hestness et al. 2017, figure 6: a small-data region near the error of guessing, a power-law region that is
straight in log-log, and an irreducible region where the curve flattens.
Suffixes: k shards, s candidate first shards of the law, b exponents, j candidate places of a bend.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc

from steepness.laws.forms import Floats
from steepness.laws.interval import Interval
from steepness.laws.points import Shards
from steepness.laws.projection import law_sse

MIN_SHARDS = 4  # a region with fewer shards shows no law
NEAR_CHANCE = 0.95  # of the error of guessing: nothing has been learnt yet
SHALLOWER = 0.6  # of the law's slope: what still counts as another region
SIGNIFICANCE = 0.01  # that a region is noise; strict, since its end is searched for
HINT = 0.2  # that it is noise: below, a region may be there that noise hides, and intervals allow for it
NEARLY = 4.0  # rise of squares, in variances of a run, at which another end of the region is as good
# No curve of the paper is steeper than -0.52, nor its theory than -1; a cliff is no law. Between two of these exponents
# a parabola is followed: on a grid alone the law fits a little too badly, and a pure power law looks bent.
_EXPONENTS = -np.geomspace(0.015, 1.5, 32)
# The share of the grid's least squares that a parabola may reach below it: beside a kink it is no guide.
_DEEPEST = 0.25
_BINS = 96  # a region's end need not be known closer than this share of the curve


@dataclass(frozen=True, slots=True)
class Regions:
    """Attributes:
    labels: per shard: "small_data", "power_law" or "irreducible".
    boundary: m at which the small-data region ends; None without one.
    others: further shards that the law may begin at.
    """

    labels: tuple[str, ...]
    boundary: Interval | None
    others: tuple[int, ...] = ()

    @property
    def straight(self) -> slice:
        """The shards of the power-law region."""
        first = self.labels.index("power_law")
        return slice(first, first + self.labels.count("power_law"))

    @property
    def lawful(self) -> slice:
        """The power-law and irreducible regions: what a law with a constant describes."""
        return slice(self.labels.index("power_law"), len(self.labels))


def find_regions(shards: Shards, chance: float | None) -> Regions:
    """Label every shard.

    The small-data region is the shards that a shallow line describes significantly better than the law of the
    others does; the irreducible one begins where two lines in log-log fit the others significantly better than
    one and the second is clearly the shallower.

    Args:
        shards: the curve.
        chance: the error of guessing, in the metric's unit.
    """
    if len(shards) > _BINS:
        return _unbinned(shards, chance)
    k = len(shards)
    guessing = 0 if chance is None else _leading(shards.error >= NEAR_CHANCE * chance, k - MIN_SHARDS)
    first, low, high = max((guessing,) * 3, _small_data(shards))
    others = tuple(s for s in {low, high} if s != first and s > guessing)
    last = _irreducible(shards, first)
    if shards.bound is not None and shards.bound[last:].any():
        last = k  # what looks flat there may be training that ended too soon
    labels = ("small_data",) * first + ("power_law",) * (last - first) + ("irreducible",) * (k - last)
    if not first:
        return Regions(labels, None, others)
    m = shards.m
    middle = float(np.sqrt(m[first - 1] * m[first]))
    return Regions(labels, Interval(middle, float(m[max(low - 1, 0)]), float(m[high])), others)


def _unbinned(shards: Shards, chance: float | None) -> Regions:
    """The regions of a dense curve, found on bins of it: what is tried grows with the square of the shards."""
    binned, starts = shards.binned(_BINS)
    found = find_regions(binned, chance)
    counts = np.diff(starts, append=len(shards))
    others = tuple(int(starts[s]) for s in found.others)
    return Regions(tuple(np.repeat(found.labels, counts).tolist()), found.boundary, others)


def _leading(flags: NDArray[np.bool_], limit: int) -> int:
    """How many flags from the start are set, at most `limit`."""
    return min(int(np.argmin(np.append(flags, False))), max(limit, 0))


def _small_data(shards: Shards) -> tuple[int, int, int]:
    """The first shard of the law, 0 without a small-data region; and the least and greatest it could be."""
    k = len(shards)
    if k < MIN_SHARDS + 2:
        return 0, 0, 0
    law_s, slope_s = _laws_from(shards)
    shallow_s, flat_s = _lines_until(shards, len(law_s))
    sse_s = law_s + shallow_s
    # the law has three parameters, the line up to two, and the place of the change is one
    extra_s = np.minimum(np.arange(1.0, len(sse_s) + 1), 3)
    free_s = k - 3 - extra_s
    scale_s, dof_s = shards.noise_to_test(sse_s, free_s)
    allowed = (np.abs(flat_s) < SHALLOWER * np.abs(slope_s)) & (free_s + shards.seed_dof >= 1)
    allowed[0] = False
    places = np.flatnonzero(allowed)
    if not len(places):
        return 0, 0, 0
    gain = np.maximum(sse_s[0] - sse_s[places], 0) / (extra_s[places] * scale_s[places])
    p = fdtrc(extra_s[places], dof_s[places], gain)
    best = int(places[np.lexsort((sse_s[places], p))[0]])  # p alone is 0 at many places of a dense curve
    if p.min() > HINT:
        return 0, 0, 0
    like = np.flatnonzero((sse_s <= sse_s[best] + NEARLY * scale_s[best]) & allowed)
    low, high = int(max(min(like.min(initial=best), best), 1)), int(max(like.max(initial=best), best))
    if p.min() > SIGNIFICANCE or not _confirmed(shards, best, float(shallow_s[best])):
        return 0, low, high
    return best, low, high


def _confirmed(shards: Shards, first: int, shallow: float) -> bool:
    """Whether the region stands against laws fitted to the last digit; the search fits them on a grid."""
    k, extra = len(shards), min(first + 1, 3)
    whole, rest = law_sse(shards.centred), shallow + law_sse(shards.take(slice(first, k)).centred)
    scale, dof = shards.noise_to_test(rest, k - 3 - extra)
    return bool(fdtrc(extra, dof, max(whole - rest, 0) / extra / scale) <= SIGNIFICANCE)


def _laws_from(shards: Shards) -> tuple[Floats, Floats]:
    """Squared relative residuals of power + constant over shards s onward, and its log-log slope at s."""
    k, b, weight = len(shards), len(_EXPONENTS), shards.runs
    basis_bk = np.exp(np.multiply.outer(_EXPONENTS, shards.log_m - shards.log_m[-1]))
    one_k = np.exp(shards.log_error[-1] - shards.log_error)
    relative_bk = basis_bk * one_k
    # rows of terms, last shard first, so that one running sum gives every sum over shards s onward
    terms = np.empty((3 * b + 3, k))
    ft_bk, fs_bk, ff_bk = terms[:b], terms[b : 2 * b], terms[2 * b : 3 * b]
    np.multiply(relative_bk, weight, out=ft_bk)
    np.multiply(ft_bk, one_k, out=fs_bk)
    np.multiply(ft_bk, relative_bk, out=ff_bk)
    terms[-3], terms[-2], terms[-1] = weight, weight * one_k, weight * one_k * one_k
    sums = terms[:, ::-1].cumsum(axis=1)[:, : MIN_SHARDS - 2 : -1]
    ft, fs, ff, (tt, st, ss) = sums[:b], sums[b : 2 * b], sums[2 * b : 3 * b], sums[3 * b :]
    square = ff * ss
    gamma_bs = np.maximum((ff * st - fs * ft) / np.maximum(square - fs * fs, 1e-12 * square), 0)
    rest_bs = np.maximum(ft - gamma_bs * fs, 0)
    sse_bs = tt + gamma_bs * (gamma_bs * ss - 2 * st) - rest_bs * rest_bs / ff
    best = sse_bs.argmin(axis=0), np.arange(k - MIN_SHARDS + 1)
    line_s = _running_lines(shards, backwards=True)[0][: MIN_SHARDS - 2 : -1]
    lowest_s = np.minimum(_between(sse_bs, *best), line_s)
    reducible = rest_bs[best] / ff[best] * basis_bk[best]
    slope = _EXPONENTS[best[0]] * reducible / (reducible + gamma_bs[best])
    return lowest_s, slope


def _between(sse_bs: Floats, at_s: NDArray[np.intp], column_s: NDArray[np.intp]) -> Floats:
    """The least squares of a parabola through the best exponent and its neighbours, shape (s,)."""
    inner_s = np.clip(at_s, 1, len(sse_bs) - 2)
    left, middle, right = (sse_bs[inner_s + step, column_s] for step in (-1, 0, 1))
    bend = np.maximum(left - 2 * middle + right, 1e-300)
    shift = np.clip((left - right) / 2 / bend, -1, 1)
    lowest_s = np.minimum(middle - shift * (left - right) / 2 + shift**2 * bend / 2, sse_bs[at_s, column_s])
    return np.maximum(lowest_s, _DEEPEST * sse_bs[at_s, column_s])


def _lines_until(shards: Shards, count: int) -> tuple[Floats, Floats]:
    """Squared log residuals of a line over the shards before s, for s < count, and its slope."""
    sse_s, slope_s = np.zeros(count), np.zeros(count)
    sse_s[1:], slope_s[1:] = _running_lines(shards.take(slice(0, count - 1)))
    return sse_s, slope_s


def _running_lines(shards: Shards, backwards: bool = False) -> tuple[Floats, Floats]:
    """Squared log residuals and slope of the line over the first one, two, ... shards; or over the last ones."""
    step = -1 if backwards else 1
    x_k, y_k, weight_k = shards.log_m[::step], shards.log_error[::step], shards.runs[::step]
    x_k, y_k = x_k - x_k[0], y_k - y_k[0]
    wx_k, wy_k = weight_k * x_k, weight_k * y_k
    n, x, y, xx, xy, yy = np.stack([weight_k, wx_k, wy_k, wx_k * x_k, wx_k * y_k, wy_k * y_k]).cumsum(axis=1)
    xx, xy, yy = xx - x * x / n, xy - x * y / n, yy - y * y / n
    slope_k = np.zeros(len(n))
    np.divide(xy[1:], xx[1:], out=slope_k[1:])
    return np.maximum(yy - slope_k * xy, 0), slope_k


def _irreducible(shards: Shards, first: int) -> int:
    """The first shard beyond the straight part of the law; the number of shards if it is straight throughout."""
    k = len(shards)
    if k - first < MIN_SHARDS + 2:
        return k
    logs = shards.take(slice(first, k)).centred
    line = logs.xy / logs.xx
    residual_k = logs.y - line * logs.x
    hinge_jk = np.maximum(logs.x - logs.x[MIN_SHARDS - 1 : -2, None], 0)
    mean_j = hinge_jk @ logs.weight / logs.total
    hinge_jk -= mean_j[:, None]
    weighted_jk = hinge_jk * logs.weight
    hh, xh, rest_j = np.vecdot(weighted_jk, hinge_jk), weighted_jk @ logs.x, weighted_jk @ residual_k
    turn_j = rest_j / (hh - xh * xh / logs.xx)
    gain_j = rest_j * turn_j
    best = int(gain_j.argmax())
    gain, turn = float(gain_j[best]), float(turn_j[best])
    sse = float((residual_k * logs.weight) @ residual_k) - gain
    scale, dof = shards.noise_to_test(sse, k - first - 4)
    before = line - turn * float(xh[best]) / logs.xx
    if abs(before + turn) > SHALLOWER * abs(before):
        return k
    if fdtrc(2, dof, gain / 2 / scale) > SIGNIFICANCE:
        return k
    return first + MIN_SHARDS + best
