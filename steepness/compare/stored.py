"""Comparisons on disk: compare.json as plain facts, and a comparison answered again from the records of its arms."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from steepness.compare.answer import MARGIN
from steepness.compare.contrast import Contrast, contrast
from steepness.compare.facts import SCHEMA_VERSION
from steepness.compare.page import write_comparison
from steepness.laws import Estimate, Interval
from steepness.study import load_study
from steepness.training.records import decode

STORED = "compare.json"


class Bounded(msgspec.Struct, frozen=True):
    """A value with its bounds; null with a reason."""

    value: float | None
    low: float | None
    high: float | None
    reason: str | None = None

    @property
    def estimate(self) -> Estimate[Interval]:
        """The three numbers if all are there, or the reason."""
        if self.value is None or self.low is None or self.high is None:
            return Estimate(None, self.reason)
        return Estimate(Interval(self.value, self.low, self.high))


class Arm(msgspec.Struct, frozen=True, kw_only=True):
    """One side, as far as tables need it."""

    label: str
    study: str
    learnt: bool = True
    beta_p: Bounded | None = None
    paper: dict[str, Any] | None = None


class Side(msgspec.Struct, frozen=True):
    """One side, as far as its records are found by it."""

    label: str
    study: str


class Margin(msgspec.Struct, frozen=True):
    """What was still called no difference."""

    margin_percent: float


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What any version's compare.json says of its arms, and the records do not."""

    baseline: Side
    candidate: Side
    shown_equal: Margin | None = None
    notes: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of compare.json."""

    domain: str
    preset: str
    metric: str
    level: float
    verdict: str
    baseline: Arm
    candidate: Arm
    shift_percent: Bounded
    steepness_difference: Bounded
    schema_version: int = 0

    @property
    def name(self) -> str:
        """What a reader calls it."""
        return f"{self.candidate.label} against {self.baseline.label}"


def stored_in(folders: Sequence[Path]) -> list[Comparison]:
    """Every comparison in or below the folders, by path.

    Raises:
        ValueError: none is there, a file is damaged, or it was written before comparisons were answered by pairs.
    """
    paths = sorted({path for folder in folders for path in folder.rglob(STORED)})
    if not paths:
        raise ValueError(
            f"no {STORED} in or below {', '.join(map(str, folders))}; give what `steepness compare` wrote"
        )
    return [read_stored(path) for path in paths]


def read_stored(path: Path) -> Comparison:
    """One compare.json.

    Raises:
        ValueError: damaged, or of another version; names the remedy.
    """
    remedy = f"answer it again from its records: steepness report {shlex.quote(str(path.parent))}"
    stored: Comparison = decode(path, Comparison, remedy)
    if stored.schema_version != SCHEMA_VERSION:
        raise ValueError(f"{path}: written by another version of steepness; {remedy}")
    return stored


def load_comparison(folder: Path, margin: float | None = None) -> Contrast:
    """A comparison from the records of its arms, which lie beside its folder.

    Args:
        margin: percent by which errors may differ and still be called no difference; as it was asked for if None.
    Raises:
        ValueError: no comparison there, a damaged one, or an arm is missing.
    """
    path = folder / STORED
    if not path.exists():
        raise ValueError(f"{folder}: no {STORED}; give the folder that `steepness compare` wrote")
    pair: Pair = decode(path, Pair, "compare again: what was trained is kept")
    a, b = (load_study(_beside(path, side)) for side in (pair.baseline, pair.candidate))
    before = pair.shown_equal.margin_percent if pair.shown_equal else MARGIN
    found = contrast(a, b, (pair.baseline.label, pair.candidate.label), margin or before)
    return replace(found, notes=pair.notes, unmatched=pair.unmatched)


def _beside(path: Path, side: Side) -> Path:
    """The folder of an arm: whatever its path says, it is one beside the comparison's own."""
    name = Path(side.study).name
    if name in ("", ".."):
        raise ValueError(
            f"{path}: the study of {side.label}, {side.study!r}, is no folder's name; compare again"
        )
    return path.parent.parent / name


def answer_again(folder: Path, margin: float | None = None) -> dict[str, Any]:
    """Write a stored comparison's files anew, from the records of its arms.

    Args:
        margin: as of `load_comparison`.
    Returns:
        What compare.json holds.
    Raises:
        ValueError: as `load_comparison`.
    """
    return write_comparison(load_comparison(folder, margin), folder)
