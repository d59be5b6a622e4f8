"""Which runs stand for a shard: the winner of its search, by runs that did not choose it.

Being the best of several flatters a run: the winner's curse. So a candidate is chosen on some seeds and quoted on
others, and where the two differ by more the larger the shard is, the exponent is biased.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import fmean, median
from typing import Any, NamedTuple

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


class _Run(NamedTuple):
    """A record by what a choice looks at."""

    draw: tuple[int, int]
    error: float
    record: Record


def best_fit(records: Sequence[Record], metric: str) -> list[Choice]:
    """Per shard, ascending, the size and settings with the lowest median error over seeds.

    Only candidates with the most seeds of their shard compete: one lucky seed is not a best fit.
    """
    shards: dict[int, dict[Any, list[_Run]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        trial = record.trial
        shards[trial.m][trial.size, trial.training].append(_Run(_draw(record), record.error(metric), record))
    return [_choice(list(shards[m].values())) for m in sorted(shards)]


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
    sizes: dict[int, list[Record]] = defaultdict(list)
    for record in records:
        sizes[record.trial.size].append(record)
    curves = {size: best_fit(sizes[size], metric) for size in sorted(sizes)}
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


def _choice(candidates: list[list[_Run]]) -> Choice:
    most = max(len(runs) for runs in candidates)
    finalists = [runs for runs in candidates if len(runs) == most]
    winner = min(finalists, key=lambda runs: median(r.error for r in runs))
    runs = [r.record for r in winner]
    if len(candidates) == 1:
        return Choice(runs, [], biased=False)
    tried = Counter(r.draw for runs in candidates for r in runs)
    # a draw on which more was tried than on others decided what was trained on them, so it chose
    open_to = max(len(finalists), min(tried.values()))
    fresh = [r.draw for r in winner if tried[r.draw] <= open_to and most > 1]
    if not fresh:
        return Choice(runs, [], biased=True)
    quoted = [record for draw in fresh for record in _cross_fitted(finalists, draw)]
    return Choice(quoted, [r.record for r in winner if r.draw not in fresh], biased=False)


def _cross_fitted(finalists: list[list[_Run]], draw: tuple[int, int]) -> list[Record]:
    """The run of one draw of whichever finalist the other draws prefer."""
    here = [runs for runs in finalists if any(r.draw == draw for r in runs)]
    chosen = min(here, key=lambda runs: median(r.error for r in runs if r.draw != draw))
    return [r.record for r in chosen if r.draw == draw]


def _draw(record: Record) -> tuple[int, int]:
    return record.trial.data_seed, record.trial.seed
