"""Which runs stand for a shard: the winner of its search, by runs that did not choose it.

Being the best of several flatters a run: the winner's curse. So a candidate is chosen on some seeds and quoted on
others, and where the two differ by more the larger the shard is, the exponent is biased.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from statistics import fmean, median
from typing import Any

import numpy as np
from scipy.special import stdtrit

from steepness.laws import Interval
from steepness.training.trial import Record

MIN_GAPS = 4  # shards that show whether a gap grows
LEVEL = 0.95


@dataclass(frozen=True)
class Choice:
    """The best fit at one shard.

    Attributes:
        runs: those that are quoted.
        choosing: the winner's runs that it was chosen by, and that are therefore not quoted.
        biased: the quoted runs are those that it was chosen by, as there are no others.
    """

    runs: list[Record]
    choosing: list[Record]
    biased: bool


@dataclass(frozen=True)
class Gap:
    """How much worse the winners of a curve's searches are when they are trained again.

    Attributes:
        shift: log of the error trained again over the error chosen by, at the middle of the shards (95 %).
        slope: what it adds to the exponent of the chosen runs (95 %).
    """

    shift: Interval
    slope: Interval

    @property
    def sloped(self) -> bool:
        """Whether the gap is known to change with data, so that it bends the exponent."""
        return not self.slope.low <= 0 <= self.slope.high

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return {"shift": self.shift.as_dict(), "slope": self.slope.as_dict(), "sloped": self.sloped}


def best_fit(records: Sequence[Record], metric: str) -> list[Choice]:
    """Per shard, ascending, the size and settings with the lowest median error over seeds.

    Only candidates with the most seeds of their shard compete: one lucky seed is not a best fit.
    """
    shards: dict[int, dict[Any, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        trial = record.trial
        shards[trial.m][trial.size, trial.training].append(record)
    return [_choice(list(shards[m].values()), metric) for m in sorted(shards)]


def best_of_each(records: Sequence[Record], metric: str) -> list[Choice]:
    """Per shard, ascending, the best run of each draw, of a study whose every seed searches for itself.

    The run of the middle error comes first: its size and settings stand for the shard.
    """
    shards: dict[int, dict[tuple[int, int], Record]] = defaultdict(dict)
    for record in sorted(records, key=lambda r: r.error(metric)):
        shards[record.trial.m].setdefault(_draw(record), record)
    return [_each(list(shards[m].values())) for m in sorted(shards)]


def _each(ascending: list[Record]) -> Choice:
    middle = ascending.pop((len(ascending) - 1) // 2)
    return Choice([middle, *ascending], [], biased=True)


def fixed_sizes(records: Sequence[Record], metric: str) -> dict[int, list[Choice]]:
    """Per size tried at three shards or more: per shard, its best settings."""
    sizes = sorted({record.trial.size for record in records})
    curves = {size: best_fit([r for r in records if r.trial.size == size], metric) for size in sizes}
    return {size: choices for size, choices in curves.items() if len(choices) >= 3}


def selection_gap(points: Sequence[tuple[int, float, Sequence[float]]]) -> Gap | None:
    """The gap of a curve's choices, and its slope over log m.

    Args:
        points: per shard m, the error trained again, and the errors that it was chosen by.
    Returns:
        None with fewer than `MIN_GAPS` shards that were chosen by one run and quoted by another.
    """
    gaps = [
        (log(m), log(error / fmean(chosen)))
        for m, error, chosen in points
        if chosen and error > 0 < min(chosen)
    ]
    if len(gaps) < MIN_GAPS:
        return None
    x, y = (np.array(column) for column in zip(*gaps, strict=True))
    x -= x.mean()
    slope = float(x @ y / (x @ x))
    dof = len(y) - 2
    spread = float(np.std(y - slope * x, ddof=0)) * (len(y) / dof) ** 0.5
    reach = float(stdtrit(dof, 0.5 + LEVEL / 2)) * spread
    of_shift, of_slope = reach / len(y) ** 0.5, reach / float(x @ x) ** 0.5
    shift = float(y.mean())
    return Gap(
        Interval(shift, shift - of_shift, shift + of_shift), Interval(slope, slope - of_slope, slope + of_slope)
    )  # fmt: skip


def _choice(candidates: list[list[Record]], metric: str) -> Choice:
    most = max(len(runs) for runs in candidates)
    finalists = [runs for runs in candidates if len(runs) == most]
    winner = _lowest(finalists, metric)
    if len(candidates) == 1:
        return Choice(winner, [], biased=False)
    tried = Counter(_draw(record) for runs in candidates for record in runs)
    # a draw on which more was tried than on others decided what was trained on them, so it chose
    open_to = max(len(finalists), min(tried.values()))
    fresh = [r for r in winner if tried[_draw(r)] <= open_to and most > 1]
    if not fresh:
        return Choice(winner, [], biased=True)
    quoted = [r for run in fresh for r in _cross_fitted(finalists, run, metric)]
    return Choice(quoted, [r for r in winner if r not in fresh], biased=False)


def _cross_fitted(finalists: list[list[Record]], run: Record, metric: str) -> Iterator[Record]:
    """The run of one draw of whichever finalist the other draws prefer."""
    here = [runs for runs in finalists if any(_draw(r) == _draw(run) for r in runs)]
    others = [[r for r in runs if _draw(r) != _draw(run)] for runs in here]
    chosen = here[others.index(_lowest(others, metric))]
    yield from (r for r in chosen if _draw(r) == _draw(run))


def _lowest(candidates: list[list[Record]], metric: str) -> list[Record]:
    return min(candidates, key=lambda runs: median(r.error(metric) for r in runs))


def _draw(record: Record) -> tuple[int, int]:
    return record.trial.data_seed, record.trial.seed
