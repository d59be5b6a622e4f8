"""Two drivers, processes of their own on two hosts as far as they can tell, work on one study at once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from steepness.executors.base import Started
from steepness.study import leases, load_study
from steepness.study.audit import findings
from steepness.study.prepare import Request, prepare
from steepness.study.run import run_study
from steepness.training import checkpoint, speed
from steepness.training.trial import Record
from tests.conftest import TOY
from tests.faults.conftest import Witness

TRIALS = 12
PROGRAM = """
import socket, sys
socket.gethostname = lambda: sys.argv[1]
from tests.faults.test_drivers import drive
drive(*sys.argv[2:])
"""


def drive(preset: str, results: str, takeover_seconds: str) -> None:
    """Run the study, and print the trials that were begun here."""
    speed.CALIBRATION_SECONDS, checkpoint.SECONDS_BETWEEN = 0.0, 0.2
    leases.TAKEOVER_SECONDS, leases.HEARTBEAT_SECONDS = float(takeover_seconds), 0.5
    request = Request(
        domain=TOY, preset=preset, settings=("options.seconds_per_batch=0.01",), results=Path(results),
        device="cpu", workers=1,
    )  # fmt: skip
    witness = Witness()
    run_study(prepare(request), witness)
    print(json.dumps([event.trial.id for event in witness.events if isinstance(event, Started)]))


def driver(host: str, preset: Path, results: Path, takeover_seconds: float = 120.0) -> subprocess.Popen[str]:
    """A process that runs `drive`, on a host of that name for all it knows, leading a group of its own."""
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, host, str(preset), str(results)]
    command.append(str(takeover_seconds))
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def began(process: subprocess.Popen[str]) -> list[str]:
    """The trials that a driver began, once it has ended well."""
    printed, _ = process.communicate(timeout=250)
    assert process.returncode == 0
    found: list[str] = json.loads(printed)
    return found


def bare(results: Path) -> dict[str, Record]:
    records = load_study(results / "toy-mini").records
    return {r.id: msgspec.structs.replace(r, timing=None) for r in records}


@pytest.mark.slow
@pytest.mark.parametrize("hosts", [("one", "one"), ("one", "another")])
def test_every_trial_is_begun_once(preset: Path, tmp_path: Path, hosts: tuple[str, str]) -> None:
    pair = [driver(host, preset, tmp_path / "both") for host in hosts]
    first, second = map(began, pair)
    assert len(first) + len(second) == len({*first, *second}) == TRIALS
    assert first
    assert second, "they worked at the same time"
    assert not list(findings(tmp_path / "both" / "toy-mini"))
    began(driver("one", preset, tmp_path / "alone"))
    assert bare(tmp_path / "both") == bare(tmp_path / "alone")


@pytest.mark.slow
def test_a_lost_hosts_trial_is_taken_over_after_the_stated_time(preset: Path, tmp_path: Path) -> None:
    lost = driver("lost", preset, tmp_path / "both", 3.0)
    deadline = time.monotonic() + 100
    while not list(tmp_path.glob("both/*/trials/*.json")) and time.monotonic() < deadline:
        time.sleep(0.05)
    subprocess.run(["kill", f"-{signal.SIGKILL.value}", "--", f"-{lost.pid}"], check=True)  # workers, too
    lost.wait()
    assert began(driver("heir", preset, tmp_path / "both", 3.0))
    assert not list(findings(tmp_path / "both" / "toy-mini"))
    assert not list((tmp_path / "both" / "toy-mini" / "leases").iterdir())
    began(driver("one", preset, tmp_path / "alone"))
    assert bare(tmp_path / "both") == bare(tmp_path / "alone")
