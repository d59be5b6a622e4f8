"""Which trials a study still calls for: a pure function of its preset, its budget and the records at hand.

Hence a study that was killed asks for the same trials again, in whatever order its records came in; and one that is
given a larger budget goes on from what the smaller one has trained.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from steepness.study.chain import Chain
from steepness.study.ledger import Ledger
from steepness.study.terms import Terms
from steepness.training.trial import Record, Trial

if TYPE_CHECKING:
    from steepness.study.prepare import Prepared


class Search:
    """The search of one study.

    At each shard the predicted size with the settings that were best so far is held against the next size and other
    settings, on the first seed; losers stop early; the winner is trained on all seeds. Without a budget that happens
    on `shards.count` shards. With one, shards are added while it lasts, and what then remains goes to what lies at
    an edge of what was tried, and to the seeds that narrow the exponent most.

    Args:
        ready: what is trained, or the terms of it.
        ledger: prices and budgets; without a budget the study is of a fixed extent.
    """

    def __init__(self, ready: Prepared | Terms, ledger: Ledger | None = None) -> None:
        self.terms = ready if isinstance(ready, Terms) else Terms(ready, ledger)
        self._records: Mapping[str, Record] = {}
        self._count = 0
        self.chains = self._make_chains()

    def due(self, records: Mapping[str, Record]) -> list[Trial]:
        """Trials without a record that can be named now; empty when the study is complete.

        What most is still to come after goes first, so that no worker is left waiting for it at the end: the smallest
        shard, the trials that tell losers before those of winners, the largest model. The next shard is explored before
        the winner of this one is repeated, which only the one after it waits for. What a budget has left to give waits
        for nothing: the longest comes first.
        """
        if records is not self._records or len(records) < self._count:
            self._records, self.chains = records, self._make_chains()
        self._count = len(records)
        found = {trial.id: (chain, trial) for chain in self.chains for trial in chain.due(records)}
        return [trial for _, trial in sorted(found.values(), key=lambda pair: self._turn(*pair))]

    def _turn(self, chain: Chain, trial: Trial) -> tuple[float, ...]:
        """What trials that are due are sorted by."""
        if trial.id in chain.closing:
            return (1, -trial.m, -trial.size, trial.seed)
        repeated, whole = trial.seed != chain.seeds[0], not trial.training.stop_step
        shard = trial.m * (self.terms.preset.shards.factor if repeated else 1)
        return (0, shard, repeated, whole, -trial.size, trial.seed)

    @property
    def least(self) -> float:
        """Of the last budget, the multiple that the smallest shard of the dearest model takes."""
        budget = self.terms.budgets[-1]
        assert budget
        return max(c.price_of_shard(c.shards[0]) / (c.share * budget.flops) for c in self._make_chains())

    def named(self, records: Mapping[str, Record]) -> list[Trial]:
        """All trials that the records at hand call for, those with a record too."""
        self.due(records)
        return [trial for chain in self.chains for trial in chain.known.values()]

    def _make_chains(self) -> list[Chain]:
        groups = list(itertools.product(self.terms.preset.models, self._data_seeds(), self._seeds()))
        return [Chain(self.terms, *group, share=1 / len(groups)) for group in groups]

    def _data_seeds(self) -> Sequence[int | None]:
        return [None] if self.terms.preset.data_seeds is None else range(self.terms.preset.data_seeds)

    def _seeds(self) -> list[range]:
        """The seeds of each search: the first of them explores."""
        first, end = self.terms.preset.first_seed, self.terms.preset.first_seed + self.terms.preset.seeds
        if self.terms.preset.search.every_seed:
            return [range(seed, seed + 1) for seed in range(first, end)]
        return [range(first, end)]
