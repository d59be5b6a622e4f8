"""How far a study is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from steepness.laws.amounts import as_percent
from steepness.study.kept import lacking
from steepness.study.ledger import Tariff
from steepness.study.study import Study
from steepness.training.trial import Record


@dataclass(kw_only=True, frozen=True)
class Progress:
    """Trials by shard and by status; `lowest` is the first metric's lowest validation error so far."""

    study: str
    unit: str
    planned: int
    counts: dict[str, int]
    shards: tuple[dict[str, Any], ...]
    verdict: str
    spent: float | None = None

    @property
    def left(self) -> int:
        """Trials still to run, if none diverges."""
        return max(self.planned - sum(self.counts.values()), 0)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self) | {"left": self.left}

    def in_words(self) -> str:
        """A line per model and shard, then the sums."""
        lines = [
            f"{s['model']} m {s['m']:,} {self.unit}: {s['finished']}/{s['planned']} trials"
            + (f", lowest {s['lowest']:.4f} at size {s['size']}" if s["lowest"] is not None else "")
            for s in self.shards
        ]
        left = f"{self.left} left" if self.spent is None else f"{as_percent(self.spent)} of the budget spent"
        counts = ", ".join(f"{n} {status}" for status, n in self.counts.items())
        return "\n".join([*lines, f"{self.study}: {counts}, {left}", f"verdict: {self.verdict}"])


def progress_of(study: Study) -> Progress:
    """Count what is there against what the preset calls for, or against the budget."""
    manifest = study.manifest
    preset, metric = manifest.preset, manifest.metrics[0].name
    shards: list[dict[str, Any]] = []
    short = set() if manifest.grows else _short(study)
    here: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for record in study.records:
        here[record.trial.model, record.trial.m].append(record)
    for model in preset.models:
        sizes = {m for other, m in here if other == model}
        sizes |= set() if manifest.grows else set(preset.shard_sizes())
        shards += [
            _shard(model, m, here.get((model, m), []), preset.planned(1) * ((model, m) in short), metric)
            for m in sorted(sizes)
        ]
    total = sum(int(shard["planned"]) for shard in shards)
    spent = _spent(study) if manifest.grows else None
    return Progress(
        study=study.name,
        unit=manifest.unit,
        planned=total,
        counts=study.counts(),
        shards=tuple(shards),
        verdict=study.verdict,
        spent=spent,
    )


def _short(study: Study) -> set[tuple[str, int]]:
    """Models and shards with fewer trials than usual, where the search does call for more."""
    preset = study.manifest.preset
    counts = Counter((r.trial.model, r.trial.m) for r in study.records)
    few = {
        point for point in product(preset.models, preset.shard_sizes()) if counts[point] < preset.planned(1)
    }
    return few & lacking(study.manifest, study.records) if few else few


def _shard(model: str, m: int, here: Sequence[Record], planned: int, metric: str) -> dict[str, Any]:
    best = min((r for r in here if r.complete), key=lambda r: r.error(metric), default=None)
    return {
        "model": model, "m": m, "finished": len(here), "planned": max(planned, len(here)),
        "lowest": best.error(metric) if best else None, "size": best.trial.size if best else None,
    }  # fmt: skip


def _spent(study: Study) -> float:
    """Share of the budget that the records have taken."""
    ledger = study.manifest.ledger
    assert ledger
    return Tariff(ledger).spent(study.records) / ledger.budgets[-1].flops
