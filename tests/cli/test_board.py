"""What a running study says of the time that is left."""

from __future__ import annotations

import io
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec.structs import replace as replace_struct
from rich.console import Console

from steepness.cli.board import Board
from steepness.executors.base import Finished, Started
from steepness.study.ledger import Ledger, Price
from steepness.study.plan import Plan, ShardPlan
from tests.synthetic import synthetic

FREE = Ledger(speed=1.0, prices=())
SHARD = ShardPlan(model="toy", m=32, trials=40, epochs=1.0, sizes=(2, 4), units=1.0, flops=1.0, seconds=960.0)


def said(monkeypatch: pytest.MonkeyPatch, folder: Path, *, grows: bool, after_minutes: float) -> str:
    """The line of a trial that ends so long after the start of a study that is planned to take eight minutes."""
    out = io.StringIO()
    plan = Plan(
        domain="toy", unit="rows", workers=2, shards=(SHARD,), minutes=8.0, busy=1.0, grows=grows, ledger=FREE
    )
    with Board(Console(file=out, width=200)) as board:
        board.planned(plan, ())
        now = time.monotonic() + 60 * after_minutes
        monkeypatch.setattr("steepness.cli.pace.time.monotonic", lambda: now)
        board(Finished(replace_struct(synthetic(folder).records[0], timing=None)))
    return out.getvalue().splitlines()[-1]


def said_of_a_budget(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *, slower: float, trials: int, after_minutes: float
) -> str:
    """The line of the last of so many trials, of forty that are priced at eleven seconds each."""
    out = io.StringIO()
    records = synthetic(folder).records
    steps, units = records[0].steps, 6.0 * 40
    price = Price(model="net", size=1, m=1, units=units, step=11.0 / steps, evaluation=0.0, final=0.0)
    shard = replace(SHARD, seconds=40 * 11.0)
    plan = Plan(
        domain="toy", unit="rows", workers=2, shards=(shard,), minutes=40 * 11 / 120, busy=1.0, grows=True,
        ledger=Ledger(speed=1.0, prices=(price,)),
    )  # fmt: skip
    timing = replace_struct(records[0].timing, train_seconds=11.0 * slower, evaluate_seconds=0.0)
    with Board(Console(file=out, width=200)) as board:
        board.planned(plan, ())
        now = time.monotonic() + 60 * after_minutes
        monkeypatch.setattr("steepness.cli.pace.time.monotonic", lambda: now)
        for record in records[:trials]:
            epochs = units * steps / record.trial.m
            board(Finished(replace_struct(record, timing=timing, steps=steps, epochs=epochs)))
    return out.getvalue().splitlines()[-1]


