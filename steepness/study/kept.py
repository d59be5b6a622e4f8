"""What a study of a fixed extent still lacks, told from its folder alone: nothing that it names is imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from steepness.study.candidates import Candidate
from steepness.study.manifest import Manifest
from steepness.study.search import Search
from steepness.study.terms import Terms
from steepness.training.trial import Record, Trial


@dataclass(frozen=True)
class Ladders:
    """All that a search asks of a domain whose code is not to be run."""

    sizes: Mapping[str, tuple[int, ...]]

    def size_ladder(self, model: str) -> tuple[int, ...]:
        """As the study wrote it down."""
        return self.sizes[model]


class Kept(Terms):
    """Terms as a study's records have them: a trial that is to stop early is the one that did."""

    def __init__(self, manifest: Manifest, records: Sequence[Record]) -> None:
        self._like = {record.trial.model: record.trial for record in records}
        self._stopped = {r.trial.whole.id: r.trial for r in records if r.trial.training.stop_step}
        self.preset = msgspec.structs.replace(
            manifest.preset, models=[model for model in manifest.preset.models if model in self._like]
        )
        self.domain: Any = Ladders(manifest.ladders)
        self.metric, self.budgets = manifest.metrics[0].name, (None,)

    def trial(self, candidate: Candidate, model: str, m: int, data_seed: int | None, seed: int) -> Trial:
        """The model's trial of a candidate."""
        return msgspec.structs.replace(
            self._like[model], size=candidate.size, m=m, data_seed=seed if data_seed is None else data_seed, seed=seed,
            training=candidate.training,
        )  # fmt: skip

    def probe(self, trial: Trial, share: float) -> Trial:
        """The trial as it was stopped; itself if it never was."""
        return self._stopped.get(trial.id, trial)


def lacking(manifest: Manifest, records: Sequence[Record]) -> set[tuple[str, int]]:
    """Models and shards at which trials are missing: those that the search calls for, and all shards after them.

    How many candidates a shard has hangs on which sizes lost before it, so numbers of trials alone do not tell. Without
    the ladders, in studies older than they, nothing does: every shard may lack some.
    """
    shards, models = manifest.preset.shard_sizes(), manifest.preset.models
    every = {(model, m) for model in models for m in shards}
    if not set(models) <= manifest.ladders.keys():
        return every
    terms = Kept(manifest, records)
    try:
        due = Search(terms).due({record.id: record for record in records})
    except (ArithmeticError, LookupError, ValueError):  # of settings that no preset could have
        return every
    first = {model: shards[0] for model in models if model not in terms.preset.models}
    for trial in due:
        first[trial.model] = min(trial.m, first.get(trial.model, trial.m))
    return {(model, m) for model, m in every if model in first and m >= first[model]}
