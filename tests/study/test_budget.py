"""A study that is given a budget, and a larger one later: what was trained stays, and it comes to the same end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steepness.study import Study, load_study
from steepness.study.calibrate import granted
from steepness.study.ledger import Ledger, Price
from steepness.study.manifest import MANIFEST, keep_manifest
from steepness.study.prepare import Request, prepare
from steepness.study.progress import progress_of
from steepness.study.roll import read_roll
from steepness.study.run import Unwatched, run_study
from tests.conftest import TOY
from tests.in_process import InProcess

PRICES = tuple(
    Price(model="mlp", size=size, m=m, units=16.0, step=float(size), evaluation=1.0, final=2.0)
    for size in (2, 16) for m in (32, 256)
)  # fmt: skip
Run = Callable[..., Study]


@pytest.fixture
def run(preset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the toy with prices that were not measured, so that a minute is always as much."""
    monkeypatch.setattr("steepness.study.run.LocalExecutor", InProcess)
    monkeypatch.setattr(
        "steepness.study.run.calibrate", lambda ready, executor: Ledger(speed=100.0, prices=PRICES)
    )

    def run(folder: str, minutes: float | None = None, watch: Any = None) -> Study:
        request = Request(
            domain=TOY, preset=str(preset), settings=("search.cull_at=0.4",), results=tmp_path / folder,
            device="cpu", workers=2, budget=minutes,
        )  # fmt: skip
        return run_study(prepare(request), watch or Unwatched())

    return run


def numbers(study: Study) -> dict[str, Any]:
    return {r.id: msgspec.structs.replace(r, timing=None) for r in study.records}


def copied(study: Study, to: Path) -> None:
    """The study's manifest alone: its prices and budgets, and no record."""
    to.mkdir(parents=True)
    shutil.copy(study.path / MANIFEST, to / MANIFEST)


def test_a_larger_budget_goes_on_and_ends_where_it_would_have_from_the_start(
    run: Run, tmp_path: Path
) -> None:
    small = numbers(run("grown", 2.0))
    grown = run("grown", 6.0)
    assert small.items() < numbers(grown).items()
    assert max(r.trial.m for r in grown.records) > max(r.trial.m for r in small.values())
    copied(grown, tmp_path / "afresh" / grown.name)
    assert numbers(run("afresh")) == numbers(grown)


def test_interrupted_it_comes_to_the_same_records(run: Run, tmp_path: Path) -> None:
    class Interrupts(Unwatched):
        seen = 0

        def __call__(self, event: object) -> None:
            self.seen += 1
            if self.seen > 40:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run("broken", 4.0, Interrupts())
    before = numbers(load_study(tmp_path / "broken" / "toy-mini"))
    roll = read_roll(tmp_path / "broken" / "toy-mini")
    assert roll is not None
    assert not roll.ended
    assert roll.trials.keys() == before.keys()
    whole = run("broken")
    assert before.items() < numbers(whole).items()
    copied(whole, tmp_path / "afresh" / whole.name)
    assert numbers(run("afresh")) == numbers(whole)


def test_a_smaller_budget_than_it_had_changes_nothing(run: Run) -> None:
    whole = run("study", 2.0)
    again = run("study", 1.0)
    assert numbers(again) == numbers(whole)
    assert again.manifest.ledger == whole.manifest.ledger


def test_a_budget_of_fewer_workers_is_measured_by_what_it_buys() -> None:
    many = granted(Ledger(speed=1.0, prices=PRICES), 60.0, workers=8, precision=None)
    assert granted(many, 90.0, workers=2, precision=None) == many
    assert len(granted(many, 90.0, workers=8, precision=None).budgets) == 2


def test_a_precision_asked_for_later_ends_the_budget_that_is_there() -> None:
    before = granted(Ledger(speed=1.0, prices=PRICES), 60.0, workers=2, precision=None)
    (budget,) = granted(before, 60.0, workers=2, precision=0.01).budgets
    assert budget.precision == 0.01
    assert budget.flops == before.budgets[-1].flops


def test_what_could_not_be_measured_is_measured_when_a_budget_needs_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("steepness.study.run.calibrate", lambda ready, executor: Ledger(speed=1.0, prices=()))
        run("failed")
    assert run("failed", 2.0).manifest.ledger.prices == PRICES  # type: ignore[union-attr]


def test_prices_of_other_code_are_not_kept(run: Run) -> None:
    study = run("study", 2.0)
    changed = msgspec.structs.replace(study.manifest, sources={"mlp": "other"})
    kept = keep_manifest(study.path, changed)
    assert kept.ledger
    assert not kept.ledger.prices
    assert kept.ledger.budgets == study.manifest.ledger.budgets  # type: ignore[union-attr]


def test_a_budget_that_buys_no_shard_is_refused_with_one_that_does(run: Run) -> None:
    with pytest.raises(ValueError, match=r"buys no shard: the smallest takes about .* give a larger one"):
        run("study", 1 / 6000)
    assert run("study", 2.0).records


def test_status_says_how_much_of_the_budget_is_spent(run: Run) -> None:
    found = progress_of(run("study", 2.0))
    assert found.spent is not None
    assert 0.6 < found.spent < 1.4, "patience is no timetable"
    assert "% of the budget spent" in found.in_words()


def test_nothing_is_left_of_the_losers(run: Run) -> None:
    study = run("study", 2.0)
    assert not (study.path / "checkpoints").exists()
    assert any(r.trial.training.stop_step for r in study.records)
    best = next(curve for curve in study.curves if curve.best_fit)
    ends = {r.id for r in study.records if not r.trial.training.stop_step}
    assert {trial for point in best.points for trial in point.trials} <= ends
