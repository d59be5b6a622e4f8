"""What a running study says of the time that is left."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from steepness.cli.board import Board
from steepness.executors.base import Finished
from steepness.study.plan import Plan, ShardPlan
from tests.synthetic import synthetic

SHARD = ShardPlan(model="toy", m=32, trials=40, epochs=1.0, sizes=(2, 4), units=1.0, flops=1.0, seconds=960.0)


def said(monkeypatch: pytest.MonkeyPatch, folder: Path, *, grows: bool, after_minutes: float) -> str:
    """The line of a trial that ends so long after the start of a study that is planned to take eight minutes."""
    out = io.StringIO()
    plan = Plan(domain="toy", unit="rows", workers=2, shards=(SHARD,), minutes=8.0, busy=1.0, grows=grows)
    with Board(Console(file=out, width=200)) as board:
        board.planned(plan, 0)
        now = time.monotonic() + 60 * after_minutes
        monkeypatch.setattr("steepness.cli.board.time.monotonic", lambda: now)
        board(Finished(synthetic(folder).records[0]))
    return out.getvalue().splitlines()[-1]


def test_a_budget_says_when_a_study_ends_whatever_it_tries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert said(monkeypatch, tmp_path, grows=True, after_minutes=3.0).endswith("about 5 min left")
    assert said(monkeypatch, tmp_path, grows=True, after_minutes=9.0).endswith("under a minute left")
    assert said(monkeypatch, tmp_path, grows=True, after_minutes=3.0).startswith("[1 of about 40]")


def test_without_one_it_ends_when_all_trials_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert said(monkeypatch, tmp_path, grows=False, after_minutes=3.0).startswith("[1/40]")
