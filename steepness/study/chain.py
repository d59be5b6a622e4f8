"""The decisions of a search, one model's: which candidates, which winner, whether another shard can be paid for."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping

from steepness.study.calls import Calls, Step
from steepness.study.candidates import TIE, Candidate, ranked
from steepness.study.closing import Closing
from steepness.study.extensions import VOUCHING, lengthened
from steepness.study.terms import Terms
from steepness.training.trial import Record, Trial


class Chain(Calls):
    """The shards of one model on one set of seeds, from the smallest up, and what a budget then has left.

    Its decisions are one sequence, in which each reads the records it waited for and no others: so it goes on where it
    stood when a record comes in, and comes to the same end whatever their order.

    Args:
        share: of the study's budget.
    """

    def __init__(
        self, terms: Terms, model: str, data_seed: int | None, seeds: range, *, share: float = 1.0
    ) -> None:
        super().__init__(terms, model, data_seed, seeds)
        self.share = share
        self._open: dict[str, Trial] = {}
        self._needs: frozenset[str] = frozenset()
        self._steps = self._go()

    def due(self, records: Mapping[str, Record]) -> list[Trial]:
        """What is called for and has no record."""
        self.records = records
        while self._needs <= records.keys() and (step := next(self._steps, None)) is not None:
            if isinstance(step, frozenset):
                self._needs = step
            else:
                self._open[step.id] = step
        self._open = {i: trial for i, trial in self._open.items() if i not in records}
        return list(self._open.values())

    def _go(self) -> Iterator[Step]:
        for budget in self.terms.budgets:
            wallet = budget.flops * self.share if budget else math.inf
            while self._begun < len(self.shards):
                yield from self.wait(self.paid())
                if not self._affords(wallet):
                    break
                yield from self._shard()
            if budget:
                yield from Closing(self, wallet, budget.precision).steps()
            elif self.terms.preset.search.every_seed and self.terms.anneals:
                yield from Closing(self, math.inf, None).longer()
            else:
                yield from self.wait(self.known.values())

    def _shard(self) -> Iterator[Step]:
        """Candidates on the first seed, the finalists to their end, the winner on the other seeds."""
        m = self.shards[self._begun]
        tried = self.candidates.at(self._begun, m, self.lessons)
        self._begun += 1
        first = {c: self.trial(c, m, self.seeds[0]) for c in tried}
        ranked, search = tried, self.terms.preset.search
        if len(tried) > 1:
            probes = {c: self.probe(trial) for c, trial in first.items()}
            ranked = yield from self._ranked(probes, search.tie if search.cull_at < 1 else TIE)
        finalists = ranked[: search.finalists]
        if len(finalists) > 1:
            finalists = yield from self._ranked({c: first[c] for c in finalists}, TIE)
        for winner in finalists[:1]:
            self.lessons.won(m, winner, tried)
            yield from self.call(self.trial(winner, m, seed) for seed in self.seeds)

    def _ranked(
        self, trials: Mapping[Candidate, Trial], tie: float
    ) -> Generator[Step, None, list[Candidate]]:
        """Have the candidates' trials; those that ended well, the best first."""
        yield from self.call(trials.values())
        yield from self.wait(trials.values())
        return ranked({c: self.records[t.id].error(self.terms.metric) for c, t in trials.items()}, tie)

    def _affords(self, wallet: float) -> bool:
        """Whether the next shard fits in, too, with the longer trials that show all to be trained out. The shard before
        it counts as expected, whether it is done or not, so that the answer is the same whenever it is asked for."""
        if not self.terms.grows:
            return True
        following = self.shards[max(self._begun - 1, 0) : self._begun + 1]
        return self.spent(self.paid()) + sum(map(self.price_of_shard, following)) + self._owed() <= wallet

    def _owed(self) -> float:
        """Expected FLOPs of the longer trials that will be due once the next shard is done."""
        if not self.terms.anneals:
            return 0.0
        winners, costs = dict(self.lessons.best), self.terms.costs
        places = [m for m in self.shards[: self._begun + 1][VOUCHING] if m in winners]
        longer = [self.trial(lengthened(winners[m]), m, self.seeds[0]) for m in places[:2]]
        return sum(costs.expected(trial, None) for trial in longer if trial.id not in self.known)

    def price_of_shard(self, m: int) -> float:
        """Expected FLOPs of a shard: probes of all candidates, finalists and seeds to the end."""
        costs, search = self.terms.costs, self.terms.preset.search
        epochs = self.epochs_before(m)
        tried = self.candidates.at(self._begun, m, self.lessons)
        whole = [costs.expected(self.trial(c, m, self.seeds[0]), epochs) for c in tried]
        share = min(search.cull_at, 1.0) if len(tried) > 1 else 1.0
        kept = sum(sorted(whole, reverse=True)[: search.finalists])
        told = sum(whole) if self.terms.squeezes and share < 1 else sum(whole) - kept
        return share * told + kept + whole[0] * (len(self.seeds) - 1)
