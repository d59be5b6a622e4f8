"""What the benchmarks' tables are worked out with."""

from __future__ import annotations

from pathlib import Path

import pytest

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
