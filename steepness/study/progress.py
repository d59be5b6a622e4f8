"""How far a study is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from steepness.study.manifest import Manifest
from steepness.study.study import Study


@dataclass(frozen=True)
class Progress:
    """Trials by shard and by status; `lowest` is the first metric's lowest validation error so far."""

    study: str
    unit: str
    planned: int
    counts: dict[str, int]
    shards: tuple[dict[str, Any], ...]
    verdict: str

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
        counts = ", ".join(f"{n} {status}" for status, n in self.counts.items())
        return "\n".join([*lines, f"{self.study}: {counts}, {self.left} left", f"verdict: {self.verdict}"])


def progress_of(study: Study) -> Progress:
    """Count what is there against what the preset calls for."""
    manifest = study.manifest
    preset, metric = manifest.preset, manifest.metrics[0].name
    planned_of = planned_trials(manifest)
    shards: list[dict[str, Any]] = []
    for model in preset.models:
        planned = planned_of[model]
        for m in preset.shard_sizes():
            here = [r for r in study.records if (r.trial.model, r.trial.m) == (model, m)]
            best = min((r for r in here if r.status == "done"), key=lambda r: r.error(metric), default=None)
            shards.append({
                "model": model, "m": m, "finished": len(here), "planned": planned,
                "lowest": best.error(metric) if best else None, "size": best.trial.size if best else None,
            })  # fmt: skip
    total = sum(int(shard["planned"]) for shard in shards)
    return Progress(study.name, manifest.unit, total, study.counts(), tuple(shards), study.verdict)


def planned_trials(manifest: Manifest) -> dict[str, int]:
    """Per model, the trials that a shard calls for; from the study's own words, as a stranger's code is not run."""
    preset = manifest.preset
    ladders = {model: manifest.ladders.get(model) or preset.sizes.get(model) for model in preset.models}
    return {
        model: preset.trials_per_shard(len(rungs or ()) or preset.search.window)
        for model, rungs in ladders.items()
    }
