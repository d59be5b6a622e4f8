"""A trial that is stopped to be told from others, and the minimum that each metric has of its own."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from steepness.executors.worker import Job
from steepness.training.checkpoint import Checkpoint
from steepness.training.trial import EARLY, Training
from tests.training.test_loop import SETTINGS, run, same_but_for_timing

SCHEDULES = ("stale", "constant", "cosine")


def probe_of(settings: Training, stop_step: int) -> Training:
    return msgspec.structs.replace(settings, stop_step=stop_step)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_probe_ends_at_the_first_evaluation_after_its_step_and_measures_no_more(schedule: str) -> None:
    settings = msgspec.structs.replace(SETTINGS, schedule=schedule)
    whole, probe = run(settings), run(probe_of(settings, 20))
    seen = [line for line in whole.trace if line.step <= probe.steps]
    assert probe.trace == seen
    assert seen[-1].step >= 20 > seen[-2].step
    assert probe.validation == min((line.validation for line in seen), key=lambda v: v["squared_error"])
    assert not probe.test
    assert not probe.exhibit


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_probe_that_wins_goes_on_to_the_same_record(schedule: str, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(SETTINGS, schedule=schedule, patience=1 if schedule in EARLY else 4)
    path = tmp_path / "trial.pt"
    run(probe_of(settings, 20), checkpoint=Checkpoint(path))
    went_on = run(settings, checkpoint=Checkpoint(path))
    assert went_on.timing is not None
    assert went_on.timing.resumed == 1
    assert same_but_for_timing(went_on, run(settings))


def test_a_probe_and_its_whole_are_different_trials_of_one_checkpoint() -> None:
    whole, probe = run().trial, run(probe_of(SETTINGS, 20)).trial
    assert probe.id != whole.id
    assert probe.whole.id == whole.id == whole.whole.id


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_squeezed_probe_runs_its_schedule_to_its_end_and_the_winner_begins_anew(schedule: str) -> None:
    settings = msgspec.structs.replace(SETTINGS, schedule=schedule)
    squeezed = msgspec.structs.replace(settings, stop_step=25, squeezed=True)
    first_part, probe = run(probe_of(settings, 25)), run(squeezed)
    assert probe.steps == 25
    assert probe.trace[-1].learning_rate < 0.1 * first_part.trace[-1].learning_rate
    assert not probe.flagged
    assert not probe.test
    whole = run(settings).trial
    assert len({probe.id, first_part.id, whole.id}) == 3
    assert probe.trial.whole == whole
    assert probe.trial.goes_on_as == probe.trial
    assert first_part.trial.goes_on_as == whole
    job = Job(domain=whole.domain, options={}, dataset=whole.dataset, cache=Path(), study=Path())
    saved = [job.checkpoint(trial).path for trial in (probe.trial, whole, first_part.trial)]
    assert saved[0] != saved[1] == saved[2]


def test_every_metric_has_its_own_minimum() -> None:
    record = run(msgspec.structs.replace(SETTINGS, evaluate_growth=1.05, max_epochs=40))
    lowest = min(line.validation["absolute_error"] for line in record.trace)
    assert record.error("absolute_error") == pytest.approx(lowest)
    assert record.error("squared_error") == record.validation["squared_error"]
    assert record.error("absolute_error") <= record.validation["absolute_error"]
