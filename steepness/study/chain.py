"""The decisions of a search, one model's: which candidates, which winner, whether another shard can be paid for."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterable, Iterator, Mapping
from statistics import median
from typing import TYPE_CHECKING

from steepness.study.candidates import Candidate, Candidates, Lessons, probe_of, ranked
from steepness.study.closing import Closing
from steepness.training.trial import Record, Trial

if TYPE_CHECKING:
    from steepness.study.search import Search

Step = Trial | frozenset[str]
"""What a chain does next: call for a trial, or wait until these have records."""


class Chain:
    """The shards of one model on one set of seeds, from the smallest up, and what a budget then has left.

    Its decisions are one sequence, in which each reads the records it waited for and no others: so it goes on where it
    stood when a record comes in, and comes to the same end whatever their order.

    Args:
        data_seed: of all its trials; None for each seed's own.
        share: of the study's budget.
    Attributes:
        known: all trials called for so far, by id.
        lessons: what the shards so far have taught.
    """

    def __init__(
        self, search: Search, model: str, data_seed: int | None, seeds: range, *, share: float = 1.0
    ) -> None:
        self.search, self.model = search, model
        self.data_seed, self.seeds, self.share = data_seed, seeds, share
        ladder = search.preset.ladder(search.domain, model)
        self.candidates = Candidates(search.preset, ladder, open_ended=search.grows)
        self.shards = search.shards()
        self.known: dict[str, Trial] = {}
        self.closing: set[str] = set()
        self.lessons = Lessons()
        self.records: Mapping[str, Record] = {}
        self._begun = 0
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

    def call(self, trials: Iterable[Trial]) -> Iterator[Step]:
        """Call for trials, each once."""
        for trial in trials:
            if trial.id not in self.known:
                self.known[trial.id] = trial
                yield trial

    def wait(self, trials: Iterable[Trial]) -> Iterator[Step]:
        """Wait until all of them have records."""
        yield frozenset(trial.id for trial in trials)

    def _go(self) -> Iterator[Step]:
        for budget in self.search.budgets:
            wallet = budget.flops * self.share if budget else math.inf
            while self._begun < len(self.shards):
                yield from self.wait(self._paid())
                if not self._affords(wallet):
                    break
                yield from self._shard()
            yield from self.wait(self.known.values())
            if budget:
                yield from Closing(self, wallet, budget.precision).steps()

    def _shard(self) -> Iterator[Step]:
        """Candidates on the first seed, the finalists to their end, the winner on the other seeds."""
        m = self.shards[self._begun]
        tried = self.candidates.at(self._begun, m, self.lessons)
        self._begun += 1
        first = {c: self.trial(c, m, self.seeds[0]) for c in tried}
        ranked = tried
        if len(tried) > 1:
            ranked = yield from self._ranked({c: self.probe(trial) for c, trial in first.items()})
        finalists = ranked[: self.search.preset.search.finalists]
        if len(finalists) > 1:
            finalists = yield from self._ranked({c: first[c] for c in finalists})
        for winner in finalists[:1]:
            self.lessons.won(m, winner, tried)
            yield from self.call(self.trial(winner, m, seed) for seed in self.seeds)

    def _ranked(self, trials: Mapping[Candidate, Trial]) -> Generator[Step, None, list[Candidate]]:
        """Have the candidates' trials; those that ended well, the best first."""
        yield from self.call(trials.values())
        yield from self.wait(trials.values())
        return ranked({c: self.records[t.id].error(self.search.metric) for c, t in trials.items()})

    def trial(self, candidate: Candidate, m: int, seed: int) -> Trial:
        """A candidate's trial on a shard, trained to its end."""
        return self.search.trial(candidate, self.model, m, self.data_seed, seed)

    def probe(self, trial: Trial) -> Trial:
        """The same, stopped where losers are told from winners; itself if nothing is to be stopped."""
        share = self.search.preset.search.cull_at
        if share >= 1:
            return trial
        steps = self.search.costs.steps(trial.training, trial.m)
        candidate = Candidate(trial.size, probe_of(trial.training, share * steps))
        return self.trial(candidate, trial.m, trial.seed)

    def _paid(self) -> list[Trial]:
        """What must have records before a shard is begun: all but the shard before it, which may still be running."""
        before = self.shards[max(self._begun - 1, 0)]
        return [t for t in self.known.values() if t.m < before or t.id in self.closing]

    def _affords(self, wallet: float) -> bool:
        """Whether the next shard fits in, too: the shard before it counts as expected, whether it is done or not, so
        that the answer is the same whenever it is asked for."""
        if not self.search.grows:
            return True
        following = self.shards[max(self._begun - 1, 0) : self._begun + 1]
        return self.spent(self._paid()) + sum(map(self.price_of_shard, following)) <= wallet

    def spent(self, trials: Iterable[Trial]) -> float:
        """FLOPs of trials with records; probes that went on to their end paid for their first part only once."""
        return self.search.costs.spent(self.records[t.id] for t in trials)

    def price_of_shard(self, m: int) -> float:
        """Expected FLOPs of a shard: probes of all candidates, finalists and seeds to the end."""
        costs, search = self.search.costs, self.search.preset.search
        epochs = self.epochs_before(m)
        tried = self.candidates.at(self._begun, m, self.lessons)
        whole = [costs.expected(self.trial(c, m, self.seeds[0]), epochs) for c in tried]
        share = min(search.cull_at, 1.0) if len(tried) > 1 else 1.0
        kept = sum(sorted(whole, reverse=True)[: search.finalists])
        return share * (sum(whole) - kept) + kept + whole[0] * (len(self.seeds) - 1)

    def epochs_before(self, m: float) -> float | None:
        """Epochs that whole trials took, median, on the largest shard at least two before; None if there is none."""
        settled = [self.records[t.id] for t in self._paid() if t.m <= m / 4]
        whole = [r for r in settled if r.status == "done" and not r.trial.training.stop_step]
        if not whole:
            return None
        largest = max(r.trial.m for r in whole)
        return median(r.epochs for r in whole if r.trial.m == largest)
