"""How many shards and seeds an exponent needs: what a design would show, and the cheapest that shows enough.

Variance components come from a curve that is there. A seed where it is cheap, at a small shard at the end of the lever,
narrows the exponent more per unit of cost than one at the largest shard. Every seed has a permutation of its own, whose
prefixes the shards are, as a study's have.
Suffix: k shards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from steepness.laws.checks import level_of
from steepness.laws.forms import Floats
from steepness.laws.law_fit import fit_curve
from steepness.laws.paired import BORROWED, PERSISTENCE, Effect
from steepness.laws.points import gather, shards_of
from steepness.laws.rows import read_rows

FEWEST_SEEDS, MOST_SEEDS = 2, 16
"""Of a shard: one seed shows no noise, and a design that needs more than the most is no design."""
_DRAWS = 32
FEWEST_SHARDS = 6
"""With fewer, a curve does not show whether it is a law at all, however narrow its exponent."""


@dataclass(frozen=True)
class Components:
    """Variances of the log error around a curve's law.

    Attributes:
        seed: of one run around its shard's mean.
        shard: of a shard's mean around the law, beyond what its seeds explain.
    """

    seed: float
    shard: float


@dataclass(kw_only=True, frozen=True)
class Design:
    """Shards with the seeds of each, what it costs, and the half-width of the exponent's interval to expect.

    Attributes:
        m: shards, ascending, in the curve's unit.
        seeds: of each shard.
        cost: in the unit that costs were given in.
        half_width: of the exponent's interval at `level`; inf for two shards.
    """

    m: tuple[float, ...]
    seeds: tuple[int, ...]
    cost: float
    half_width: float
    level: float


def components(m: ArrayLike, error: ArrayLike, seeds: ArrayLike | None = None) -> Components:
    """Variance components of a curve that is there, over its straight line in log-log.

    Args:
        m: shard sizes, shape (n,), > 0; repeated m are runs of one shard.
        error: errors, shape (n,), > 0.
        seeds: labels of the runs' seeds, shape (n,).
    Raises:
        ValueError: as `shards_of`, or no shard has two runs.
    """
    shards = shards_of(m, error, seeds)
    dof = int(shards.rows.sum()) - len(shards)
    if not dof:
        raise ValueError(
            "no shard has two seeds, so how much seeds differ is not known; train two of each (seeds=2)"
        )
    seed = float(shards.run_ss.sum()) / dof
    logs = shards.centred
    residual_k = logs.y - logs.xy / logs.xx * logs.x
    around = float((logs.weight * residual_k) @ residual_k) / max(len(shards) - 2, 1)
    runs = float(shards.runs.mean())
    return Components(seed, max(around - seed, 0.0) / runs if len(shards) > 2 else 0.0)


def half_width(m: Sequence[float], seeds: Sequence[int], known: Components, level: float = 0.95) -> float:
    """To expect of the interval of the straight line's exponent: half of such curves have a narrower one.

    It allows, as `fit` does, for the luck that the shards of a permutation share, but not for a constant or for shards
    in a small-data region.
    """
    if len(m) < 3:
        return inf
    own = known.shard / max(known.shard + known.seed, 1e-300)
    return _blind(m, seeds, known, level) * _stretch(tuple(m), tuple(seeds), round(own, 3), level)


@lru_cache(maxsize=1024)
def _stretch(m: tuple[float, ...], seeds: tuple[int, ...], own: float, level: float) -> float:
    """How much wider intervals are for luck that shards may share: the median of simulated curves that have none.

    Args:
        own: the share of variance that shards have by themselves.
    """
    rng, counts = np.random.default_rng(0), np.array(seeds)
    label_n = np.concatenate([np.arange(n) for n in counts])
    found = []
    for _ in range(_DRAWS):
        by_shard_k, by_run_n = rng.standard_normal(len(m)), rng.standard_normal(len(label_n))
        error_n = np.exp(0.01 * (sqrt(own) * np.repeat(by_shard_k, counts) + sqrt(1 - own) * by_run_n))
        shards = gather(read_rows(np.repeat(m, counts), error_n, seeds=label_n, permutations=label_n))
        wide, blind = (
            fit_curve(one, "power", "all", slice(0, len(m)), level).beta_g.half_width
            for one in (shards, replace(shards, cells=None))
        )
        found.append(wide / blind)
    return float(np.median(found))


def _blind(m: Sequence[float], seeds: Sequence[int], known: Components, level: float) -> float:
    """Were shards of a permutation independent: every run counts alike."""
    x_k, n_k = np.log(np.array(m)), np.array(seeds, dtype=float)
    x_k = x_k - n_k @ x_k / n_k.sum()
    lever_k = n_k * x_k / float(n_k @ x_k**2)
    spread = sqrt(float(lever_k**2 @ (known.shard + known.seed / n_k)))
    # where shards scatter by themselves, more seeds do not tell how much
    own = known.shard / (known.shard + known.seed / float(n_k.mean()))
    dof = (
        len(m) - 2 + (1 - own) * float((n_k - 1).sum() - n_k.max() + 1)
    )  # a seed's shift of all shards is no noise
    return float(stdtrit(dof, 0.5 + level_of(level) / 2)) * spread


def cheapest(
    m: Sequence[float],
    costs: Sequence[tuple[float, float]],
    known: Components,
    target: float,
    level: float = 0.95,
) -> Design:
    """The cheapest design whose exponent is known to a half-width.

    For each number of shards, from the smallest on, seeds are added one by one where they narrow the exponent most for
    their cost, no shard having more than a smaller one; the cheapest that reaches the target is taken.

    Args:
        m: shards that could be trained, ascending.
        costs: of a shard's first seed, which searches, and of each further one, per shard.
        known: of a curve like it.
        target: half-width to reach, > 0.
        level: of the interval.
    Raises:
        ValueError: no design of these shards reaches the target, saying what the best of them reaches.
    """
    found = [
        _grown(m[:k], costs[:k], known, target, level) for k in range(min(FEWEST_SHARDS, len(m)), len(m) + 1)
    ]
    enough = [design for design in found if design.half_width <= target]
    if not enough:
        best = min(found, key=lambda design: design.half_width)
        raise ValueError(
            f"{len(m)} shards up to m = {m[-1]:,.0f} show the exponent to {best.half_width:.2g} at best, with up to "
            f"{MOST_SEEDS} seeds each; train larger shards, or ask for less than {target:g}"
        )
    return min(enough, key=lambda design: design.cost)


def _grown(
    m: Sequence[float], costs: Sequence[tuple[float, float]], known: Components, target: float, level: float
) -> Design:
    seeds = [FEWEST_SEEDS] * len(m)
    reached = _blind(m, seeds, known, level)
    while _reached(m, seeds, known, level, reached, target) > target and min(seeds) < MOST_SEEDS:
        gains = [_gain(m, seeds, k, known, level, reached) / costs[k][1] for k in range(len(m))]
        if max(gains) <= 0:
            break
        seeds[gains.index(max(gains))] += 1
        reached = _blind(m, seeds, known, level)
    cost = sum(first + (n - 1) * further for n, (first, further) in zip(seeds, costs, strict=True))
    return Design(
        m=tuple(m), seeds=tuple(seeds), cost=cost, half_width=half_width(m, seeds, known, level), level=level
    )


def _reached(
    m: Sequence[float], seeds: Sequence[int], known: Components, level: float, blind: float, target: float
) -> float:
    """The half-width, worked out in full only where what it is without shared luck would do."""
    return blind if blind > target else half_width(m, seeds, known, level)


def _gain(
    m: Sequence[float], seeds: Sequence[int], k: int, known: Components, level: float, now: float
) -> float:
    """How much narrower with one more seed at a shard."""
    if seeds[k] >= (seeds[k - 1] if k else MOST_SEEDS):
        return 0.0
    return now - _blind(m, [n + (i == k) for i, n in enumerate(seeds)], known, level)


def paired_effects(m: Sequence[float], seeds: int, known: Components) -> tuple[Effect, Effect]:
    """What a comparison by pairs of such runs would know of a shift and of a difference of exponents.

    Args:
        m: the shards, at least 3.
        seeds: pairs at each.
        known: of either arm; shards are shared by both, so theirs cancels.
    """
    x_k: Floats = np.log(np.array(m)) - float(np.mean(np.log(m)))
    k = len(m)
    variance = 2 * known.seed
    dof = k * (seeds - 1) / (1 + (k - 1) * PERSISTENCE**2) + k - 2
    counted = (BORROWED + seeds - 1) ** 2 / (BORROWED**2 / dof + seeds - 1)
    middle = variance * (1 + (k - 1) * PERSISTENCE) / k / seeds
    trend = variance / float(x_k @ x_k) / seeds
    return Effect(0.0, sqrt(middle), counted), Effect(0.0, sqrt(trend), counted)
