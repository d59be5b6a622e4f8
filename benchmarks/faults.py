"""What was injected into studies, and what came of it: a table.

    python -m benchmarks.faults [--kills 50] [--drivers 10] [--flips 300]

The studies are of the made-up domain of the tests (synthetic regression, 4 shards, 12 trials), since what is tried is
the machinery and not a model. After every fault the study is run again, and its records are held against those of a
run that nothing disturbed: all fields but timing.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from steepness.executors.base import Event, MachineTrouble, Started
from steepness.study.audit import findings
from steepness.study.plan import Plan
from steepness.study.prepare import Request, prepare
from steepness.study.run import run_study
from steepness.training import checkpoint, speed
from steepness.training.records import read_record, read_records, record_paths
from tests.conftest import PRESET, TOY
from tests.in_process import InProcess

SLOW = "options.seconds_per_batch=0.002"
TRIALS = 12
QUICK = ("shards.count=1", "seeds=1")
"""Two trials, in one process, for what is tried a hundred times."""


class Begun:
    """Keeps which trials were begun."""

    def __init__(self) -> None:
        self.trials: list[str] = []

    def planned(self, plan: Plan, done: int) -> None:
        """Nothing."""

    def __call__(self, event: Event) -> None:
        """Note a trial that starts."""
        if isinstance(event, Started):
            self.trials.append(event.trial.id)


def request(folder: Path, *settings: str) -> Request:
    """The small study, with a preset of its own below the folder's parent."""
    preset = folder.parent / "mini.toml"
    preset.write_text(PRESET)
    return Request(domain=TOY, preset=str(preset), settings=settings, results=folder, device="cpu", workers=2)


def drive(folder: Path) -> None:
    """Run the study as a driver of its own, and print the trials it began."""
    checkpoint.SECONDS_BETWEEN, speed.CALIBRATION_SECONDS = 0.1, 0.0
    begun = Begun()
    run_study(prepare(request(folder, SLOW)), begun)
    print(json.dumps(begun.trials))


def driver(folder: Path) -> subprocess.Popen[str]:
    """A process that runs `drive`, leading a group of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.faults", "--drive", str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def bare(folder: Path) -> dict[str, Any]:
    """A study's records without what may differ between two runs."""
    return {i: msgspec.structs.replace(r, timing=None) for i, r in read_records(folder / "toy-mini").items()}


def left_over(folder: Path) -> list[str]:
    """Temporary files, and what a check of the folder finds."""
    stray = [str(path) for path in folder.rglob("*.tmp")]
    return stray + list(findings(folder / "toy-mini"))


def children(pid: int) -> list[int]:
    """Processes that a process has started and that live."""
    with suppress(OSError):
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def killed(folder: Path, dice: random.Random) -> str:
    """Kill the driver, a worker, or all of them at a random moment; who it was."""
    process = driver(folder)
    time.sleep(dice.uniform(2, 14))
    whom = dice.choice(["driver", "worker", "both"])
    workers = children(process.pid)
    with suppress(ProcessLookupError):
        if whom == "worker" and workers:
            os.kill(dice.choice(workers), signal.SIGKILL)
            process.wait(timeout=300)
        elif whom == "driver":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=300)
    return whom


