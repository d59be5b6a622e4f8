"""What a plan expects of trials, before anything runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
import torch
from msgspec.structs import replace

from steepness.data.artefacts import Cache
from steepness.study.calibrate import EFFICIENCY, calibrate, counted, granted
from steepness.study.candidates import Candidate
from steepness.study.fleet import plan_on_gpus
from steepness.study.ledger import Ledger, Price, Tariff
from steepness.study.plan import Plan, make_plan
from steepness.study.prepare import Prepared, Request
from steepness.study.presets import Preset, Search, Shards
from steepness.study.terms import Terms
from steepness.training.speed import Cost
from steepness.training.trial import Training, Trial
from tests.conftest import TOY
from tests.toy import Toy

PRICES = tuple(
    Price(model="mlp", size=size, m=m, units=32.0, step=40.0 * size, evaluation=5.0, final=20.0)
    for size in (4, 8) for m in (64, 1024)
)  # fmt: skip


def plan(schedule: str, min_steps: int = 0, minutes: float | None = None, factor: int = 4) -> Plan:
    """Of three shards of the toy, 64 to 1,024 rows, or of as many as a budget buys; a FLOP takes a millisecond."""
    ready, ledger = prepared(schedule, min_steps, minutes, factor), Ledger(speed=1000.0, prices=PRICES)
    if minutes:
        ledger = granted(ledger, minutes, workers=2, precision=None)
    return make_plan(ready, ledger)


def prepared(schedule: str, min_steps: int = 0, minutes: float | None = None, factor: int = 4) -> Prepared:
    preset = Preset(
        dataset="synthetic",
        models=["mlp"],
        shards=Shards(start=64, count=3, factor=factor),
        sizes={"mlp": [4, 8]},
        search=Search(trials=2, usual_epochs=3, cull_at=0.3 if minutes else 1.0),
        training=Training(schedule=schedule, batch_size=32, max_epochs=10, min_steps=min_steps),  # type: ignore[arg-type]
    )
    domain, device = Toy(), torch.device("cpu")
    data = domain.load("synthetic", Cache.default())
    return Prepared(
        request=Request(domain=TOY),
        preset=preset,
        domain=domain,
        data=data,
        device=device,
        devices=("cpu", "cpu"),
    )


@pytest.mark.parametrize(("schedule", "epochs"), [("cosine", 10), ("one_cycle", 10), ("stale", 3)])
def test_schedules_that_run_their_course_take_all_their_epochs(schedule: str, epochs: float) -> None:
    assert [shard.epochs for shard in plan(schedule).shards] == pytest.approx([epochs] * 3)


def test_small_shards_take_the_least_steps() -> None:
    found = plan("cosine", min_steps=200)
    assert [shard.epochs for shard in found.shards] == pytest.approx([100, 25, 10])
    trials = found.shards[0].trials
    assert [shard.units for shard in found.shards] == pytest.approx([trials * n for n in (6400, 6400, 10240)])
    assert "up to 100 epochs" in found.in_words()


@pytest.mark.parametrize("minutes", [1.0, 3.0])
def test_a_budget_is_a_time(minutes: float) -> None:
    found = plan("cosine", minutes=minutes, factor=2)
    assert 0.75 * minutes <= found.minutes <= 1.3 * minutes


def test_the_last_seeds_of_a_budget_keep_both_workers_busy() -> None:
    """A seed of the largest shard, begun when the others have ended, would leave a worker idle for all of it."""
    assert min(plan("cosine", minutes=minutes, factor=2).busy for minutes in (1.5, 3.0, 6.0)) > 0.9


def test_what_a_trial_was_stopped_after_is_not_paid_for_again_when_it_goes_on() -> None:
    """The budget is what the search spends, which counts a first part once; more than all of it is no plan."""
    found = plan("cosine", minutes=3.0, factor=2)
    flops, budget = sum(shard.flops for shard in found.shards), 3.0 * 60 * 2 * EFFICIENCY * 1000.0
    assert 0.75 * budget <= flops <= budget


def test_more_time_buys_more_data() -> None:
    short, long = (plan("cosine", minutes=minutes, factor=2).shards for minutes in (0.5, 3.0))
    assert long[-1].m > short[-1].m


def test_an_epoch_of_larger_batches_is_priced_as_one_of_smaller_ones() -> None:
    """Beyond the batches that were measured a step costs in proportion, and all that is searched are measured."""
    ready = prepared("cosine")
    terms = Terms(ready, Ledger(speed=1000.0, prices=PRICES))
    training = replace(ready.preset.training, evaluate_growth=1000.0)
    trials = [
        terms.trial(Candidate(4, replace(training, batch_size=rows)), "mlp", 1024, 0, 0)
        for rows in (8, 32, 128)
    ]
    prices = [terms.costs.expected(trial) for trial in trials]
    assert max(prices) < 1.2 * min(prices)


def test_batches_that_are_searched_are_measured() -> None:
    ready = prepared("cosine")
    searched = Search(grid={"batch_size": [16, 64, 256]})
    ready = dataclasses.replace(ready, preset=replace(ready.preset, search=searched))
    asked: list[Trial] = []

    class Asked:
        def ask(self, question: Any, trials: Sequence[Trial]) -> list[None]:
            asked.extend(trials)
            return [None] * len(trials)

    calibrate(ready, Asked())  # type: ignore[arg-type]
    assert {trial.training.batch_size for trial in asked} == {16, 256}


def test_a_size_beyond_the_measured_ones_costs_as_the_last_two_say() -> None:
    """Small networks are held up by overheads that large ones do not have: 4 to 8 tells little about 32."""
    prices = tuple(
        Price(model="mlp", size=size, m=64, units=32.0, step=step, evaluation=1.0, final=1.0)
        for size, step in ((4, 10.0), (8, 12.0), (16, 48.0))
    )
    tariff = Tariff(Ledger(speed=1.0, prices=prices))
    trial = Trial(
        domain="toy", options={}, dataset="", fingerprint="", model="mlp", size=32, m=64, data_seed=0, seed=0,
        training=Training(),
    )  # fmt: skip
    steps = {size: tariff.priced(replace(trial, size=size), 32.0, 1.0, 0.0) for size in (4, 8, 16, 32)}
    assert steps == pytest.approx({4: 10.0, 8: 12.0, 16: 48.0, 32: 192.0})
    assert 10.0 < tariff.priced(replace(trial, size=6), 32.0, 1.0, 0.0) < 12.0


def test_more_gpus_take_fewer_hours_and_no_fewer_gpu_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a speed that is given: twice as fast, half as long; and no hour is promised that the search must wait for."""
    here = Cost(model="mlp", size=4, parameters=41, units=32.0, flops=1.0, seconds=1.0, evaluation=64.0)
    monkeypatch.setattr("steepness.study.calibrate.measure", lambda learner: here)
    one, four, many = (plan_on_gpus(prepared("cosine"), n, teraflops=1e-12) for n in (1, 4, 1000))
    assert one.minutes > four.minutes >= many.minutes
    assert one.gpu_hours == pytest.approx(one.minutes / 60)
    assert four.gpu_hours == pytest.approx(4 * four.minutes / 60)
    assert one.gpu_hours <= four.gpu_hours <= many.gpu_hours
    longest = max(shard.seconds / shard.trials for shard in many.shards)
    assert 60 * many.minutes >= longest
    fast = plan_on_gpus(prepared("cosine"), 4, teraflops=2e-12)
    assert fast.minutes == pytest.approx(four.minutes / 2)
    assert "on 4 GPUs, one trial at a time on each, about" in four.in_words()
    assert "GPU-hours" in four.in_words()


def test_one_size_on_one_shard_is_planned_for_gpus_too() -> None:
    ready = prepared("cosine")
    preset = replace(ready.preset, shards=Shards(start=64, count=1), sizes={"mlp": [4]})
    found = plan_on_gpus(dataclasses.replace(ready, preset=preset), 1, teraflops=1e-6)
    assert [(shard.m, shard.sizes) for shard in found.shards] == [(64, (4, 4))]


def test_the_speed_of_a_gpu_that_is_not_here_has_to_be_said() -> None:
    with pytest.raises(ValueError, match="--teraflops"):
        plan_on_gpus(prepared("cosine"), 4)


def test_a_gpu_is_planned_for_by_as_much_of_a_batch_as_a_cpu_counts_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A large image model's whole batch takes minutes; one row of it costs a unit as much."""
    whole = counted(prepared("cosine"), 1.0)
    monkeypatch.setattr("steepness.study.calibrate.COUNT_SECONDS", -1.0)
    one_row = counted(prepared("cosine"), 1.0)
    assert [price.step for price in one_row.prices] == pytest.approx([price.step for price in whole.prices])
    assert all(price.evaluation > 0 for price in whole.prices)
