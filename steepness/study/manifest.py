"""What a study says of itself, once: study.json."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from steepness.data.files import write_atomically
from steepness.domain import Metric
from steepness.study.ledger import Ledger
from steepness.study.presets import Preset
from steepness.training.records import decode, flatten, sealed, unwritable
from steepness.training.trial import Trial

MANIFEST = "study.json"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a study is about: what its report needs and its trials do not say."""

    domain: str
    """Name, as in its records."""
    domain_path: str
    """What `get_domain` finds it by: its name, or an import path."""
    preset_name: str
    preset: Preset
    command: str
    """What to type to run the study again."""
    created: str
    """UTC, ISO 8601."""
    fingerprint: str
    unit: str
    metrics: tuple[Metric, ...]
    train_units: int
    splits: dict[str, str] = {}
    chance: dict[str, float] = {}
    shown_as: tuple[str, float] | None = None
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """Of the data, see `Data.doubts`."""
    monitor: str = ""
    """The split that the stopping rule watched; empty in studies older than it."""
    ladders: dict[str, tuple[int, ...]] = {}
    """Per model, the sizes that may be tried, ascending; missing in studies older than it."""
    ledger: Ledger | None = None
    """Prices and budgets; null for a study of a fixed extent that has not run yet."""
    sources: dict[str, str] = {}
    """Per model, the hash of the code that was run last; records of other code are not the study's any more."""
    definitions: dict[str, str] = {}
    """Where each model's code is, see `definition_of`; missing in studies older than it."""

    def __post_init__(self) -> None:
        """What is not finite would be written as null, and the study never read again.

        Raises:
            ValueError: naming the number.
        """
        if fault := next(unwritable(msgspec.to_builtins(self), ""), None):
            raise ValueError(f"{MANIFEST}: {fault}")
        for name, values in (("metrics", self.metrics), ("preset.models", self.preset.models)):
            if not values:
                raise ValueError(f"{MANIFEST}: {name} is empty")

    @property
    def grows(self) -> bool:
        """Whether a budget decides how far the study goes."""
        return bool(self.ledger and self.ledger.budgets)

    def is_of(self, trial: Trial) -> bool:
        """Whether a trial is of this study's data and models, whatever their code."""
        ours = (self.domain, self.fingerprint) == (trial.domain, trial.fingerprint)
        return ours and trial.model in self.preset.models

    def holds(self, trial: Trial) -> bool:
        """Whether a trial is of this study, and of the code that was run last, as far as that is known."""
        return self.is_of(trial) and self.sources.get(trial.model, trial.source) == trial.source


def read_manifest(study: Path) -> Manifest | None:
    """The study's manifest; None if there is none yet."""
    path = study / MANIFEST
    return decode(path, Manifest, "restore it, or start a new --results folder") if path.exists() else None


def keep_manifest(study: Path, manifest: Manifest) -> Manifest:
    """Write the manifest of a new study, or check that a study goes on as it began; a model's code may have changed.

    Raises:
        ValueError: the folder holds a study of other settings or other data.
    """
    old = read_manifest(study)
    if old is None:
        write_atomically(study / MANIFEST, sealed(manifest))
        return manifest
    before, now = (flatten(msgspec.to_builtins(m.preset)) for m in (old, manifest))
    changed = [f"{k}: {before.get(k)} -> {now.get(k)}" for k in before | now if before.get(k) != now.get(k)]
    if old.fingerprint != manifest.fingerprint:
        changed.append(f"data fingerprint: {old.fingerprint[:12]} -> {manifest.fingerprint[:12]}")
    if changed:
        raise ValueError(
            f"{study} holds a study of other settings ({'; '.join(changed)}). "
            "Give another --results folder, or remove this one to start anew."
        )
    if (old.sources, old.definitions) != (manifest.sources, manifest.definitions):
        same = [model for model, source in manifest.sources.items() if old.sources.get(model) == source]
        ledger = old.ledger and old.ledger.of(same)
        return change_manifest(
            study, old, sources=manifest.sources, definitions=manifest.definitions, ledger=ledger
        )
    return old


def change_manifest(study: Path, manifest: Manifest, **changes: Any) -> Manifest:
    """Write the manifest anew with some fields replaced."""
    changed = msgspec.structs.replace(manifest, **changes)
    write_atomically(study / MANIFEST, sealed(changed))
    return changed
