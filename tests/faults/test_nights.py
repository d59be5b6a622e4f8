"""A night judges what it can, and whatever else goes wrong hides no alarm."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from steepness.cli.app import app
from steepness.executors.base import MachineTrouble
from steepness.nightly import night
from steepness.nightly.judge import Statistic
from steepness.nightly.night import Night, run_night
from steepness.nightly.runs import Plan
from steepness.nightly.words import junit
from tests.conftest import TOY
from tests.nightly.made_up import baseline, observation

MOVED = Statistic(
    domain="made_up", curve="mlp/e", name="m=8", kind="error", expected=1.0, low=0.9, high=1.1, tonight=2.0,
    state="worse",
)  # fmt: skip
FAULTS = (
    MachineTrouble("4 times in a row: no disk"),
    OSError(errno.ENOSPC, "No space left on device"),
    ZeroDivisionError("bad \udc80 text"),
    SystemExit(3),
)


def a_night(**facts: Any) -> Night:
    about = {
        "name": "2100-01-01", "started": "2100-01-01T00:00:00", "seconds": 1.0, "command": "steepness nightly",
        "commit": "unknown", "machine_class": "some", "draw": 1,
    }  # fmt: skip
    return Night(**(about | facts))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_one_domains_failure_leaves_the_others_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: BaseException
) -> None:
    rng = np.random.default_rng(0)

    def run(plan: Plan, domain: str, *_: object) -> Any:
        if domain == "broken":
            raise fault
        return observation(rng, 4, 2), baseline(rng)

    monkeypatch.setattr(night, "_run", run)
    found, folder = run_night(
        Plan(domains=("broken", TOY), baselines=tmp_path, results=tmp_path, device="cpu")
    )
    assert len(found.problems) == 1
    assert found.problems[0].startswith("broken: ")
    assert found.statistics
    assert msgspec.json.decode((folder / "night.json").read_bytes(), type=Night) == found


def command(folder: Path, found: Night, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setattr(night, "run_night", lambda plan, draw: (found, folder))
    (folder.parent / "2000-01-01").mkdir(parents=True)
    folder.mkdir()
    (folder.parent / "2000-01-01" / "night.json").write_bytes(b'{"schema": 2, cut')
    return CliRunner().invoke(app, ["nightly", "--domain", TOY, "--results", str(folder.parent)])


def test_a_damaged_old_night_hides_no_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = command(tmp_path / "nights" / "2100-01-01", a_night(statistics=[MOVED]), monkeypatch)
    assert said.exit_code == 1
    assert "MOVED made_up mlp/e m=8" in said.output
    assert (tmp_path / "nights" / "history.html").exists()


def test_a_full_disk_hides_no_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("steepness.nightly.words.write_atomically", full)
    folder = tmp_path / "nights" / "2100-01-01"
    said = command(folder, a_night(statistics=[MOVED]), monkeypatch)
    assert said.exit_code == 1
    assert "MOVED made_up mlp/e m=8" in said.output
    assert "pages could not be written: [Errno 28] No space left" in said.output
    monkeypatch.setattr(night, "write_json", full)
    assert "not stored" in night._kept(a_night(), folder).problems[0]


def test_control_characters_leave_junit_readable() -> None:
    odd = msgspec.structs.replace(MOVED, name="a\0b\x1b[1m", tonight="\ufffe \U0001f600")
    seen = observation(np.random.default_rng(0), 4, 2)
    text = junit(a_night(statistics=[odd], observations=[seen], problems=["toy: \x07 bell"]))
    (case,) = (
        c for c in ElementTree.fromstring(text).iter("testcase") if c.get("classname") == "made_up.mlp/e"
    )
    assert case.get("name") == "a\ufffdb\ufffd[1m"
    assert "\U0001f600" in (case[0].text or "")
