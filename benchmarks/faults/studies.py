"""The small studies that faults are injected into, with drivers of their own or in this process.

Drivers and workers are forked from one process that has loaded torch and has not used it, where a user's are started
anew: of a study of seconds, loading it would be the most.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from steepness.executors.base import Event, Started
from steepness.study.audit import findings
from steepness.study.ledger import Ledger
from steepness.study.plan import Plan
from steepness.study.prepare import Request, prepare
from steepness.study.run import run_study
from steepness.training import checkpoint
from steepness.training.records import read_records
from steepness.training.trial import Record
from tests.conftest import PRESET, TOY
from tests.in_process import InProcess

FORK = mp.get_context("fork")
SLOW = ("options.seconds_per_batch=0.004",)
QUICK = ("shards.count=1", "seeds=1", "training.max_epochs=2", "training.evaluate_first=2")
"""Two trials of four steps, for what is tried a hundred times."""
UNPRICED = Ledger(speed=1.0, prices=())
PATIENCE_SECONDS = 300.0
GONE_SECONDS = 30.0
"""After which a process that a dead driver has left is a stray one."""


class Begun:
    """Keeps which trials were begun."""

    def __init__(self) -> None:
        self.trials: list[str] = []

    def planned(self, plan: Plan, done: Sequence[Record]) -> None:
        """Nothing."""

    def __call__(self, event: Event) -> None:
        """Note a trial that starts."""
        if isinstance(event, Started):
            self.trials.append(event.trial.id)


def request(folder: Path, *settings: str) -> Request:
    """The small study, with a preset of its own below the folder's parent."""
    preset = folder.parent / "mini.toml"
    if not preset.exists():
        preset.write_text(PRESET)
    return Request(domain=TOY, preset=str(preset), settings=settings, results=folder, device="cpu", workers=2)


def here(folder: Path, *settings: str) -> None:
    """Run the study in this process, saving a trial after each step."""
    from steepness.study import run

    run.LocalExecutor = InProcess  # type: ignore[assignment,misc]
    checkpoint.SECONDS_BETWEEN = 0.0
    run_study(prepare(request(folder, *QUICK, *settings)), Begun(), UNPRICED)


class Driver:
    """A process that runs the study in a folder, leading a session of its own, with workers that train.

    Args:
        seconds: between a trial's checkpoints.
    """

    def __init__(self, folder: Path, settings: Sequence[str] = SLOW, seconds: float = 0.1) -> None:
        self._said, theirs = FORK.Pipe(duplex=False)
        self._process = FORK.Process(target=_drive, args=(folder, settings, seconds, theirs))
        self._process.start()
        theirs.close()
        self.pid = self._process.pid or 0

    def wait(self) -> list[str] | None:
        """The trials it began; None if it did not end well."""
        try:
            begun: list[str] | None = self._said.recv() if self._said.poll(PATIENCE_SECONDS) else None
        except EOFError:
            begun = None
        self._process.join(PATIENCE_SECONDS)
        return begun if self._process.exitcode == 0 else None

    def workers(self) -> list[int]:
        """Processes it has started that live."""
        return [pid for pid in _session(self.pid) if pid != self.pid]

    def tell(self, number: int) -> None:
        """Send the driver a signal."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def tell_all(self, number: int) -> None:
        """Send it to its workers as well."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def stray(self) -> list[str]:
        """What is left of its processes some time after it has ended; ends them."""
        deadline = time.monotonic() + GONE_SECONDS
        while (left := _session(self.pid)) and time.monotonic() < deadline:
            time.sleep(0.1)
        for pid in left:
            kill(pid)
        return [f"stray process {pid}" for pid in left]


def _drive(folder: Path, settings: Sequence[str], seconds: float, said: Connection) -> None:
    os.setsid()
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  # of a killed one nobody wants to read
    mp.get_context = lambda method=None: FORK  # type: ignore[assignment,misc]
    checkpoint.SECONDS_BETWEEN = seconds
    begun = Begun()
    run_study(prepare(request(folder, *settings)), begun, UNPRICED)
    said.send(begun.trials)


def kill(pid: int) -> None:
    """End a process at once; one that has ended is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _session(leader: int) -> list[int]:
    """Living processes of the session that a process leads."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if fields[0] not in "ZX" and int(fields[3]) == leader:
                found.append(int(stat.parent.name))
    return found


def study(folder: Path) -> Path:
    """Where the study is, in its results folder."""
    return folder / "toy-mini"


def bare(folder: Path) -> dict[str, Record]:
    """A study's records without what may differ between two runs."""
    return {i: msgspec.structs.replace(r, timing=None) for i, r in read_records(study(folder)).items()}


def left_over(folder: Path) -> list[str]:
    """Temporary files, and what a check of the folder finds."""
    stray = [str(path) for path in folder.rglob("*.tmp")]
    return stray + list(findings(study(folder)))


def differences(folder: Path, right: dict[str, Any]) -> list[str]:
    """How a study that was run again differs from an undisturbed one, and what it has left."""
    found = bare(folder)
    told = [f"{name} missing" for name in right.keys() - found.keys()]
    told += [f"{name} unknown" for name in found.keys() - right.keys()]
    told += [f"{name} differs" for name in found.keys() & right.keys() if found[name] != right[name]]
    return told + left_over(folder)
