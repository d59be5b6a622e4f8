"""What the benchmarks' tables are worked out with."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
from msgspec import structs

from benchmarks.ratios import ratio
from benchmarks.records import COMMANDS, cost, make
from benchmarks.steps.ways import lacking
from benchmarks.sweeps.beside import settings
from benchmarks.sweeps.exponent import best, exponent, make_grid
from steepness.study.prepare import Request, prepare
from steepness.study.search import Search
from steepness.training.trial import Record, Trial
from tests.conftest import TOY
from tests.study.test_search import complete, outcome

METRIC = "squared_error"


def test_a_ratio_is_of_runs_in_one_round() -> None:
    found = ratio([2.0, 20.0, 6.0], [1.0, 10.0, 2.0])
    assert (found.median, found.low, found.high) == (2.0, 2.0, 3.0)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.steps.ways.installed", lambda name: "")
    assert "lightning not installed" in lacking("lightning")
    assert not lacking("plain")


def test_a_sweep_has_every_size_and_rate_of_a_seed_before_the_next_seed() -> None:
    assert list(islice(settings([8, 16], [0.1]), 3)) == [(0, 8, 0.1), (0, 16, 0.1), (1, 8, 0.1)]


def law(trial: Trial) -> Record:
    """Best at a size of 4 and a rate of .03, where the error is a pure power law of exponent -.25."""
    off = 0.1 * (trial.size != 4) + 0.1 * (trial.training.learning_rate != 0.03)
    error = trial.m**-0.25 * (1 + off + (trial.training.stop_step > 0))
    return structs.replace(outcome(trial), validation={METRIC: error})


def test_the_exponent_is_that_of_the_winners_and_the_grid_holds_all_settings(preset: Path) -> None:
    settings = ("search.cull_at=0.3", "seeds=1")
    ready = prepare(Request(domain=TOY, preset=str(preset), settings=settings, device="cpu"))
    trials = [r.trial for r in complete(Search(ready), law).values()]
    grid = make_grid(ready, trials)
    shards, sizes = ready.preset.shard_sizes(), ready.preset.ladder(ready.domain, "mlp")
    assert len(grid) == len(shards) * len(sizes) * len(ready.preset.search.grid["learning_rate"])
    winners = best([law(trial) for trial in grid] + [law(trial) for trial in trials], METRIC)
    assert {r.trial.size for r in winners.values()} == {4}
    assert exponent(winners, METRIC) == pytest.approx(-0.25)


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
