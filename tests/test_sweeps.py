"""The commands that run sweeps side by side: to their end, on trials of the made-up domain."""

from __future__ import annotations

import argparse
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from benchmarks.ratios import installed
from benchmarks.sweeps import beside, exponent, plans, trials, ways
from steepness.study.ledger import Costs
from steepness.study.plan import outcome as as_expected
from steepness.study.prepare import Request, prepare
from steepness.study.presets import load_preset
from steepness.study.search import Search
from steepness.training.trial import Record, Trial
from tests.conftest import TOY
from tests.in_process import InProcess
from tests.study.test_search import complete, ledger, outcome

METRIC = "squared_error"
SMALL = ("shards.count=3", "seeds=1", "search.cull_at=0.3", "training.max_epochs=4")
WITHOUT_TUNE = ways.lacking("ray-tune")


def law(trial: Trial) -> Record:
    """Best at a size of 4 and a rate of .03, where the error is a pure power law of exponent -.25."""
    off = 0.1 * (trial.size != 4) + 0.1 * (trial.training.learning_rate != 0.03)
    error = trial.m**-0.25 * (1 + off + (trial.training.stop_step > 0))
    return structs.replace(outcome(trial), validation={METRIC: error}, flops=100.0)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials run in this process."""
    monkeypatch.setattr(trials, "LocalExecutor", InProcess)
    monkeypatch.setattr("steepness.study.run.LocalExecutor", InProcess)


@pytest.fixture
def sweep(preset: Path) -> ways.Sweep:
    """Four trials of the made-up domain."""
    ready = prepare(Request(domain=TOY, preset=str(preset), settings=SMALL, device="cpu"))
    first = Search(ready).due({})[0].whole
    return ways.Sweep(TOY, tuple(structs.replace(first, size=size) for size in (2, 4, 8, 16)))


def test_a_sweep_has_every_size_and_rate_of_a_seed_before_the_next_seed() -> None:
    assert list(islice(beside.settings([8, 16], [0.1]), 3)) == [(0, 8, 0.1), (0, 16, 0.1), (1, 8, 0.1)]


def test_a_sequential_script_trains_what_the_workers_train(here: None, sweep: ways.Sweep) -> None:
    ours = ways.ours(sweep, 2)
    assert ours.keys() == {trial.id for trial in sweep.trials}
    assert len(set(ours.values())) == 4
    beside.check("script", ways.one_after_the_other(sweep), ours)


def test_a_way_that_trains_something_else_is_told() -> None:
    beside.check("script", {"a": 1.0001}, {"a": 1.0})
    for wrong in ({"a": 1.01}, {}, {"a": 1.0, "b": 1.0}):
        with pytest.raises(ValueError, match="script did not train the same"):
            beside.check("script", wrong, {"a": 1.0})


@pytest.mark.skipif(bool(WITHOUT_TUNE), reason=WITHOUT_TUNE)
@pytest.mark.parametrize("way", [way for way in ways.WAYS if way.startswith("ray")])
def test_ray_tune_trains_what_a_sequential_script_trains(sweep: ways.Sweep, way: str) -> None:
    beside.check(way, ways.WAYS[way](sweep, 2), ways.one_after_the_other(sweep))


def test_without_ray_the_table_has_what_can_be_run_and_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ways, "installed", lambda name: "" if name == "ray" else installed(name) or "1")
    assert ways.taken() == ["ours", "script"]
    table = beside.table({"ours": [1.0, 2.0], "script": [3.0, 6.0]})
    assert "| script | 4.5 | 3.000 [3.000, 3.000] |" in table
    assert "| ray-tune | ray not installed: pip install 'steepness[bench]' | |" in table


def test_the_exponent_is_that_of_the_winners_and_the_grid_holds_all_settings(preset: Path) -> None:
    settings = ("search.cull_at=0.3", "seeds=1")
    ready = prepare(Request(domain=TOY, preset=str(preset), settings=settings, device="cpu"))
    found = [r.trial for r in complete(Search(ready), law).values()]
    grid = exponent.make_grid(ready, found)
    shards, sizes = ready.preset.shard_sizes(), ready.preset.ladder(ready.domain, "mlp")
    assert len(grid) == len(shards) * len(sizes) * len(ready.preset.search.grid["learning_rate"])
    winners = exponent.best([law(trial) for trial in [*grid, *found]], METRIC)
    assert {r.trial.size for r in winners.values()} == {4}
    assert exponent.exponent(winners, METRIC) == pytest.approx(-0.25)


def test_a_first_part_that_was_trained_to_its_end_is_paid_for_once(sweep: ways.Sweep) -> None:
    whole, other = (law(trial) for trial in sweep.trials[:2])
    probe = structs.replace(whole.trial, training=structs.replace(whole.trial.training, stop_step=5))
    part = structs.replace(law(probe), flops=30.0)
    assert exponent.flops([part]) == 30
    assert exponent.flops([part, whole, other]) == exponent.flops([whole, part, other]) == 200


@pytest.mark.usefixtures("here")
def test_time_to_exponent_comes_to_its_end_and_goes_on_from_what_is_kept(
    preset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = Request(
        domain=TOY, preset=str(preset), settings=SMALL, results=tmp_path, folder="toy", device="cpu"
    )
    found = exponent.compare(request)
    assert found.shards == (32, 64, 128)
    assert found.grid_errors <= found.errors
    assert 0 < found.flops < found.grid_flops
    assert 0 < found.winners <= 1
    monkeypatch.setattr(InProcess, "submit", None)  # nothing is left to train
    assert exponent.compare(request) == found
    for off, near in ((0.005, "1 of 1"), (0.02, "0 of 1")):
        assert near in exponent.table([replace(found, exponent=found.grid_exponent + off)])


@pytest.mark.parametrize("domain", list(exponent.LADDERS))
def test_every_domain_that_is_named_has_the_model_of_its_ladder(domain: str) -> None:
    words = argparse.Namespace(sizes=4, shards=4, workers=1, results=Path())
    request = exponent.request_for(domain, 3, words)
    preset = load_preset(domain, request.preset, request.settings)
    assert list(preset.sizes) == preset.models
    assert preset.first_seed == 3


def test_what_one_domain_took_is_written_beside_what_others_did(tmp_path: Path) -> None:
    one = exponent.Found(
        domain="image", seed=0, shards=(8, 16, 32), exponent=-0.3, grid_exponent=-0.3, flops=1.0, grid_flops=4.0,
        winners=0.7, errors=(3.0, 2.0, 1.0), grid_errors=(3.0, 2.0, 1.0), sizes=(4, 4, 8), grid_sizes=(4, 4, 8),
    )  # fmt: skip
    words = argparse.Namespace(domains=["image"], shards=3, sizes=2, seeds=1, out=tmp_path)
    exponent.write([one], words)
    other = argparse.Namespace(domains=["word_lm"], shards=4, sizes=3, seeds=2, out=tmp_path)
    exponent.write([replace(one, domain="word_lm", seed=1)], other)
    exponent.write([replace(one, seed=1)], words)
    written = (tmp_path / "exponent.md").read_text()
    rows = [
        line.split(" | ")[:2] for line in written.splitlines() if line.startswith(("| word_lm", "| image"))
    ]
    assert rows == [["| word_lm", "1"], ["| image", "1"]]
    assert "image --shards 3 --sizes 2 --seeds 1" in written
    assert "word_lm --shards 4 --sizes 3 --seeds 2" in written


@pytest.mark.parametrize(("epochs", "ratio"), [(1.0, 1.0), (2.0, 0.5)])
def test_a_plan_is_held_against_what_the_records_took(preset: Path, epochs: float, ratio: float) -> None:
    ready = prepare(Request(domain=TOY, preset=str(preset), device="cpu", workers=2))
    spending = ledger(20_000.0)
    costs = Costs(spending, ready)

    def took(trial: Trial) -> Record:
        found = as_expected(trial, costs)
        return structs.replace(found, steps=round(epochs * found.steps), epochs=epochs * found.epochs)

    records = list(complete(Search(ready, spending), took).values())
    study: Any = SimpleNamespace(path=Path("toy-mini"), records=records)
    found = plans.compare(study, ready, spending)
    assert found.priced == pytest.approx(ratio, rel=0.2)
    assert bool(found.misjudged) == (epochs > 1)
    assert found.ended
    assert f"{int(epochs == 1)} of 1 plans are within 25%" in plans.table([found])
    few: Any = SimpleNamespace(path=Path("toy-mini"), records=records[:3])
    assert "of its budget |" in plans.compare(few, ready, spending).row()
