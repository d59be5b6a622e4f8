"""Trials as runs of an experiment tracker, each in its offline mode."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from steepness.cli.track import TRACKERS, Tracked, tracker
from steepness.executors.base import Finished, Started
from steepness.study.run import Unwatched
from steepness.training.records import read_records
from steepness.training.trial import Record
from tests.synthetic import MakeStudy


@pytest.fixture
def record(make_study: MakeStudy) -> Record:
    return next(iter(read_records(make_study(shards=1).path).values()))


def track(name: str, record: Record, folder: Path) -> Path:
    watcher = Tracked(Unwatched(), tracker(name), folder)
    watcher(Started(record.trial))
    watcher(Finished(record))
    return folder / "tracking" / name


def test_tensorboard_holds_the_trace(record: Record, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="pip install 'steepness[tracking]'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(track("tensorboard", record, tmp_path) / record.id))
    events.Reload()
    assert [e.step for e in events.Scalars("train_loss")] == [line.step for line in record.trace]
    assert events.Scalars("monitor/loss")[0].value == pytest.approx(record.trace[0].validation["loss"])
    assert events.Scalars("validation/loss")[0].value == pytest.approx(record.validation["loss"])


def test_mlflow_holds_settings_trace_and_result(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow", reason="pip install 'steepness[tracking]'")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    track("mlflow", record, tmp_path)
    (run,) = mlflow.search_runs(experiment_names=[tmp_path.name], output_format="list")
    assert run.data.params["m"] == str(record.trial.m)
    assert run.data.metrics["validation/loss"] == pytest.approx(record.validation["loss"])


def test_wandb_writes_an_offline_run(record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("wandb", reason="pip install 'steepness[tracking]'")
    monkeypatch.setenv("WANDB_MODE", "offline")
    folder = track("wandb", record, tmp_path)
    (kept,) = folder.rglob("*.wandb")
    assert record.id in kept.name
    assert kept.stat().st_size > 0


def test_a_tracker_that_fails_costs_a_warning(
    record: Record, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def full(record: Record, study: Path) -> None:
        raise OSError("no space left")

    with caplog.at_level(logging.WARNING):
        Tracked(Unwatched(), full, tmp_path)(Finished(record))
    assert f"not tracked: trial {record.id} (OSError: no space left)" in caplog.text


def test_an_unknown_tracker_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=", ".join(TRACKERS)):
        tracker("comet")
