from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steepness.executors.base import Event, Finished, MachineTrouble
from steepness.study import Study, load_study
from steepness.study.prepare import Request, prepare
from steepness.study.run import run_study
from tests.conftest import TOY

ROOT = Path(__file__).parents[2]


class Silent:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def planned(self, plan: Any, done: Any) -> None:
        self.plan = plan

    def __call__(self, event: Event) -> None:
        self.events.append(event)


def run(
    preset: Path, folder: Path, *settings: str, device: str = "cpu", workers: int = 2, **how: Any
) -> tuple[Study, Silent]:
    watcher = Silent()
    ready = prepare(
        Request(
            domain=TOY,
            preset=str(preset),
            settings=settings,
            results=folder,
            device=device,
            workers=workers,
            **how,
        )
    )
    return run_study(ready, watcher), watcher


def test_a_study_runs_and_a_second_run_trains_nothing(preset: Path, tmp_path: Path) -> None:
    study, watcher = run(preset, tmp_path)
    assert study.counts()["done"] == len(study.records) == watcher.plan.trials == 12
    assert run(preset, tmp_path)[1].events == []
    curve = study.summary()["curves"][0]
    assert [p["m"] for p in curve["points"]] == [32, 64, 128, 256]
    assert curve["points"][0]["seeds"] == 1  # of two: the other chose the point
    assert curve["beta_g"]["low"] < curve["beta_g"]["value"] < curve["beta_g"]["high"]


def test_a_folder_that_cannot_take_records_is_named_and_what_is_finished_is_kept(
    preset: Path, tmp_path: Path
) -> None:
    study, _ = run(preset, tmp_path)
    (study.path / "trials").rename(study.path / "finished")
    (study.path / "trials").touch()
    with pytest.raises(MachineTrouble, match=r"trials.*what is finished is kept"):
        run(preset, tmp_path)
    (study.path / "trials").unlink()
    (study.path / "finished").rename(study.path / "trials")
    assert run(preset, tmp_path)[1].events == []


def without_timing(study: Path) -> dict[str, Any]:
    return {r.id: msgspec.structs.replace(r, timing=None) for r in load_study(study).records}


@pytest.mark.gpu
def test_trials_packed_on_one_card_are_those_of_a_card_each(preset: Path, tmp_path: Path) -> None:
    alone, packed = (
        run(preset, tmp_path / str(workers), device="cuda", workers=workers)[0] for workers in (1, 3)
    )
    assert without_timing(packed) == without_timing(alone)


def test_killed_in_the_middle_it_goes_on_to_the_same_records(preset: Path, tmp_path: Path) -> None:
    slow = "options.seconds_per_batch=0.005"
    command = [sys.executable, "-m", "steepness", "run", TOY, "--preset", str(preset), "--set", slow]
    command += ["--results", str(tmp_path / "killed"), "--workers", "2"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, start_new_session=True)
    trials = tmp_path / "killed" / "toy-mini" / "trials"
    deadline = time.monotonic() + 200
    while not (trials.exists() and len(list(trials.glob("*.json"))) >= 3) and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = {path.name: path.stat().st_mtime_ns for path in trials.glob("*.json")}
    assert 3 <= len(before) < 12

    run(preset, tmp_path / "killed", slow)
    run(preset, tmp_path / "whole", slow)
    after = {path.name: path.stat().st_mtime_ns for path in trials.glob("*.json")}
    assert before.items() <= after.items(), "a finished trial was run again"
    assert without_timing(tmp_path / "killed" / "toy-mini") == without_timing(tmp_path / "whole" / "toy-mini")


@pytest.mark.parametrize(
    ("option", "status", "message"),
    [("raise_at_size", "failed", "the stranger's model is broken"), ("explode_at_size", "diverged", "not finite"),
],
)  # fmt: skip
def test_what_goes_wrong_is_recorded_and_the_rest_unharmed(
    preset: Path, tmp_path: Path, option: str, status: str, message: str
) -> None:
    study, _ = run(preset, tmp_path, f"options.{option}=4", "shards.count=1", "search.trials=6")
    wrong = [r for r in study.records if r.status == status]
    assert {r.trial.size for r in wrong} == {4}
    assert all(message in r.message for r in wrong)
    assert study.counts()["done"] == len(study.records) - len(wrong) > 2


def test_a_worker_that_dies_is_the_machines_fault_and_no_record(preset: Path, tmp_path: Path) -> None:
    settings = ("options.die_at_size=4", "shards.count=1", "search.trials=6")
    with pytest.raises(MachineTrouble, match=r"died while training \(exit code 9\).*run again"):
        run(preset, tmp_path, *settings)
    study = load_study(tmp_path / "toy-mini")
    assert study.counts()["done"] == len(study.records) > 1
    assert 4 not in {r.trial.size for r in study.records}


def test_failed_trials_are_run_again_on_request(preset: Path, tmp_path: Path) -> None:
    settings = ("options.raise_at_size=4", "shards.count=1")
    run(preset, tmp_path, *settings)
    _, watcher = run(preset, tmp_path, *settings, retry=True)
    again = [e for e in watcher.events if isinstance(e, Finished)]
    assert {e.trial.size for e in again} == {4}


def test_another_preset_in_the_same_folder_is_refused(preset: Path, tmp_path: Path) -> None:
    run(preset, tmp_path, "shards.count=1")
    with pytest.raises(ValueError, match=r"shards.count: 1 -> 2.*another --results folder"):
        run(preset, tmp_path, "shards.count=2")


def test_a_shard_larger_than_the_data_is_refused(preset: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="65,536 rows, but synthetic has 4,096"):
        run(preset, tmp_path, "shards.count=12")


def test_a_damaged_record_is_named_set_aside_and_trained_again(
    preset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before, _ = run(preset, tmp_path, "shards.count=1")
    path = next((before.path / "trials").glob("*.json"))
    path.write_text("{")
    assert len(load_study(before.path).records) == len(before.records) - 1
    assert path.name in caplog.text
    _, watcher = run(preset, tmp_path, "shards.count=1")
    assert [e.trial.id for e in watcher.events if isinstance(e, Finished)] == [path.stem]
    assert (before.path / "aside" / path.name).read_text() == "{"
    assert without_timing(before.path) == {
        r.id: msgspec.structs.replace(r, timing=None) for r in before.records
    }
