"""One bit flipped in a record, in a checkpoint, in a prepared file; then it is read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch

from benchmarks.faults import Row, verdict
from benchmarks.faults.studies import here, study
from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from steepness.domain.check import same
from steepness.training.checkpoint import Checkpoint, Stopped
from steepness.training.records import read_record, record_paths
from tests.faults.test_checkpoints import run

WORDS = [f"{a}{b}{c}" for a in "bdfklm" for b in "aeiou" for c in "nrst"]
PARAGRAPHS = 400


def flips(workplace: Path, count: int) -> Iterator[Row]:
    """A row for each kind of file, a third of the flips each."""
    yield _records(workplace / "flipped", count // 3)
    yield _checkpoints(workplace / "trial.pt", count // 3)
    yield _prepared(workplace, count - 2 * (count // 3))


def _records(folder: Path, count: int) -> Row:
    here(folder)
    paths = record_paths(study(folder))
    right = {path: read_record(path) for path in paths}

    def read(path: Path) -> str:
        try:
            return "outside what is read" if read_record(path) == right[path] else ""
        except ValueError:
            return "refused by name"

    return _row("a record", paths, read, count)


def _checkpoints(path: Path, count: int) -> Row:
    with suppress(Stopped):
        run(Checkpoint(path, seconds_between=0), every=40)
    cpu = torch.device("cpu")
    last = path.read_bytes()
    path.unlink()
    before = Checkpoint(path).load(cpu)
    assert before is not None
    path.write_bytes(last)

    def read(path: Path) -> str:
        return "the one before it taken" if same(Checkpoint(path).load(cpu), before) else ""

    return _row("a checkpoint", [path], read, count)


def _prepared(workplace: Path, count: int) -> Row:
    """Of word_lm, from a made-up text."""
    text, cache, dice = workplace / "text.txt", workplace / "cache", random.Random(1)
    lines = [" ".join(dice.choices(WORDS, k=60)) + "." for _ in range(PARAGRAPHS)]
    text.write_text("\n\n".join(lines))

    def loaded() -> Any:
        domain = get_domain("word_lm", {"vocabulary": 100})
        return domain.load(f"text:{text}", Cache(cache)).corpus

    right = deepcopy(loaded())  # from the files that are flipped into memory
    paths = sorted(path for path in (cache / "prepared").rglob("*") if path.is_file())

    def read(path: Path) -> str:
        return "prepared again, or the same" if same(loaded(), right) else ""

    return _row("a prepared file", paths, read, count)


def _row(kind: str, paths: list[Path], read: Callable[[Path], str], count: int) -> Row:
    """Flip a bit of one of the files, read it, put it back; `read` says what came of it, empty if a number changed."""
    dice, seen, wrong = random.Random(0), dict[str, int](), list[str]()
    for _ in range(count):
        path = dice.choice(paths)
        good = path.read_bytes()
        flipped = bytearray(good)
        place, bit = dice.randrange(len(good)), dice.randrange(8)
        flipped[place] ^= 1 << bit
        path.write_bytes(flipped)
        told = read(path)
        seen[told] = seen.get(told, 0) + 1
        wrong += [] if told else [f"bit {bit} of byte {place} of {path.name}"]
        path.write_bytes(good)
    outcome = ", ".join(f"{n} {told}" for told, n in seen.items() if told)
    return f"One bit of {kind} flipped ({outcome})", f"{count} flips", verdict(count, wrong)
