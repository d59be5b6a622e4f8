"""What is done when all shards are: first the edges of what was tried, then more seeds for what a budget has left.

It goes in rounds: each is decided from the records of those before it alone, so that neither the number of workers nor
a resumption changes what is trained.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from steepness.laws import fit
from steepness.study.calls import Calls, Step
from steepness.study.extensions import A_ROUND, Extensions
from steepness.study.repeats import Repeats
from steepness.training.trial import Trial


class Closing:
    """The rounds of one chain under one budget.

    Args:
        wallet: FLOPs that the chain may have spent in all; infinite where no budget is given.
        precision: half-width of the exponent's interval at which it ends earlier.
    """

    def __init__(self, chain: Calls, wallet: float, precision: float | None) -> None:
        self.chain, self.wallet, self.precision = chain, wallet, precision
        self.repeats = Repeats(chain)
        self.extensions = Extensions(chain, self.repeats)

    def steps(self) -> Iterator[Step]:
        """Round after round, until nothing that helps can be paid for."""
        yield from self._beside_the_last_shard()
        while not self._precise() and (chosen := self._round()):
            yield from self._call(chosen)
            yield from self.chain.wait(chosen)
            self._take_lessons()

    def longer(self) -> Iterator[Step]:
        """Only longer schedules, where a comparison's points are to be shown to be trained out: its sizes and settings
        are those that both arms were given."""
        yield from self.chain.wait(self.chain.known.values())
        while chosen := self.extensions.longer():
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
        left = self._left()
        if extensions := self.extensions.due(left):
            return extensions + self._beside(extensions)
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
