"""Records on disk: one file per trial, written by rename. Nothing else holds state.

A file that is no record of the trial it is named after is never used and never lost: readers leave it out and say so,
and a study that runs moves it to `aside/`.
"""

from __future__ import annotations

import errno
import functools
import gc
import hashlib
import itertools
import logging
import math
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from steepness.data.files import write_atomically
from steepness.training.trial import SCHEMA, Record

TRIALS, ASIDE = "trials", "aside"
SEAL = b',\n "sha256": "'
"""Begins the last line of a record's file, which holds the hash of all that stands before it."""
LARGEST = 2**63
"""Integers from here on are no JSON of msgspec's."""
MOST_BYTES = 2**28
"""Of a record: what is larger is none, and might not fit in memory."""
SHORT = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOMEM))
"""Of an OSError of opening a file that says something of this process, and nothing of the file."""
_log = logging.getLogger(__name__)


class Newer(ValueError):
    """A file of a later version of steepness: whole, but not for this one to read, and not to be set aside."""


class _Dated(msgspec.Struct):
    """What every version of a record says of itself."""

    schema: int = 0


class _Counted(msgspec.Struct, gc=False):
    """What is left of an evaluation for those who only count them."""


class Brief(Record, frozen=True, kw_only=True, gc=False):
    """A record whose trace is as long as it was and says nothing: half the time and memory of reading it whole."""

    trace: list[_Counted] = msgspec.field(default_factory=list)  # type: ignore[assignment]


def trial_path(study: Path, trial_id: str) -> Path:
    """Where the record of a trial is."""
    return study / TRIALS / f"{trial_id}.json"


def write_record(study: Path, record: Record) -> None:
    """Write a trial's record whole or not at all."""
    write_atomically(trial_path(study, record.id), sealed(record))


def sealed(value: msgspec.Struct) -> bytes:
    """A struct as it stands in its file: with the hash of all that goes before, so that no bit of it changes unseen."""
    body = msgspec.json.format(msgspec.json.encode(value), indent=1).removesuffix(b"\n}")
    return body + SEAL + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n'


def record_paths(study: Path) -> list[Path]:
    """The files that are meant as records, in order; temporary files are not."""
    folder = study / TRIALS
    with suppress(FileNotFoundError, NotADirectoryError):
        return [folder / name for name in sorted(os.listdir(folder)) if _is_meant(name)]
    return []


def _is_meant(name: str) -> bool:
    return name.endswith(".json") and not name.startswith(".")


def read_record(path: Path, kind: type[Record] = Record) -> Record:
    """The record in a file.

    Args:
        kind: `Brief` leaves out what its trace says.
    Raises:
        ValueError: it is no file, damaged, of another schema, or of another trial than its name says; names the file.
    """
    content = _content(path)
    record: Record = _decoded(path, content, kind, "the study runs that trial again")
    _hold_to_seal(path, content, "the study runs that trial again")
    _refuse_newer(path, record.schema)
    if record.schema != SCHEMA:
        raise ValueError(f"{path}: record schema {record.schema}, this version reads {SCHEMA}")
    if not record.id == record.trial.id == path.stem:
        raise ValueError(
            f"{path}: says {record.id}, but its trial hashes to {record.trial.id}: edited, or foreign"
        )
    return record


def _content(path: Path) -> bytes:
    """All bytes of a small file, in four calls of the system where Python's own reading makes eight."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe among the records would be waited for
        try:
            status = os.fstat(file)
            if not stat.S_ISREG(status.st_mode):
                raise ValueError(f"{path}: not a file; remove it")
            if status.st_size > MOST_BYTES:
                raise ValueError(f"{path}: {status.st_size:,} bytes are no record; remove it")
            return os.read(file, status.st_size)
        finally:
            os.close(file)
    except OSError as error:
        if error.errno in SHORT:
            raise
        raise ValueError(f"{path}: cannot be read ({error.strerror})") from error


def find_record(study: Path, trial_id: str) -> Record | None:
    """The record of one trial; None if it has none that can be used."""
    path = trial_path(study, trial_id)
    try:
        return read_record(path) if path.exists() else None
    except ValueError:
        return None


def read_records(study: Path, kind: type[Record] = Record) -> dict[str, Record]:
    """All records of a study by trial id; what cannot be used is left out with a warning that names it."""
    records = {}
    with uncollected():
        for path in record_paths(study):
            try:
                record = read_record(path, kind)
            except ValueError as error:
                _log.warning("left out: %s", error)
                continue
            records[record.id] = record
    return records


@contextmanager
def uncollected() -> Iterator[None]:
    """What is made in here is kept: looking for garbage among ten thousand records, again and again as they come, takes
    three times as long as reading them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def set_aside(study: Path) -> None:
    """Move every file among the records that is none to the study's folder `aside`, with a warning.

    Raises:
        Newer: a record is of a later version of steepness, which is to run the study.
    """
    for path in record_paths(study):
        try:
            read_record(path)
        except Newer:
            raise
        except ValueError as error:
            _log.warning("set aside: %s", error)
            (study / ASIDE).mkdir(exist_ok=True)
            with suppress(FileNotFoundError):  # another driver was quicker
                path.replace(_free(study / ASIDE / path.name))


def _free(path: Path) -> Path:
    """A name like it that nothing has: what was set aside before stays."""
    others = (path.with_stem(f"{path.stem}-{n}") for n in itertools.count(2))
    return next(name for name in itertools.chain([path], others) if not os.path.lexists(name))


def flatten(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys."""
    flat: dict[str, Any] = {}
    for name, value in table.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return flat


def unwritable(value: Any, name: str) -> Iterator[str]:
    """A sentence for each number below a value, called `name`, that a file of results cannot hold."""
    if isinstance(value, dict | list | tuple):
        for key, member in value.items() if isinstance(value, dict) else enumerate(value):
            yield from unwritable(member, f"{name}.{key}" if name else str(key))
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{name} is {value}; give a finite number"
    elif isinstance(value, int) and abs(value) >= LARGEST:
        yield f"{name} has {len(str(abs(value)))} digits; give a number of less than 64 bits"


def decode(path: Path, kind: type[Any], remedy: str) -> Any:
    """A struct read from a JSON file; ValueError naming the file and the remedy if it is none, or its hash does not
    hold."""
    content = path.read_bytes()
    found = _decoded(path, content, kind, remedy)
    _hold_to_seal(path, content, remedy)
    return found


def _hold_to_seal(path: Path, content: bytes, remedy: str) -> None:
    body, seal, digest = content.rpartition(SEAL)
    if seal and digest[:64] != hashlib.sha256(body).hexdigest().encode():
        raise ValueError(f"{path}: not as it was written, its hash does not hold; {remedy}")


def _decoded(path: Path, content: bytes, kind: Any, remedy: str) -> Any:
    try:
        return _decoder(kind).decode(content)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        if issubclass(kind, Record):
            with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                _refuse_newer(path, _decoder(_Dated).decode(content).schema)
        raise ValueError(f"{path}: not a readable {kind.__name__.lower()} ({error}); {remedy}") from error


def _refuse_newer(path: Path, schema: int) -> None:
    if schema > SCHEMA:
        raise Newer(
            f"{path}: record schema {schema} is of a newer steepness, this version reads {SCHEMA}; update steepness"
        )


@functools.cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)
