"""Stored runs that nights are held against: one file for each domain and machine class.

Throughput and memory hold on machines of one class only; errors are held against the nearest class there is.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from steepness.data.files import write_json
from steepness.nightly.observation import Observation
from steepness.training.records import decode
from steepness.training.trial import Machine

FOLDER = Path(__file__).resolve().parents[1] / "baselines" / "nightly"
SCHEMA = 1
SETS = 5
"""A baseline holds this many times the seeds of a night."""
SESSIONS = 16
"""Of throughput and memory in a baseline."""


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What one domain's nightly preset gave on one class of machine."""

    schema: int = SCHEMA
    machine_class: str
    created: str
    """UTC, ISO 8601."""
    command: str
    """What to type to make it again."""
    steps: dict[str, int]
    """Per model: training steps in a slice of a throughput session."""
    observation: Observation
    """Its machine names commit and versions."""


def baseline_path(folder: Path, domain: str, machine_class: str) -> Path:
    """Where a baseline is."""
    return folder / f"{domain}.{machine_class}.json"


def write_baseline(folder: Path, baseline: Baseline) -> Path:
    """Write it whole or not at all, over one of the same domain and class.

    Raises:
        OSError: the folder cannot be written.
    """
    path = baseline_path(folder, baseline.observation.domain, baseline.machine_class)
    write_json(path, baseline)
    return path


def find_baseline(folder: Path, domain: str, machine_class: str) -> Baseline | None:
    """The baseline of that domain for that class of machine, else for the class of the nearest name, else None.

    Raises:
        ValueError: the file is not a baseline, or of another schema; names the file and the remedy.
    """
    prefix = f"{domain}."
    known = {path.stem.removeprefix(prefix): path for path in folder.glob(f"{prefix}*.json")}
    chosen = nearest_class(machine_class, known)
    return None if chosen is None else _read(known[chosen])


def _read(path: Path) -> Baseline:
    remedy = "remove it and make it again with `steepness nightly --make-baseline`"
    baseline: Baseline = decode(path, Baseline, remedy)
    if baseline.schema != SCHEMA:
        raise ValueError(f"{path}: baseline schema {baseline.schema}, this version reads {SCHEMA}; {remedy}")
    return baseline


def machine_class(machine: Machine) -> str:
    """The class of this machine: its GPU's name, or its processor's and the number of cores, as a file name.

    Args:
        machine: as in the records of a study that ran here.
    Returns:
        E.g. "nvidia-h200" or "amd-epyc-7763-2-cores".
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    text = f"{machine.processor} {cores} cores" if machine.device == "cpu" else machine.device
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def nearest_class(wanted: str, known: Iterable[str]) -> str | None:
    """The class whose name is most like the one wanted; None if there is none."""
    return max(
        sorted(known), key=lambda name: difflib.SequenceMatcher(None, wanted, name).ratio(), default=None
    )
