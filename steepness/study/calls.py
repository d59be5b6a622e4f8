"""What one model's search has called for, what came of it, and what it cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from statistics import median

from steepness.study.candidates import Candidate, Candidates, Lessons
from steepness.study.terms import Terms
from steepness.training.trial import Record, Trial

Step = Trial | frozenset[str]
"""What comes next: call for a trial, or wait until these have records."""


class Calls:
    """The trials of one model on one set of seeds.

    Args:
        data_seed: of all its trials; None for each seed's own.
    Attributes:
        known: all trials called for so far, by id.
        closing: ids of those that were called for when all shards were done.
        lessons: what the shards so far have taught.
        records: at hand.
        read: of the trials that were waited for, by id: what decisions may rest on.
    """

    def __init__(self, terms: Terms, model: str, data_seed: int | None, seeds: range) -> None:
        self.terms, self.model = terms, model
        self.data_seed, self.seeds = data_seed, seeds
        ladder = terms.preset.ladder(terms.domain, model)
        self.candidates = Candidates(terms.preset, ladder, open_ended=terms.grows)
        self.shards = terms.shards()
        self.known: dict[str, Trial] = {}
        self.closing: set[str] = set()
        self.lessons = Lessons()
        self.records: Mapping[str, Record] = {}
        self.read: dict[str, Record] = {}
        self._begun = 0

    def call(self, trials: Iterable[Trial]) -> Iterator[Step]:
        """Call for trials, each once."""
        for trial in trials:
            if trial.id not in self.known:
                self.known[trial.id] = trial
                yield trial

    def wait(self, trials: Iterable[Trial]) -> Iterator[Step]:
        """Wait until all of them have records."""
        ids = frozenset(trial.id for trial in trials)
        yield ids
        self.read.update({i: self.records[i] for i in ids})

    def trial(self, candidate: Candidate, m: int, seed: int) -> Trial:
        """A candidate's trial on a shard, trained to its end."""
        return self.terms.trial(candidate, self.model, m, self.data_seed, seed)

    def probe(self, trial: Trial) -> Trial:
        """The same, stopped where losers are told from winners; itself if nothing is to be stopped."""
        share = self.terms.preset.search.cull_at
        return trial if share >= 1 else self.terms.probe(trial, share)

    def paid(self) -> list[Trial]:
        """What must have records before a shard is begun: all but the shard before it, which may still be running."""
        before = self.shards[max(self._begun - 1, 0)]
        return [t for t in self.known.values() if t.m < before or t.id in self.closing]

    def spent(self, trials: Iterable[Trial]) -> float:
        """FLOPs of trials with records; probes that went on to their end paid for their first part only once."""
        return self.terms.costs.spent(self.records[t.id] for t in trials)

    def epochs_before(self, m: float) -> float | None:
        """Epochs that whole trials took, median, on the largest shard at least two before; None if there is none."""
        settled = [self.records[t.id] for t in self.paid() if t.m <= m / 4]
        whole = [r for r in settled if r.complete]
        if not whole:
            return None
        largest = max(r.trial.m for r in whole)
        return median(r.epochs for r in whole if r.trial.m == largest)
