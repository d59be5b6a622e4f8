"""The terms of one study's search: its preset, its data, its budgets and prices, and the trials that they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from steepness.study.candidates import Candidate, probe_of
from steepness.study.ledger import Budget, Costs, Ledger
from steepness.training.trial import EARLY, Trial

if TYPE_CHECKING:
    from steepness.study.prepare import Prepared


class Terms:
    """What every chain of a search goes by.

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

    @property
    def grows(self) -> bool:
        """Whether a budget decides how far it goes."""
        return self.budgets[-1] is not None

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

    @property
    def anneals(self) -> bool:
        """Whether a run ends with its schedule, so that its lowest error is nearly always at its end."""
        return self.preset.training.schedule not in EARLY

    @property
    def squeezes(self) -> bool:
        """Whether losers are told from winners by whole schedules in fewer steps."""
        return self.preset.search.squeeze and self.anneals

    def probe(self, trial: Trial, share: float) -> Trial:
        """The trial stopped after that share of the steps it is expected to take, or squeezed into them; itself where
        the preset has no schedule as short as that."""
        whole = self.costs.steps(trial.training, trial.m)
        steps = max(share * whole, trial.training.min_steps if self.squeezes else 0)
        if self.squeezes and steps >= whole:
            return trial
        training = probe_of(trial.training, steps, squeezed=self.squeezes)
        return msgspec.structs.replace(trial, training=training)
