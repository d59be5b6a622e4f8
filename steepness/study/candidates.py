"""What is tried at a shard: sizes around the one that the size law predicts, settings around those that won so far."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from steepness.study.presets import Preset, with_setting
from steepness.training.trial import Training

TIE = 0.01
"""Relative gain in error for which no larger size is taken at the end: seeds of one size differ by as much."""
LOSSES = 2
"""A size that so many shards found too small is not tried again."""


@dataclass(frozen=True)
class Candidate:
    """A size with hyper-parameters: what is compared at a shard."""

    size: int
    training: Training


@dataclass
class Lessons:
    """What the shards so far have taught, one model's.

    Attributes:
        best: shard and its winner, ascending.
        lost: how often a size was tried where a larger one won.
    """

    best: list[tuple[int, Candidate]] = field(default_factory=list)
    lost: Counter[int] = field(default_factory=Counter)

    def won(self, m: int, winner: Candidate, tried: Sequence[Candidate]) -> None:
        """Take a shard's outcome."""
        self.best.append((m, winner))
        self.lost.update({c.size for c in tried if c.size < winner.size})


class Candidates:
    """Names what is tried at a shard.

    Args:
        ladder: of sizes, ascending.
        open_ended: whether ladder and grid may be left where the best lies at their edge.
    """

    def __init__(self, preset: Preset, ladder: Sequence[int], *, open_ended: bool) -> None:
        self.preset, self.ladder, self.open_ended = preset, list(ladder), open_ended

    def at(self, index: int, m: int, lessons: Lessons) -> list[Candidate]:
        """The candidates of the shard of that index, the likeliest first, `search.trials` of them at most.

        The predicted size with the best settings so far, the next sizes with the same, and the settings beside them:
        one direction at even shards first, the other at odd ones, so that both are looked at though one is paid for.
        """
        sizes = self._sizes(m, lessons)
        carried = lessons.best[-1][1].training if lessons.best else self._middle()
        beside = list(self._beside(carried))
        if index % 2:
            beside.reverse()
        near = [Candidate(sizes[0], s) for s in beside]
        grown = [Candidate(size, carried) for size in sizes[1:]]
        pairs = (c for pair in itertools.zip_longest(grown, near) for c in pair if c)
        rest = (Candidate(size, s) for size in sizes[1:] for s in beside)
        found = dict.fromkeys(itertools.chain([Candidate(sizes[0], carried)], pairs, rest))
        return list(found)[: self.preset.search.trials]

    def larger(self, size: int) -> int | None:
        """The next rung above a size; None at the end of a ladder that is closed."""
        above = [rung for rung in self.ladder if rung > size]
        if above:
            return above[0]
        return _beyond(self.ladder, size) if self.open_ended else None

    def _sizes(self, m: int, lessons: Lessons) -> list[int]:
        """The predicted size first, then the next larger, the next smaller, and so on: `search.window` of them.

        No prediction goes beyond the last winner. The next rung is tried beside it, and a rung is a factor of about two
        in parameters: the best size grows no faster than that from shard to shard, while a line through the first
        few winners may, and then leads the whole budget astray.
        """
        rungs = [size for size in self.ladder if lessons.lost[size] < LOSSES] or self.ladder[-1:]
        window = self.preset.search.window
        if not lessons.best:
            middle = max((min(window, len(rungs)) - 1) // 2, 0)
            return _spiral(rungs, middle, window)
        predicted = min(predicted_size(m, lessons.best), lessons.best[-1][1].size)
        while self.open_ended and predicted >= rungs[-1]:  # so that there is always a larger one to try
            rungs.append(_beyond(rungs, rungs[-1]))
        return _spiral(rungs, nearest(rungs, predicted), window)

    def _middle(self) -> Training:
        point = {
            name: sorted(values)[(len(values) - 1) // 2] for name, values in self.preset.search.grid.items()
        }
        return with_setting(self.preset.training, point)

    def _beside(self, training: Training) -> Iterator[Training]:
        """Settings one step away along each axis of the grid, the lower value first."""
        for name in self.preset.search.grid:
            for value in self.neighbours(name, getattr(training, name)):
                yield with_setting(training, {name: value})

    def neighbours(self, name: str, value: Any) -> list[Any]:
        """The values of an axis of the grid below and above one; where the search is open, beyond its ends, too, if
        the axis is a scale and the setting can be so."""
        values = sorted(self.preset.search.grid[name])
        below, above = [v for v in values if v < value], [v for v in values if v > value]
        if self.open_ended and len(values) > 1 and all(is_number(v) and v > 0 for v in values):
            ratio = float(values[-1] / values[0]) ** (1 / (len(values) - 1))
            below, above = (
                below or self._beyond(name, value, 1 / ratio),
                above or self._beyond(name, value, ratio),
            )
        return [*below[-1:], *above[:1]]

    def _beyond(self, name: str, value: Any, factor: float) -> list[Any]:
        further = _rounded(value * factor, value)
        try:
            with_setting(self.preset.training, {name: further})
        except ValueError:  # a momentum of more than 1
            return []
        return [further] if further != value else []


def is_number(value: Any) -> bool:
    """Whether a setting's values have an order that leads somewhere."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def predicted_size(m: int, best: Sequence[tuple[int, Candidate]]) -> float:
    """Size at m by a line through the logarithms of the best sizes so far; it never shrinks with data."""
    log_m = np.log([shard for shard, _ in best])
    log_size = np.log([candidate.size for _, candidate in best])
    if len(best) < 3:
        return float(best[-1][1].size)
    slope, intercept = np.polyfit(log_m, log_size, 1)
    return float(np.exp(intercept + slope * math.log(m))) if slope > 0 else float(np.exp(log_size.mean()))


def nearest(rungs: Sequence[int], size: float) -> int:
    """Index of the rung nearest in ratio."""
    return min(range(len(rungs)), key=lambda i: abs(math.log(rungs[i] / size)))


def ranked(errors: Mapping[Candidate, float], tie: float = TIE) -> list[Candidate]:
    """Candidates that ended well, lowest error first; a smaller size that ties with the best comes before it.

    Args:
        errors: of each, in the order in which equals are taken.
        tie: relative difference of errors up to which sizes tie.
    """
    ended = [(error, i, c) for i, (c, error) in enumerate(errors.items()) if math.isfinite(error)]
    finite = sorted(ended, key=lambda e: e[:2])
    if not finite:
        return []
    (lowest, _, best) = finite[0]
    tied = [c for error, _, c in finite if error <= lowest * (1 + tie) and c.size < best.size]
    first = min(tied, key=lambda c: c.size, default=best)
    return [first, *(c for _, _, c in finite if c != first)]


def probe_of(training: Training, steps: float, *, squeezed: bool = False) -> Training:
    """The same settings, stopped at the first evaluation after so many steps, or squeezed into them."""
    return msgspec.structs.replace(training, stop_step=max(math.ceil(steps), 1), squeezed=squeezed)


def _spiral(rungs: Sequence[int], centre: int, count: int) -> list[int]:
    """Rungs around one of them, each larger one before the smaller one at the same distance."""
    order = sorted(range(len(rungs)), key=lambda i: (abs(i - centre), i < centre))
    return [rungs[i] for i in order[:count]]


def _beyond(rungs: Sequence[int], size: int) -> int:
    """The rung that would follow: the ladder's last ratio on, in eights where there is room for it."""
    ratio = rungs[-1] / rungs[-2] if len(rungs) > 1 else 1.5
    grown = size * min(max(ratio, 1.25), 2.0)
    return max(round(grown / 8) * 8 if grown >= 32 else round(grown), size + 1)


def _rounded(value: float, like: Any) -> Any:
    """Two digits are enough for a rate; a whole number stays one."""
    return max(round(value), 1) if isinstance(like, int) else float(f"{value:.2g}")
