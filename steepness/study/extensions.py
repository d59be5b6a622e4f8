"""What extends a search whose winners lie at an edge: longer training, sizes and settings beyond what was tried."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from steepness.study.calls import Calls
from steepness.study.candidates import Candidate
from steepness.study.converged import GAIN, LONGER, Lengthened
from steepness.study.edges import NEAR, beyond
from steepness.study.presets import with_setting
from steepness.study.repeats import Repeats
from steepness.training.trial import Record, Training, Trial

A_ROUND = 4
"""Trials decided upon together, where what they bring decides about the next; without a precision to reach, seeds bring
nothing that does."""
QUOTED = 6
"""Largest shards whose edges are worth a trial; longer ones, which show that a point is no upper bound, are at all."""
VOUCHING = slice(-3, None, -3)
"""Of the shards: the third largest, the sixth and so on, at which a longer trial vouches for the rest."""
LENGTHEN = 2.0
"""Factor in epochs by which it is tried whether longer training would have helped."""


def lengthened(winner: Candidate, epochs: float = 0.0) -> Candidate:
    """The same, trained for twice as long.

    Args:
        epochs: that it was trained for, where a least number of steps makes more of its bound.
    """
    epochs = max(LENGTHEN * winner.training.max_epochs, math.ceil(LONGER * epochs))
    return Candidate(winner.size, with_setting(winner.training, {"max_epochs": epochs}))


class Extensions:
    """Those of one chain, in rounds: each is decided from the records of those before it."""

    def __init__(self, chain: Calls, repeats: Repeats) -> None:
        self.chain, self.repeats = chain, repeats

    def due(self, room: float) -> list[Trial]:
        """The next round: longer trials first, where they are cheap and vouch for their neighbours, then what is to be
        trained to its end, as it beat a winner, then what is to be held against one.

        Args:
            room: FLOPs that they may take.
        """
        found = list[Trial]()
        for trial in self._wanted(found):
            cost = self.repeats.rest(trial)
            if trial.id not in self.chain.known and cost <= room and trial not in found:
                found.append(trial)
                room -= cost
            if len(found) == A_ROUND:
                break
        return found

    def longer(self) -> list[Trial]:
        """Longer trials alone, whatever they cost."""
        return [trial for trial in self._all_longer() if trial.id not in self.chain.known]

    def _wanted(self, asked: Sequence[Trial]) -> Iterator[Trial]:
        yield from self._all_longer()
        quoted = self.chain.lessons.best[-QUOTED:]
        for m, winner in reversed(quoted):
            yield from self._better(m, winner)
        for one, other in itertools.pairwise(reversed(quoted)):
            yield from self._carried(one, other)
            yield from self._carried(other, one)
        for m, winner in reversed(quoted):
            yield from self._beyond(m, winner, asked)

    def _all_longer(self) -> Iterator[Trial]:
        """Longer trials where they vouch for most, then what is left; one that is asked for now will vouch for its
        neighbours, too."""
        asked, winners = list[int](), self.chain.lessons.best
        for m, winner in [*winners[VOUCHING], *reversed(winners)]:
            if any(other / NEAR <= m <= other * NEAR for other in asked):
                continue
            for trial in self._longer(m, winner):
                asked.append(m)
                yield trial

    def _longer(self, m: int, winner: Candidate) -> Iterator[Trial]:
        """The winner with twice the epochs, if nothing near says yet whether that would help."""
        own = self.chain.read.get(self._whole(winner, m).id)
        if own is None or own.status != "done":
            return
        longer = self._whole(lengthened(winner, own.epochs), m)
        failed = longer.id in self.chain.read and self.chain.read[longer.id].status != "done"
        if not failed and not Lengthened(self.chain.read.values(), self.chain.terms.metric).trained_out(own):
            yield longer

    def _better(self, m: int, winner: Candidate) -> Iterator[Trial]:
        """To its end, what was stopped beyond an edge and was clearly ahead of the winner by then."""
        rival = self.chain.read.get(self.chain.probe(self._whole(winner, m)).id)
        closing = [t for t in self.chain.known.values() if t.m == m and t.id in self.chain.closing]
        for trial in closing:
            if trial != trial.whole and self._beats(self.chain.read.get(trial.id), rival):
                yield trial.whole

    def _carried(self, known: tuple[int, Candidate], other: tuple[int, Candidate]) -> Iterator[Trial]:
        """What won at a shard, at the next one: settings that it has not seen, and upwards a size from beyond the edge.
        Else a rate that was looked at here and not there makes a kink between them."""
        (at, found), (m, winner) = known, other
        larger = m > at and found.size > winner.size and self._whole(found, at).id in self.chain.closing
        seen = {self._settings(t.training) for t in self.chain.known.values() if t.m == m}
        if larger or self._settings(found.training) not in seen:
            training = msgspec.structs.replace(found.training, max_epochs=winner.training.max_epochs)
            carried = Candidate(found.size if larger else winner.size, training)
            yield from self._held_against(winner, carried, m)

    def _beyond(self, m: int, winner: Candidate, asked: Sequence[Trial]) -> Iterator[Trial]:
        """What lies beyond the edges of what was tried near a shard, or is asked for in this round."""
        known = [record.trial for record in self.chain.read.values()]
        for candidate in beyond(winner, m, [*known, *asked], self.chain.candidates):
            yield from self._held_against(winner, candidate, m)

    def _held_against(self, winner: Candidate, rival: Candidate, m: int) -> Iterator[Trial]:
        """Both as far as losers are told from winners."""
        yield self.chain.probe(self._whole(rival, m))
        yield self.chain.probe(self._whole(winner, m))

    def _settings(self, training: Training) -> tuple[Any, ...]:
        return tuple(getattr(training, name) for name in self.chain.terms.preset.search.grid)

    def _whole(self, candidate: Candidate, m: int) -> Trial:
        return self.chain.trial(candidate, m, self.chain.seeds[0])

    def _beats(self, challenger: Record | None, incumbent: Record | None) -> bool:
        if challenger is None or challenger.status != "done" or incumbent is None:
            return False
        metric, search = self.chain.terms.metric, self.chain.terms.preset.search
        tie = search.tie if challenger.trial.size > incumbent.trial.size else 0.0
        return challenger.error(metric) * (1 + max(tie, GAIN)) < incumbent.error(metric)
