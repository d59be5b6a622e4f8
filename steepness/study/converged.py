"""Whether a run is trained out: longer training would not have helped."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

import msgspec

from steepness.study.edges import NEAR
from steepness.training.trial import EARLY, Record, Trial

BESIDE = 2.0
"""Sizes and rates within this factor vouch for one another where nothing of the same settings does."""
LONGER = 1.5
"""Factor in steps at which an annealed schedule counts as longer, and below which one counts as long."""
INSIDE = 0.9
"""Share of an annealed run before which its lowest error lies inside. In the last tenth the rate is under a fortieth of
its peak, and two evaluations differ by their noise."""
GAIN = 0.01
"""Relative gain below which what was tried will do: of a longer schedule, of what lies beyond an edge."""


class Lengthened:
    """What longer training gained wherever it was tried; it says whether a run is trained out.

    Args:
        records: everything that was tried, at whatever shard.
        metric: whose errors are compared.
    """

    def __init__(self, records: Iterable[Record], metric: str) -> None:
        self._gains: dict[Hashable, list[_Gain]] = defaultdict(list)
        for runs in _alike(records):
            for run in runs:
                longer = [r.error(metric) for r in runs if r.steps >= LONGER * run.steps]
                if longer:
                    gain = _Gain(run, min(longer) / run.error(metric))
                    self._gains[_kind(run.trial)].append(gain)

    def all_out(self, runs: Sequence[Record]) -> bool:
        """Whether a point's runs are: most of them, as seeds alone differ, and one may end at its lowest by luck."""
        return sum(map(self.trained_out, runs)) > len(runs) / 2

    def trained_out(self, record: Record) -> bool:
        """Whether longer training would not have helped.

        A trial that may stop early is trained out when it did. An annealed one nearly always has its lowest error at
        its end: it is trained out when it was lower before, or when a longer schedule gained less than a hundredth over
        one as long as its own in the run most like it, of its own settings rather than of the next ones, at its own
        shard rather than near it.
        """
        if record.trial.training.schedule in EARLY:
            return not record.flagged
        if record.best_step < INSIDE * record.steps:
            return True
        gains = [g for g in self._gains.get(_kind(record.trial), ()) if g.is_near(record)]
        if not gains:
            return False
        nearest = min(g.unlike(record) for g in gains)
        return fmean(g.ratio for g in gains if g.unlike(record) == nearest) > 1 - GAIN


class _Gain(NamedTuple):
    """The lowest error of longer runs over that of one that is else the same."""

    of: Record
    ratio: float

    def is_near(self, record: Record) -> bool:
        """Whether it is of like shard, size and rate, and as long, in epochs or in steps."""
        mine, other = self.of.trial, record.trial
        rates = mine.training.learning_rate / other.training.learning_rate
        near = _within(mine.m / other.m, NEAR) and _within(mine.size / other.size, BESIDE)
        as_long = self._has_epochs_of(record) or _as_long(self.of.steps / record.steps)
        return near and _within(rates, BESIDE) and as_long

    def unlike(self, record: Record) -> tuple[bool, bool, float]:
        """Whether it is of other settings, whether as long in steps alone, and the logarithm of the shards' ratio."""
        mine, other = ((r.trial.size, r.trial.training.learning_rate) for r in (self.of, record))
        return mine != other, not self._has_epochs_of(record), abs(math.log(self.of.trial.m / record.trial.m))

    def _has_epochs_of(self, record: Record) -> bool:
        return _as_long(self.of.epochs / record.epochs)


def _alike(records: Iterable[Record]) -> Iterable[list[Record]]:
    """Runs that were trained to their end, those together that differ in their length alone."""
    groups: dict[Hashable, list[Record]] = defaultdict(list)
    for record in records:
        trial = record.trial
        if record.complete:
            rate = trial.training.learning_rate
            same = trial.m, trial.size, rate, trial.seed, trial.data_seed, _kind(trial)
            groups[same].append(record)
    return groups.values()


def _kind(trial: Trial) -> Hashable:
    """What runs that vouch for one another share: all but the shard, the size, the rate, the length and the seed."""
    return trial.model, msgspec.structs.replace(trial.training, max_epochs=1.0, learning_rate=1.0)


def _as_long(ratio: float) -> bool:
    return 1 / LONGER < ratio < LONGER


def _within(ratio: float, factor: float) -> bool:
    return 1 / factor <= ratio <= factor
