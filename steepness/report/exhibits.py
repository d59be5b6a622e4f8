"""What trained models left to look at and listen to: the same inputs at growing shards, side by side."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steepness.press.table import Table
from steepness.press.words import plain

if TYPE_CHECKING:
    from steepness.study import Study
    from steepness.study.curves import Curve

SAMPLES = "samples"


@dataclass(frozen=True)
class Sample:
    """One input with what each shard's model made of it.

    Attributes:
        audio: a data: URI, or empty.
        outputs: one per shard of the exhibit; empty where that model has none.
    """

    input: str
    reference: str
    audio: str
    outputs: Sequence[str]


@dataclass(frozen=True)
class Exhibit:
    """Samples of a model at a small, a middle and the largest shard, and its single figures at every shard."""

    model: str
    shards: Sequence[int]
    samples: Sequence[Sample]
    figures: Table | None


def exhibits(study: Study, curves: Sequence[Curve]) -> list[Exhibit]:
    """The exhibits of the best-fit trials, one per curve that has any."""
    found = [_exhibit(study, curve) for curve in curves]
    return [e for e in found if e.samples or e.figures]


def _exhibit(study: Study, curve: Curve) -> Exhibit:
    of_trial = {r.id: r.exhibit for r in study.records}
    shown: list[tuple[int, Mapping[str, Any]]] = [
        (p.m, next((of_trial[t] for t in p.trials if of_trial[t]), {})) for p in curve.points
    ]
    sampled = [(m, exhibit[SAMPLES]) for m, exhibit in shown if exhibit.get(SAMPLES)]
    chosen = [sampled[i] for i in sorted({0, len(sampled) // 2, len(sampled) - 1})] if sampled else []
    return Exhibit(curve.model, [m for m, _ in chosen], _samples(study.path, chosen), _figures(study, shown))


def _samples(folder: Path, chosen: Sequence[tuple[int, Sequence[Mapping[str, Any]]]]) -> list[Sample]:
    if not chosen:
        return []
    outputs = [{s["input"]: s.get("output", "") for s in samples} for _, samples in chosen]
    return [
        Sample(
            str(s["input"]),
            str(s.get("reference", "")),
            audio_uri(str(s.get("audio", "")), folder),
            [str(by_input.get(s["input"], "")) for by_input in outputs],
        )
        for s in chosen[-1][1]
    ]


def _figures(study: Study, shown: Sequence[tuple[int, Mapping[str, Any]]]) -> Table | None:
    names = list(
        dict.fromkeys(k for _, exhibit in shown for k, v in exhibit.items() if not isinstance(v, list | dict))
    )
    if not names:
        return None
    rows = [[f"{m:,}", *(_scalar(exhibit.get(name, "–")) for name in names)] for m, exhibit in shown]
    head = [f"m ({study.manifest.unit})", *map(plain, names)]
    return Table(head, rows, frozenset(range(len(head))))


def _scalar(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def audio_uri(audio: str, folder: Path) -> str:
    """The sound as a data: URI, so that the page stays one file.

    Args:
        audio: "data:audio/...;base64,..." or a path in the study's folder, relative to it.
        folder: the study's folder.
    Returns:
        The URI; empty if there is no such file, it is no sound, or it lies outside: a page that is passed on must not
        carry along what a record of somebody else's names on this machine.
    """
    if not audio or audio.startswith("data:audio/"):
        return audio
    kind = mimetypes.guess_type(audio)[0] or ""
    if not kind.startswith("audio/") or "\0" in audio:
        return ""
    path = (folder / audio).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        return ""
    return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
