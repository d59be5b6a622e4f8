"""What is done with what the shards have left of a budget: first the edges of what was tried, then more seeds.

It goes in rounds: each is decided from the records of those before it alone, so that neither the number of workers nor
a resumption changes what is trained.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import msgspec

from steepness.laws import fit
from steepness.study.calls import Calls, Step
from steepness.study.candidates import Candidate
from steepness.study.converged import Lengthened
from steepness.study.edges import NEAR, beyond
from steepness.study.repeats import Repeats
from steepness.training.trial import Record, Trial

A_ROUND = 4
"""Trials decided upon together, where what they bring decides about the next; without a precision to reach, seeds bring
nothing that does."""
QUOTED = 6
"""Largest shards whose edges are worth a trial."""
VOUCHING = slice(-3, None, -3)
"""Of the shards: the third largest, the sixth and so on, at which a longer trial vouches for the rest."""
LENGTHEN = 2.0
"""Factor in epochs by which it is tried whether longer training would have helped."""


def lengthened(winner: Candidate) -> Candidate:
    """The same, trained for twice as long."""
    epochs = LENGTHEN * winner.training.max_epochs
    return Candidate(winner.size, msgspec.structs.replace(winner.training, max_epochs=epochs))


class Closing:
    """The rounds of one chain under one budget.

    Args:
        wallet: FLOPs that the chain may have spent in all.
        precision: half-width of the exponent's interval at which it ends earlier.
    """

    def __init__(self, chain: Calls, wallet: float, precision: float | None) -> None:
        self.chain, self.wallet, self.precision = chain, wallet, precision
        self.repeats = Repeats(chain)

    def steps(self) -> Iterator[Step]:
        """Round after round, until nothing that helps can be paid for."""
        yield from self._beside_the_last_shard()
        while not self._precise() and (chosen := self._round()):
            yield from self._call(chosen)
            yield from self.chain.wait(chosen)
            self._take_lessons()

    def _beside_the_last_shard(self) -> Iterator[Step]:
        """Seeds of the shards before it, while its winner is repeated; then all that was called for is waited for."""
        chain = self.chain
        yield from chain.wait(chain.paid())
        running = [trial for trial in chain.known.values() if trial.id not in chain.read]
        if self.precision is None:
            yield from self._call(
                self.repeats.beside(running, self._left() - sum(map(self.repeats.rest, running)))
            )
        yield from chain.wait(chain.known.values())

    def _call(self, chosen: Sequence[Trial]) -> Iterator[Step]:
        self.chain.closing.update(trial.id for trial in chosen)
        yield from self.chain.call(chosen)

    def _left(self) -> float:
        return self.wallet - self.chain.terms.costs.spent(self.chain.read.values())

    def _round(self) -> list[Trial]:
        """What lies beyond edges, with seeds beside it; then seeds alone, none that others would wait for."""
        if extensions := self._extensions():
            return extensions + self._beside(extensions)
        left = self._left()
        return self.repeats.seeds(left, math.inf if self.precision is None else A_ROUND, dearest=left / 2)

    def _beside(self, extensions: Sequence[Trial]) -> list[Trial]:
        """Where it is enough for that, from what is left when those that win are trained to their end."""
        cost = self.repeats.cost
        left = self._left() - sum(map(self.repeats.rest, extensions))
        probes = [trial for trial in extensions if trial != trial.whole]
        due = sum(cost(t.whole) - (cost(t) if t.goes_on_as == t.whole else 0.0) for t in probes)
        return self.repeats.beside(extensions, left - due if due <= left else left)

    def _take_lessons(self) -> None:
        """Where a candidate beyond an edge beat a shard's winner, larger shards start from it."""
        best = self.chain.lessons.best
        errors = self.repeats.errors()
        for i, (m, winner) in enumerate(best):
            best[i] = (m, errors[m][0] if m in errors else winner)

    def _extensions(self) -> list[Trial]:
        """Trials beyond the edges at which the largest shards' winners lie: longer ones first, where they are cheap
        and vouch for their neighbours, then sizes and settings, a probe before the end of a good one."""
        left, found = self._left(), list[Trial]()
        quoted = self.chain.lessons.best[-QUOTED:]
        beyond = (trial for m, winner in reversed(quoted) for trial in self._beyond(m, winner))
        for trial in itertools.chain(self._all_longer(quoted), beyond):
            cost = self.repeats.rest(trial)
            if trial.id not in self.chain.known and cost <= left and trial not in found:
                found.append(trial)
                left -= cost
            if len(found) == A_ROUND:
                break
        return found

    def _all_longer(self, quoted: Sequence[tuple[int, Candidate]]) -> Iterator[Trial]:
        """Longer trials where they vouch for most, then what is left; one that is asked for now will vouch for its
        neighbours, too."""
        asked: list[int] = []
        for m, winner in [*quoted[VOUCHING], *reversed(quoted)]:
            if any(other / NEAR <= m <= other * NEAR for other in asked):
                continue
            for trial in self._longer(m, winner):
                asked.append(m)
                yield trial

    def _beyond(self, m: int, winner: Candidate) -> Iterator[Trial]:
        chain, first = self.chain, self.chain.seeds[0]
        incumbent = chain.read.get(chain.probe(chain.trial(winner, m, first)).id)
        for candidate in beyond(winner, m, list(chain.read.values()), chain.candidates):
            whole = chain.trial(candidate, m, first)
            probe = chain.probe(whole)
            yield probe
            if self._beats(chain.read.get(probe.id), incumbent):
                yield whole

    def _longer(self, m: int, winner: Candidate) -> Iterator[Trial]:
        """The winner with twice the epochs, if nothing near says yet whether that would help."""
        chain = self.chain
        own = chain.read.get(chain.trial(winner, m, chain.seeds[0]).id)
        if own is None or own.status != "done":
            return
        if not Lengthened(chain.read.values(), chain.terms.metric).trained_out(own):
            yield chain.trial(lengthened(winner), m, chain.seeds[0])

    def _beats(self, challenger: Record | None, incumbent: Record | None) -> bool:
        if challenger is None or challenger.status != "done":
            return False
        if incumbent is None:
            return True
        metric, search = self.chain.terms.metric, self.chain.terms.preset.search
        tie = search.tie if challenger.trial.size > incumbent.trial.size else 0.0
        return challenger.error(metric) * (1 + tie) < incumbent.error(metric)

    def _precise(self) -> bool:
        if self.precision is None:
            return False
        errors = self.repeats.errors()
        points = [(m, e, s) for m, (_, v) in errors.items() if max(v) > 0 for s, e in enumerate(v)]
        if len({m for m, _, _ in points}) < 5:
            return False
        m, error, seeds = zip(*points, strict=True)
        interval = fit(m, error, seeds=seeds).beta_g
        return (interval.high - interval.low) / 2 <= self.precision
