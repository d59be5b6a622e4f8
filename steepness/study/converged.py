"""Whether a run is trained out: longer training would not have helped."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from statistics import fmean
from typing import NamedTuple

import msgspec

from steepness.study.edges import NEAR
from steepness.training.trial import EARLY, Record, Training, Trial

BESIDE = 2.0
"""Sizes and rates within this factor vouch for one another where nothing of the same settings does."""
LONGER = 1.5
"""Factor in epochs at which an annealed schedule counts as longer."""
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
            for shorter, longer in itertools.permutations(runs, 2):
                a, b = shorter.trial, longer.trial
                if b.training.max_epochs >= LONGER * a.training.max_epochs:
                    gain = _Gain(a.m, a.size, a.training, longer.error(metric) / shorter.error(metric))
                    self._gains[_kind(a)].append(gain)

    def trained_out(self, record: Record) -> bool:
        """Whether longer training would not have helped.

        A trial that may stop early is trained out when it did. An annealed one nearly always has its lowest error at
        its end: it is trained out when that is not so, or when a longer schedule gained less than a hundredth in the
        run most like it, of its own settings rather than of the next ones, at its own shard rather than near it.
        """
        if record.trial.training.schedule in EARLY or not record.flagged:
            return not record.flagged
        gains = [g for g in self._gains.get(_kind(record.trial), ()) if g.is_near(record.trial)]
        if not gains:
            return False
        nearest = min(g.unlike(record.trial) for g in gains)
        return fmean(g.ratio for g in gains if g.unlike(record.trial) == nearest) > 1 - GAIN


class _Gain(NamedTuple):
    """A run's error over that of a shorter one that is else the same."""

    m: int
    size: int
    training: Training
    ratio: float

    def is_near(self, trial: Trial) -> bool:
        rates = self.training.learning_rate / trial.training.learning_rate
        near = _within(self.m / trial.m, NEAR) and _within(self.size / trial.size, BESIDE)
        return near and _within(rates, BESIDE)

    def unlike(self, trial: Trial) -> tuple[bool, float]:
        """Whether it is of other settings, and the factor between the shards, as a logarithm."""
        mine, other = (self.size, self.training.learning_rate), (trial.size, trial.training.learning_rate)
        return mine != other, abs(math.log(self.m / trial.m))


def _alike(records: Iterable[Record]) -> Iterable[list[Record]]:
    """Runs that were trained to their end, those together that differ in their length alone."""
    groups: dict[Hashable, list[Record]] = defaultdict(list)
    for record in records:
        trial = record.trial
        if record.status == "done" and not trial.training.stop_step:
            rate = trial.training.learning_rate
            same = trial.m, trial.size, rate, trial.seed, trial.data_seed, _kind(trial)
            groups[same].append(record)
    return groups.values()


def _kind(trial: Trial) -> Hashable:
    """What runs that vouch for one another share: all but the shard, the size, the rate, the length and the seed."""
    return trial.model, msgspec.structs.replace(trial.training, max_epochs=1.0, learning_rate=1.0)


def _within(ratio: float, factor: float) -> bool:
    return 1 / factor <= ratio <= factor
