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
from steepness.laws.shards import Shards

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
    extra_s = np.minimum(np.arange(len(sse_s)), 2) + 1
    dof_s = k - 3 - extra_s + shards.seed_dof
    scale_s = np.maximum(sse_s, 1e-12) / np.maximum(dof_s, 1)
    p_s = fdtrc(extra_s, np.maximum(dof_s, 1), np.maximum(sse_s[0] - sse_s, 0) / extra_s / scale_s)
    allowed = (np.abs(flat_s) < SHALLOWER * np.abs(slope_s)) & (dof_s >= 1)
    p_s = np.where(allowed, p_s, 1.0)
    p_s[0] = 1.0
    best = int(np.argmin(p_s))
    if p_s[best] > SIGNIFICANCE:
        return 0, 0, 0
    like = np.flatnonzero((sse_s <= sse_s[best] + 4 * scale_s[best]) & allowed)
    return best, int(max(min(like.min(initial=best), best), 1)), int(max(like.max(initial=best), best))


def _laws_from(shards: Shards) -> tuple[Floats, Floats]:
    """Squared relative residuals of power + constant over shards s onward, and its log-log slope at s."""
    x_k, y_k = shards.log_m - shards.log_m[-1], shards.log_error - shards.log_error[-1]
    basis_bk = np.exp(np.multiply.outer(_EXPONENTS, x_k))
    one_k, weight = np.exp(-y_k), shards.runs
    relative_bk = basis_bk * one_k

    def onward(terms: Floats) -> Floats:
        return np.cumsum((terms * weight)[..., ::-1], axis=-1)[..., ::-1][..., : len(x_k) - MIN_SHARDS + 1]

    ff, fs, ft = onward(relative_bk**2), onward(relative_bk * one_k), onward(relative_bk)
    ss, st, tt = onward(one_k**2), onward(one_k), onward(np.ones_like(x_k))
    determinant = np.maximum(ff * ss - fs**2, 1e-12 * ff * ss)
    gamma_bs = np.maximum((ff * st - fs * ft) / determinant, 0)
    alpha_bs = np.maximum((ft - gamma_bs * fs) / ff, 0)
    sse_bs = tt - 2 * (alpha_bs * ft + gamma_bs * st) + alpha_bs**2 * ff + 2 * alpha_bs * gamma_bs * fs
    sse_bs = sse_bs + gamma_bs**2 * ss
    best = np.argmin(sse_bs, axis=0), np.arange(ft.shape[1])
    reducible = alpha_bs[best] * basis_bk[best]
    slope = _EXPONENTS[best[0]] * reducible / (reducible + gamma_bs[best])
    return np.maximum(sse_bs[best], 0), slope


def _lines_until(shards: Shards, count: int) -> tuple[Floats, Floats]:
    """Squared log residuals of a line over the shards before s, for s < count, and its slope."""
    x_k, y_k, weight = shards.log_m - shards.log_m[0], shards.log_error - shards.log_error[0], shards.runs

    def before(terms: Floats) -> Floats:
        return np.concatenate([[0.0], np.cumsum(terms * weight)])[:count]

    n, x, y = np.maximum(before(np.ones_like(x_k)), 1e-12), before(x_k), before(y_k)
    xx, xy, yy = before(x_k**2) - x * x / n, before(x_k * y_k) - x * y / n, before(y_k**2) - y * y / n
    slope = np.divide(xy, xx, out=np.zeros(count), where=np.arange(count) > 1)
    return np.maximum(yy - slope * xy, 0), slope


def _irreducible(shards: Shards, first: int) -> int:
    """The first shard beyond the straight part of the law; the number of shards if it is straight throughout."""
    k = len(shards)
    if k - first < MIN_SHARDS + 2:
        return k
    x_k, y_k, weight = shards.log_m[first:], shards.log_error[first:], shards.runs[first:]
    place_j = x_k[MIN_SHARDS - 1 : -2]
    total = weight.sum()
    x0, y0 = x_k - weight @ x_k / total, y_k - weight @ y_k / total
    hinge_jk = np.maximum(x_k - place_j[:, None], 0)
    hinge_jk = hinge_jk - (hinge_jk @ weight / total)[:, None]
    xx, hh, xh = weight @ x0**2, hinge_jk**2 @ weight, hinge_jk @ (weight * x0)
    line = weight @ (x0 * y0) / xx
    rest_j, free_j = hinge_jk @ (weight * (y0 - line * x0)), hh - xh**2 / xx
    best = int(np.argmax(rest_j**2 / free_j))
    sse = weight @ (y0 - line * x0) ** 2 - rest_j[best] ** 2 / free_j[best] + shards.seed_ss
    dof = len(x_k) - 4 + shards.seed_dof
    gain = rest_j[best] ** 2 / free_j[best] / 2 / max(sse / dof, 1e-12)
    turn = rest_j[best] / free_j[best]
    before = line - turn * xh[best] / xx
    if fdtrc(2, dof, gain) > SIGNIFICANCE or abs(before + turn) > SHALLOWER * abs(before):
        return k
    return first + MIN_SHARDS + best