def kills(workplace: Path, count: int, whole: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """SIGKILL at random moments, then the study again."""
    dice, wrong, whoms = random.Random(0), list[str](), Counter[str]()
    for i in range(count):
        folder = workplace / f"killed-{i}"
        whoms[killed(folder, dice)] += 1
        last = driver(folder)
        last.communicate(timeout=300)
        if last.returncode or bare(folder) != whole or left_over(folder):
            wrong.append(f"{folder.name}: exit {last.returncode}, {left_over(folder)}")
    told = ", ".join(f"{n} {whom}" for whom, n in sorted(whoms.items()))
    yield f"SIGKILL at a random moment, then run again ({told})", f"{count} studies", verdict(count, wrong)


def together(workplace: Path, count: int, whole: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Two drivers on one folder at once."""
    wrong = []
    for i in range(count):
        folder = workplace / f"together-{i}"
        pair = [driver(folder), driver(folder)]
        begun = [trial for process in pair for trial in json.loads(process.communicate(timeout=600)[0])]
        twice = [trial for trial, times in Counter(begun).items() if times > 1]
        if twice or bare(folder) != whole or left_over(folder):
            wrong.append(f"{folder.name}: begun twice {twice}, {left_over(folder)}")
    yield (
        "Two drivers on one folder at once: trials begun more than once",
        f"{count} studies",
        verdict(count, wrong),
    )


@contextmanager
def failing(module: Any, name: str, at: int) -> Iterator[list[int]]:
    """Have the call number `at` of a function raise a full disk; gives how often it was called."""
    original, calls = getattr(module, name), [0]

    def call(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return original(*args, **kwargs)

    setattr(module, name, call)
    try:
        yield calls
    finally:
        setattr(module, name, original)


def here(folder: Path) -> None:
    """Run the study in this process."""
    from steepness.study import run

    run.LocalExecutor = InProcess  # type: ignore[assignment,misc]
    speed.CALIBRATION_SECONDS = 0.0
    run_study(prepare(request(folder, *QUICK)), Begun())


def full_disks(workplace: Path, whole: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The nth call of everything that writes fails, then the study again."""
    for module, name in ((os, "fsync"), (Path, "replace"), (os, "open"), (Path, "mkdir")):
        wrong, at = list[str](), 0
        while True:
            at += 1
            folder = workplace / f"{name}-{at}"
            with failing(module, name, at) as calls, suppress(OSError, MachineTrouble, ValueError):
                here(folder)
            if calls[0] < at:
                break
            here(folder)
            if bare(folder).keys() != whole.keys() or bare(folder) != whole or left_over(folder):
                wrong.append(f"{name} {at}: {left_over(folder)}")
        yield (
            f"No space left at the nth call of {name}, then run again",
            f"every n, {at - 1}",
            verdict(at - 1, wrong),
        )


def flips(workplace: Path, count: int) -> Iterator[tuple[str, str, str]]:
    """One bit of a record, then read it."""
    folder = workplace / "flips"
    here(folder)
    dice, seen, harmless, wrong = random.Random(0), 0, 0, list[str]()
    for _ in range(count):
        path = dice.choice(record_paths(folder / "toy-mini"))
        good, before = path.read_bytes(), read_record(path)
        flipped = bytearray(good)
        flipped[dice.randrange(len(good))] ^= 1 << dice.randrange(8)
        path.write_bytes(flipped)
        try:
            same = read_record(path) == before
            harmless += same
            wrong += [] if same else [path.name]
        except ValueError:
            seen += 1
        path.write_bytes(good)
    told = f"{seen} refused by name, {harmless} outside what is read"
    yield f"One bit of a record flipped ({told})", f"{count} flips", verdict(count, wrong)


def verdict(count: int, wrong: list[str]) -> str:
    """In a table's cell."""
    return f"{count} of {count} right" if not wrong else f"{len(wrong)} of {count} WRONG: {'; '.join(wrong)}"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--drivers", type=int, default=10)
    parser.add_argument("--flips", type=int, default=300)
    parser.add_argument("--drive", type=Path, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.drive:
        drive(words.drive)
        return
    logging.disable()
    print("| injected | how often | after the study was run again |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as place:
        workplace = Path(place)
        (workplace / "whole").mkdir()
        process = driver(workplace / "whole")
        process.communicate()
        slow = bare(workplace / "whole")
        here(workplace / "quick")
        quick = bare(workplace / "quick")
        assert (len(slow), len(quick)) == (TRIALS, 2)
        parts: list[Callable[[], Iterator[tuple[str, str, str]]]] = [
            lambda: full_disks(workplace, quick),
            lambda: flips(workplace, words.flips),
            lambda: together(workplace, words.drivers, slow),
            lambda: kills(workplace, words.kills, slow),
        ]
        for part in parts:
            for row in part():
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
