"""Which trials a study still calls for: a pure function of its preset, its budget and the records at hand.

Hence a study that was killed asks for the same trials again, in whatever order its records came in; and one that is
given a larger budget goes on from what the smaller one has trained.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from steepness.study.candidates import Candidate
from steepness.study.chain import Chain
from steepness.study.ledger import Budget, Costs, Ledger
from steepness.study.prepare import Prepared
from steepness.training.trial import Record, Trial


class Search:
    """The search of one study.

    At each shard the predicted size with the settings that were best so far is held against the next size and other
    settings, on the first seed; losers stop early; the winner is trained on all seeds. Without a budget that happens
    on `shards.count` shards. With one, shards are added while it lasts, and what then remains goes to what lies at
    an edge of what was tried, and to the seeds that narrow the exponent most.

    Args:
        ledger: prices and budgets; without a budget the study is of a fixed extent.
    """

    def __init__(self, ready: Prepared, ledger: Ledger | None = None) -> None:
        self.preset, self.domain, self.data = ready.preset, ready.domain, ready.data
        self.metric = self.domain.metrics[0].name
        self.sources = {model: self.domain.source(model) for model in self.preset.models}
        self.costs = Costs(ledger or Ledger(speed=1.0, prices=()), ready)
        self.budgets: Sequence[Budget | None] = (ledger.budgets if ledger else ()) or (None,)
        self._trials: dict[tuple[Any, ...], Trial] = {}
        self._records: Mapping[str, Record] = {}
        self._count = 0
        self.chains = self._make_chains()

    @property
    def grows(self) -> bool:
        """Whether a budget decides how far it goes."""
        return self.budgets[-1] is not None

    def due(self, records: Mapping[str, Record]) -> list[Trial]:
        """Trials without a record that can be named now; empty when the study is complete.

        Smallest shard first, as the others wait for it; there the largest model first, so that no worker is left
        with it when all others are done. What a budget has left to give waits for nothing: the longest comes first.
        """
        if records is not self._records or len(records) < self._count:
            self._records, self.chains = records, self._make_chains()
        self._count = len(records)
        found = {t.id: t for chain in self.chains for t in chain.due(records)}
        last = {trial_id for chain in self.chains for trial_id in chain.closing}
        return sorted(
            found.values(), key=lambda t: (t.id in last, -t.m if t.id in last else t.m, t.seed, -t.size)
        )

    def named(self, records: Mapping[str, Record]) -> list[Trial]:
        """All trials that the records at hand call for, those with a record too."""
        self.due(records)
        return [trial for chain in self.chains for trial in chain.known.values()]

    def shards(self) -> list[int]:
        """The shard sizes that the study may reach, ascending."""
        return self.preset.shard_sizes(self.data.train_units if self.grows else None)

    def trial(self, candidate: Candidate, model: str, m: int, data_seed: int | None, seed: int) -> Trial:
        """The trial of a candidate; its own permutation goes by the seed, where none is given."""
        key = (candidate, model, m, data_seed, seed)
        if key not in self._trials:
            self._trials[key] = Trial(
                domain=self.domain.name,
                options=self.domain.options.identity(),
                dataset=self.preset.dataset,
                fingerprint=self.data.fingerprint,
                model=model,
                source=self.sources[model],
                size=candidate.size,
                m=m,
                data_seed=seed if data_seed is None else data_seed,
                seed=seed,
                training=candidate.training,
            )
        return self._trials[key]

    def _make_chains(self) -> list[Chain]:
        groups = list(itertools.product(self.preset.models, self._data_seeds(), self._seeds()))
        return [Chain(self, *group, share=1 / len(groups)) for group in groups]

    def _data_seeds(self) -> Sequence[int | None]:
        return [None] if self.preset.data_seeds is None else range(self.preset.data_seeds)

    def _seeds(self) -> list[range]:
        """The seeds of each search: the first of them explores."""
        first, end = self.preset.first_seed, self.preset.first_seed + self.preset.seeds
        if self.preset.search.every_seed:
            return [range(seed, seed + 1) for seed in range(first, end)]
        return [range(first, end)]
