"""A probe is measured before its end, on fewer examples: it decides a search, and nothing else rests on it."""

from __future__ import annotations

import msgspec
import pytest

from steepness.cli.board import best_so_far
from steepness.compare.contrast import best_runs
from steepness.study import Study
from steepness.study.export import run_rows
from steepness.study.outlook import joint
from steepness.training.trial import Record
from tests.synthetic import MakeStudy


def lucky(record: Record) -> Record:
    """Half of the losing rates are probes, that seem the best of their shard by far; size 64 was only ever probed."""
    trial = record.trial
    if trial.training.learning_rate != 0.002 and trial.size != 64:
        return record
    training = msgspec.structs.replace(trial.training, stop_step=9)
    trial = msgspec.structs.replace(trial, training=training)
    return msgspec.structs.replace(record, trial=trial, validation={"loss": 0.5}, test={})


@pytest.fixture
def study(make_study: MakeStudy) -> Study:
    return make_study(change=lucky)


def test_no_best_run_of_a_comparison_is_a_probe(study: Study) -> None:
    assert {run.trial.size for run in best_runs(study, "loss")} == {16, 32}
    assert all(run.complete for run in best_runs(study, "loss"))


def test_a_joint_law_rests_on_what_was_trained_to_its_end(study: Study) -> None:
    runs = joint(study, study.headline[0]).runs
    assert {run.trial.size for run in runs} == {16, 32}
    assert all(run.complete for run in runs)


def test_the_rows_of_runs_leave_probes_out(study: Study) -> None:
    rows = run_rows(study)
    assert {row["params"] for row in rows} == {16 * 4000, 32 * 4000}
    assert min(row["error"] for row in rows) > 0.5


def test_the_board_shows_a_probe_only_where_there_is_nothing_else(study: Study) -> None:
    assert all(float(row[2]) > 0.5 for row in best_so_far(study.records))
    probes = [record for record in study.records if not record.complete]
    assert {row[2] for row in best_so_far(probes)} == {"0.5000"}
