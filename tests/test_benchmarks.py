"""What the benchmarks' tables are worked out with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import speed
from benchmarks.ratios import ratio
from benchmarks.records import COMMANDS, cost, make
from benchmarks.steps.ways import lacking


def test_a_ratio_is_of_runs_in_one_round() -> None:
    found = ratio([2.0, 20.0, 6.0], [1.0, 10.0, 2.0])
    assert (found.median, found.low, found.high) == (2.0, 2.0, 3.0)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.steps.ways.installed", lambda name: "")
    assert "lightning not installed" in lacking("lightning")
    assert not lacking("plain")


def test_one_table_says_what_is_met_and_what_is_not_measured(tmp_path: Path) -> None:
    machine = {"load_average": [0.5, 0, 0]}
    kept = {"machine": machine, "seconds": {"ours": [1, 1], "script": [1.9, 1.9], "ray-tune": [1.4, 1.3]}}
    (tmp_path / "sweeps").mkdir()
    (tmp_path / "sweeps" / "beside.json").write_text(json.dumps(kept))
    table = speed.table(tmp_path)
    assert "| sweep: script, of ours | 1.900 [1.900, 1.900] | ≥ 2 | no | 0.5 |" in table
    assert "| sweep: ray-tune, of ours | 1.350 [1.300, 1.400] | ≥ 1.3 | yes | 0.5 |" in table
    assert "| python -m benchmarks.steps.overhead | not measured | | | |" in table


def test_the_stored_table_of_speed_is_of_the_stored_numbers() -> None:
    assert speed.table(speed.OUT) in (speed.OUT / "speed.md").read_text(), "python -m benchmarks.speed"


@pytest.mark.parametrize("command", ["status", "fit"])
def test_ten_thousand_records_are_looked_at_in_a_moment(many: Path, command: str) -> None:
    _, processor, megabytes = cost(command, str(many))
    assert megabytes < 300
    assert processor < 3 * COMMANDS[command], "it may share the processor with other tests"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records") / "many"
    assert make(folder) == 10_000
    return folder
