"""Records on disk: one file per trial, written by rename. Nothing else holds state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from steepness.training.trial import SCHEMA, Record

REMEDY = "move it away and run the study again"


def trial_path(study: Path, trial_id: str) -> Path:
    """Where the record of a trial is."""
    return study / "trials" / f"{trial_id}.json"


def find_record(study: Path, trial_id: str) -> Record | None:
    """The record of one trial; None if it has none.

    Raises:
        ValueError: as `read_records`.
    """
    path = trial_path(study, trial_id)
    return _read(path) if path.exists() else None


def read_records(study: Path) -> dict[str, Record]:
    """All records of a study by trial id.

    Raises:
        ValueError: a file is not a record, or of another schema; names the file and the remedy.
    """
    found = map(_read, sorted((study / "trials").glob("*.json")))
    return {record.id: record for record in found}


def _read(path: Path) -> Record:
    record: Record = decode(path, Record, REMEDY)
    if record.schema != SCHEMA:
        raise ValueError(f"{path}: record schema {record.schema}, this version reads {SCHEMA}; run it again")
    return record


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def decode(path: Path, kind: type[Any], remedy: str) -> Any:
    """A struct read from a JSON file; ValueError naming the file and the remedy if it is none."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path}: not a readable {kind.__name__.lower()} ({error}); {remedy}") from error