def test_a_budget_says_when_a_study_ends_whatever_it_tries(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert said(monkeypatch, tmp_path, grows=True, after_minutes=3.0).endswith(
        "3 min so far, about 5 min left"
    )
    assert said(monkeypatch, tmp_path, grows=True, after_minutes=3.0).startswith("[1 of about 40]")


def test_a_budget_is_of_work_so_a_machine_that_is_half_as_fast_takes_twice_the_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usual = said_of_a_budget(monkeypatch, tmp_path, slower=1.0, trials=20, after_minutes=2.0)
    assert usual.endswith("2 min so far, about 2 min left")
    slow = said_of_a_budget(monkeypatch, tmp_path, slower=2.0, trials=20, after_minutes=4.0)
    assert slow.endswith("4 min so far, about 3 min left")


def test_a_budget_is_spent_when_its_work_is_done_not_when_its_time_is_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spent = said_of_a_budget(monkeypatch, tmp_path, slower=1.0, trials=39, after_minutes=5.0)
    assert spent.endswith("budget spent, the last trials end")
    late = said_of_a_budget(monkeypatch, tmp_path, slower=1.0, trials=10, after_minutes=5.0)
    assert late.endswith("past what was planned, time left unknown")


@pytest.mark.parametrize(
    ("minutes", "left"), [(7.5, "about 30 s left"), (7.8, "about 10 s left"), (7.9, "a few seconds left")]
)
def test_what_is_left_at_the_end_is_an_estimate_and_no_floor(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, minutes: float, left: str
) -> None:
    assert said(monkeypatch, tmp_path, grows=True, after_minutes=minutes).endswith(f", {left}")


def test_a_plan_that_is_used_up_promises_no_time(tmp_path: Path) -> None:
    out = io.StringIO()
    record = synthetic(tmp_path).records[0]
    shard = replace(SHARD, model=record.trial.model, m=record.trial.m, trials=1)
    rest = replace(SHARD, trials=3, seconds=0.0)
    plan = Plan(
        domain="toy", unit="rows", workers=2, shards=(shard, rest), minutes=8.0, busy=1.0, grows=False,
        ledger=FREE,
    )  # fmt: skip
    with Board(Console(file=out, width=200)) as board:
        board.planned(plan, ())
        board(Finished(record))
    assert out.getvalue().splitlines()[-1].endswith("past what was planned, time left unknown")


def test_without_one_it_ends_when_all_trials_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert said(monkeypatch, tmp_path, grows=False, after_minutes=3.0).startswith("[1/40]")


def test_the_last_trial_says_how_long_it_took_and_nothing_of_time_left(tmp_path: Path) -> None:
    out = io.StringIO()
    shard = replace(SHARD, trials=1)
    plan = Plan(
        domain="toy", unit="rows", workers=2, shards=(shard,), minutes=8.0, busy=1.0, grows=False, ledger=FREE
    )
    with Board(Console(file=out, width=200)) as board:
        board.planned(plan, ())
        board(Finished(synthetic(tmp_path).records[0]))
    last = out.getvalue().splitlines()[-1]
    assert last.startswith("[1/1]")
    assert last.endswith("so far")
    assert "left" not in last


def test_a_terminal_shows_bar_times_running_best_and_what_just_finished(tmp_path: Path) -> None:
    out = io.StringIO()
    console = Console(file=out, width=120, force_terminal=True)
    plan = Plan(
        domain="toy", unit="rows", workers=2, shards=(SHARD,), minutes=8.0, busy=1.0, grows=False, ledger=FREE
    )
    records = synthetic(tmp_path).records
    with Board(console) as board:
        board.planned(plan, ())
        start = plain(board)
        for record in records[:6]:
            board(Finished(record))
        board(Started(records[6].trial))
        shown = plain(board)
    assert "0/40" in start
    assert "about 8 min left" in start
    assert "6/40" in shown
    assert "starts" in shown
    assert "just finished: net size" in shown
    assert f"loss {records[5].validation['loss']:.4f} after" in " ".join(shown.split())
    by_shard = dict[int, float]()
    for record in records[:6]:
        by_shard[record.trial.m] = min(record.validation["loss"], by_shard.get(record.trial.m, 1e9))
    for m, error in by_shard.items():
        assert re.search(rf"net +{m:,} +{error:.4f}", shown)


def test_after_a_restart_the_best_so_far_is_that_of_all_records(tmp_path: Path) -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True)
    plan = Plan(
        domain="toy", unit="rows", workers=2, shards=(SHARD,), minutes=8.0, busy=1.0, grows=False, ledger=FREE
    )
    records = synthetic(tmp_path).records
    with Board(console) as board:
        board.planned(plan, records[:6])
        shown = plain(board)
    assert "6/46" in shown
    lowest = min(r.validation["loss"] for r in records[:6] if r.trial.m == records[0].trial.m)
    assert re.search(rf"net +{records[0].trial.m:,} +{lowest:.4f}", shown)


def plain(board: Board) -> str:
    """What the board shows, without colours."""
    console = Console(width=80)
    with console.capture() as captured:
        console.print(board._board())
    return captured.get()
