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

MIN_SHARDS = 4  # a region with fewer shards shows no law
NEAR_CHANCE = 0.95  # of the error of guessing: nothing has been learnt yet
SHALLOWER = 0.6  # of the law's slope: what still counts as another region
SIGNIFICANCE = 0.01  # that a region is noise; strict, since its end is searched for
# No curve of the paper is steeper than -0.52, nor its theory than -1; a cliff is no law.
_EXPONENTS = -np.geomspace(0.03, 1.2, 14)


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


def find_regions(shards: Shards, chance: float | None) -> Regions:
    """Label every shard.

    The small-data region is the shards that a shallow line describes significantly better than the law of the
    others does; the irreducible one begins where two lines in log-log fit the others significantly better than
    one and the second is clearly the shallower.

    Args:
        shards: the curve.
        chance: the error of guessing, in the metric's unit.
    """
    k = len(shards)
    guessing = 0 if chance is None else _leading(shards.error >= NEAR_CHANCE * chance, k - MIN_SHARDS)
    first, low, high = max((guessing,) * 3, _small_data(shards))
    last = _irreducible(shards, first)
    labels = ("small_data",) * first + ("power_law",) * (last - first) + ("irreducible",) * (k - last)
    if not first:
        return Regions(labels, None)
    m = shards.m
    middle = float(np.sqrt(m[first - 1] * m[first]))
    return Regions(labels, Interval(middle, float(m[max(low - 1, 0)]), float(m[high])))


def _leading(flags: NDArray[np.bool_], limit: int) -> int:
    """How many flags from the start are set, at most `limit`."""
    return min(int(np.argmin(np.append(flags, False))), max(limit, 0))


def _small_data(shards: Shards) -> tuple[int, int, int]:
    """The first shard of the law, and the least and greatest it could be; zeros without a small-data region."""
    k = len(shards)
    if k < MIN_SHARDS + 2:
        return 0, 0, 0
    law_s, slope_s = _laws_from(shards)
    shallow_s, flat_s = _lines_until(shards, len(law_s))
    sse_s = law_s + shallow_s + shards.seed_ss
    # the law has three parameters, the line up to two, and the place of the change is one
    extra_s = np.minimum(np.arange(1.0, len(sse_s) + 1), 3)
    dof_s = k - 3 + shards.seed_dof - extra_s
    enough_s = np.maximum(dof_s, 1)
    scale_s = np.maximum(sse_s, 1e-12) / enough_s
    allowed = (np.abs(flat_s) < SHALLOWER * np.abs(slope_s)) & (dof_s >= 1)
    allowed[0] = False
    places = np.flatnonzero(allowed)
    if not len(places):
        return 0, 0, 0
    gain = np.maximum(sse_s[0] - sse_s[places], 0) / (extra_s[places] * scale_s[places])
    p = fdtrc(extra_s[places], enough_s[places], gain)
    best = int(places[p.argmin()])
    if p.min() > SIGNIFICANCE:
        return 0, 0, 0
    like = np.flatnonzero((sse_s <= sse_s[best] + 4 * scale_s[best]) & allowed)
    return best, int(max(min(like.min(initial=best), best), 1)), int(max(like.max(initial=best), best))


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
    reducible = rest_bs[best] / ff[best] * basis_bk[best]
    slope = _EXPONENTS[best[0]] * reducible / (reducible + gamma_bs[best])
    return np.maximum(sse_bs[best], 0), slope


def _lines_until(shards: Shards, count: int) -> tuple[Floats, Floats]:
    """Squared log residuals of a line over the shards before s, for s < count, and its slope."""
    x_k, y_k = shards.log_m - shards.log_m[0], shards.log_error - shards.log_error[0]
    terms = np.empty((6, count))
    terms[:, 0] = 0
    before = slice(0, count - 1)
    x, y, weight = x_k[before], y_k[before], shards.runs[before]
    terms[0, 1:], terms[1, 1:], terms[2, 1:] = weight, weight * x, weight * y
    np.multiply(terms[1:3, 1:], x, out=terms[3:5, 1:])
    np.multiply(terms[2, 1:], y, out=terms[5, 1:])
    n, x, y, xx, xy, yy = terms.cumsum(axis=1)
    n[0] = 1
    xx, xy, yy = xx - x * x / n, xy - x * y / n, yy - y * y / n
    slope = np.zeros(count)
    np.divide(xy[2:], xx[2:], out=slope[2:])
    return np.maximum(yy - slope * xy, 0), slope


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
    sse = float((residual_k * logs.weight) @ residual_k) - gain + shards.seed_ss
    dof = k - first - 4 + shards.seed_dof
    before = line - turn * float(xh[best]) / logs.xx
    if abs(before + turn) > SHALLOWER * abs(before):
        return k
    if fdtrc(2, dof, gain / 2 / max(sse / dof, 1e-12)) > SIGNIFICANCE:
        return k
    return first + MIN_SHARDS + best
