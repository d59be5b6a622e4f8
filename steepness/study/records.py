"""A study on disk: a manifest and one file per trial, each written by rename. Nothing else holds state."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from steepness.domain import Metric
from steepness.study.presets import Preset
from steepness.training.trial import SCHEMA, Record

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


def write_atomically(path: Path, content: bytes) -> None:
    """Write a whole file or nothing: temporary name, fsync, rename.

    Raises:
        OSError: the folder is read-only or the disk is full; the temporary file is removed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(
            error.errno, error.strerror, str(path)
        ) from error  # a full disk names no file by itself


def write_json(path: Path, value: Any) -> None:
    """A struct as an indented JSON file, whole or not at all."""
    write_atomically(path, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def trial_path(study: Path, trial_id: str) -> Path:
    """Where the record of a trial is."""
    return study / "trials" / f"{trial_id}.json"


def read_records(study: Path) -> dict[str, Record]:
    """All records of a study by trial id.

    Raises:
        ValueError: a file is not a record, or of another schema; names the file and the remedy.
    """
    records = {}
    for path in sorted((study / "trials").glob("*.json")):
        record = _decode(path, Record, "move it away and run the study again")
        if record.schema != SCHEMA:
            raise ValueError(
                f"{path}: record schema {record.schema}, this version reads {SCHEMA}; run it again"
            )
        records[record.id] = record
    return records


def read_manifest(study: Path) -> Manifest | None:
    """The study's manifest; None if there is none yet."""
    path = study / MANIFEST
    return _decode(path, Manifest, "restore it, or start a new --results folder") if path.exists() else None


def keep_manifest(study: Path, manifest: Manifest) -> Manifest:
    """Write the manifest of a new study, or check that a study goes on as it began.

    Raises:
        ValueError: the folder holds a study of other settings or other data.
    """
    old = read_manifest(study)
    if old is None:
        write_json(study / MANIFEST, manifest)
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
    return old


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def _decode(path: Path, kind: type[Any], remedy: str) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: not a readable {kind.__name__.lower()} ({error}); {remedy}") from error
