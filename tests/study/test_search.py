"""What a study asks for, on a made-up landscape: which trials, in what order they may come, what a budget buys."""

from __future__ import annotations

import math
import time
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import pytest

from steepness.study.candidates import Candidate, Candidates, Lessons, ranked
from steepness.study.converged import Lengthened
from steepness.study.ledger import Costs
from steepness.study.plan import outcome as expected
from steepness.study.plan import rehearse
from steepness.study.presets import Preset, Shards
from steepness.training.trial import Record, Training, Trial
from tests.study.landscape import MACHINE, METRIC, complete, ledger, outcome, search


def test_the_same_trials_in_whatever_order_records_come_in(preset: Path) -> None:
    found = [complete(search(preset, "search.cull_at=0.2"), seed=seed).keys() for seed in range(5)]
    assert all(ids == found[0] for ids in found)


def test_every_shard_is_explored_and_its_winner_trained_on_all_seeds(preset: Path) -> None:
    records = complete(search(preset, "seeds=3", "search.trials=4"))
    for m in (32, 64, 128, 256):
        here = [r.trial for r in records.values() if r.trial.m == m]
        best = min((t for t in here if t.seed == 0), key=lambda t: outcome(t).error(METRIC))
        seeds = {t.seed for t in here if (t.size, t.training) == (best.size, best.training)}
        assert seeds == {0, 1, 2}
        assert len([t for t in here if t.seed == 0]) == 4


def test_losers_stop_early_and_the_winner_goes_on_to_its_end(preset: Path) -> None:
    plan = search(preset, "search.trials=3", "search.cull_at=0.2", "seeds=1")
    records = complete(plan)
    for m in (32, 64, 128, 256):
        here = [r.trial for r in records.values() if r.trial.m == m]
        probes, whole = (
            [t for t in here if bool(t.training.stop_step) is stopped] for stopped in (True, False)
        )
        assert len(probes) == 3
        assert len(whole) == 1
        assert min(probes, key=lambda t: outcome(t).error(METRIC)).size == whole[0].size


def test_sizes_follow_the_size_law_and_one_that_lost_twice_is_out(preset: Path) -> None:
    records = complete(search(preset, "shards.count=6", "search.trials=4", "search.window=3"))
    shards = sorted({r.trial.m for r in records.values()})
    best = [
        min((r for r in records.values() if r.trial.m == m), key=lambda r: r.error(METRIC)).trial.size
        for m in shards
    ]
    assert best == sorted(best)
    assert best[-1] == 16
    assert min(r.trial.size for r in records.values() if r.trial.m == shards[-1]) >= 8


def test_a_shard_where_all_diverged_does_not_stop_the_study(preset: Path) -> None:
    def diverging(trial: Trial) -> Record:
        record = outcome(trial)
        status: Any = "diverged" if trial.m == 64 else "done"
        return Record(
            id=trial.id, trial=trial, status=status, validation=record.validation, machine=MACHINE, steps=100
        )

    records = complete(search(preset), diverging)
    assert {r.trial.m for r in records.values()} == {32, 64, 128, 256}
    assert {r.trial.seed for r in records.values() if r.trial.m == 64} == {0}


@pytest.mark.parametrize("settings", [("data_seeds=2",), ("models=['mlp', 'tests.toy:Network']",)])
def test_chains_are_independent(preset: Path, settings: tuple[str, ...]) -> None:
    one = complete(search(preset, "data_seeds=1"))
    assert len(complete(search(preset, "data_seeds=1", *settings))) == 2 * len(one)


def test_every_seed_has_a_permutation_of_its_own_unless_it_is_shared(preset: Path) -> None:
    for settings, shared in (((), False), (("data_seeds=1",), True)):
        trials = [r.trial for r in complete(search(preset, *settings)).values()]
        assert all(t.data_seed == (0 if shared else t.seed) for t in trials)


def test_every_seed_can_search_for_itself(preset: Path) -> None:
    records = complete(search(preset, "search.every_seed=true", "seeds=3", "first_seed=5"))
    assert len(records) == 3 * len(complete(search(preset, "seeds=1")))
    assert {r.trial.seed for r in records.values()} == {5, 6, 7}


def test_first_seed_names_another_set_of_seeds(preset: Path) -> None:
    records = complete(search(preset, "first_seed=2"))
    assert {r.trial.seed for r in records.values()} == {2, 3}
    assert records.keys().isdisjoint(complete(search(preset)))


def test_a_budget_is_spent_and_not_overspent(preset: Path) -> None:
    for flops in (20_000.0, 200_000.0, 2_000_000.0):
        plan = search(preset, "search.cull_at=0.3", spending=ledger(flops))
        assert plan.terms.costs
        costs: Costs = plan.terms.costs
        records = complete(plan, partial(expected, costs=costs))
        chain = plan.chains[0]
        spent = chain.spent(r.trial for r in records.values())
        assert 0.8 * flops <= spent <= 1.1 * flops or max(r.trial.m for r in records.values()) == 4096


def test_a_larger_budget_goes_on_from_what_the_smaller_one_trained(preset: Path) -> None:
    small = complete(search(preset, "search.cull_at=0.3", spending=ledger(20_000.0)))
    grown = complete(search(preset, "search.cull_at=0.3", spending=ledger(20_000.0, 200_000.0)), start=small)
    afresh = complete(search(preset, "search.cull_at=0.3", spending=ledger(20_000.0, 200_000.0)), seed=3)
    assert small.keys() < grown.keys() == afresh.keys()
    assert max(r.trial.m for r in grown.values()) > max(r.trial.m for r in small.values())


@pytest.mark.parametrize("flops", [98_000.0, 101_000.0, 104_000.0, 107_000.0])
def test_no_shard_is_begun_that_would_leave_nothing_to_show_that_winners_are_trained_out(
    preset: Path, flops: float
) -> None:
    plan = search(preset, "search.cull_at=0.3", "training.schedule=cosine", spending=ledger(flops))
    costs: Costs = plan.terms.costs

    def dear(trial: Trial) -> Record:
        """A quarter more than it was priced at, and at its best at its end."""
        record = expected(trial, costs=costs)
        steps = round(1.25 * record.steps)
        return msgspec.structs.replace(
            record, steps=steps, best_step=steps, flagged=not trial.training.stop_step
        )

    records = list(complete(plan, dear).values())
    shortest = min(r.trial.training.max_epochs for r in records)
    whole = [r for r in records if not r.trial.training.stop_step and r.trial.training.max_epochs == shortest]
    assert len({r.trial.m for r in whole}) >= 7
    assert all(Lengthened(records, METRIC).trained_out(r) for r in whole if r.trial.seed == 0)


@pytest.mark.parametrize("flops", [100_000.0, 200_000.0, 400_000.0, 800_000.0])
def test_two_workers_are_kept_busy_to_the_end_of_a_budget(preset: Path, flops: float) -> None:
    plan = search(preset, "search.cull_at=0.3", "training.schedule=cosine", spending=ledger(flops))
    assert rehearse(plan, 2, {}).busy > 0.9


def test_with_a_budget_ladder_and_grid_open_where_the_best_lies_at_their_edge(preset: Path) -> None:
    records = complete(search(preset, "search.cull_at=0.3", "sizes={mlp=[2,3]}", spending=ledger(300_000.0)))
    assert max(r.trial.size for r in records.values()) > 8


def test_the_next_shard_is_explored_before_a_winner_is_repeated_which_only_the_one_after_waits_for(
    preset: Path,
) -> None:
    plan = search(preset, "seeds=3", "search.trials=4")
    records: dict[str, Record] = {}
    while not (repeats := [t for t in plan.due(records) if t.seed]):
        records[plan.due(records)[0].id] = outcome(plan.due(records)[0])
    due = plan.due(records)
    assert {t.m for t in repeats} == {32}
    assert [t.seed for t in due] == [0] * 4 + [1, 2]
    assert {t.m for t in due[:4]} == {64}
    assert [t.size for t in due[:4]] == sorted((t.size for t in due[:4]), reverse=True), "the longest first"


def test_searches_side_by_side_keep_step_so_that_none_is_left_at_the_end(preset: Path) -> None:
    plan = search(preset, "seeds=3", "search.every_seed=true", "search.cull_at=0.3")
    records: dict[str, Record] = {}
    first = plan.due(records)
    for trial in first[:-1]:
        records[trial.id] = outcome(trial)
    due = plan.due(records)
    assert due[0] == first[-1], "what is still compared, before winners are trained to their end"
    assert [t.m for t in due[1:]] == [32, 32] + [64] * (len(due) - 3)
    assert [bool(t.training.stop_step) for t in due[1:3]] == [False, False]


def test_a_decision_costs_the_same_at_a_thousand_records_as_at_ten(preset: Path) -> None:
    plan = search(preset, "seeds=250", "search.every_seed=true", "shards.count=2")
    records: dict[str, Record] = {}
    taken = []
    while due := plan.due(records):
        start = time.process_time()
        records[due[0].id] = outcome(due[0])
        plan.due(records)
        taken.append(time.process_time() - start)
    assert len(records) >= 1000
    assert median(taken[-200:]) < 4 * median(taken[:200])


def test_a_few_winners_that_grew_fast_do_not_lead_the_sizes_astray() -> None:
    """96, 144 and 208 on doubled data point to 300: that one is tried, but beside the last winner, not in its place."""
    preset = Preset(
        dataset="made up",
        models=["net"],
        shards=Shards(start=4000, count=4),
        sizes={"net": [64, 96, 144, 208]},
    )
    winners = [(m, Candidate(size, preset.training)) for m, size in ((4000, 96), (8000, 144), (16000, 208))]
    tried = Candidates(preset, [64, 96, 144, 208], open_ended=True).at(3, 32000, Lessons(best=winners))
    assert sorted({candidate.size for candidate in tried}) == [208, 304]
    assert tried[0].size == 208


def test_a_larger_size_is_taken_only_where_it_gains_more_than_seeds_differ_by() -> None:
    """Else the largest affordable size wins every shard by a hair, and the budget goes there."""
    small, middle, large = (Candidate(size, Training()) for size in (8, 16, 32))
    assert ranked({small: 1.009, middle: 1.005, large: 1.0}) == [small, large, middle]
    assert ranked({small: 1.02, middle: 1.005, large: 1.0}) == [middle, large, small]
    assert ranked({small: 1.0, middle: 1.005, large: math.inf}) == [small, middle]
    assert ranked({large: math.inf}) == []


@pytest.mark.parametrize(("tie", "grows"), [(0.0, True), (0.01, False)])
def test_a_preset_says_by_how_much_a_larger_size_must_be_ahead_when_losers_stop(
    preset: Path, tie: float, grows: bool
) -> None:
    """Ahead by a hair then, it is by a fiftieth at its end."""

    def later(trial: Trial) -> Record:
        gain = 0.002 if trial.training.stop_step else 0.02
        record = outcome(trial)
        return msgspec.structs.replace(record, validation={METRIC: 1.0 - gain * math.log2(trial.size)})

    records = complete(
        search(preset, "search.cull_at=0.3", f"search.tie={tie}", "sizes={mlp=[4,8,16]}"), later
    )
    sizes = {r.trial.size for r in records.values() if not r.trial.training.stop_step}
    assert (max(sizes) > min(sizes)) is grows


def test_squeezed_probes_are_of_annealed_schedules_and_paid_for_besides_their_winner(preset: Path) -> None:
    common = ("search.cull_at=0.3", "search.squeeze=true", "sizes={mlp=[4,8,16]}")
    annealed = search(preset, *common, "training.schedule=cosine", spending=ledger())
    records = complete(annealed)
    probes = [r for r in records.values() if r.trial.training.stop_step]
    assert probes
    assert all(r.trial.training.squeezed for r in probes)
    costs = annealed.terms.costs
    assert costs.spent(records.values()) == pytest.approx(sum(map(costs.of, records.values())))
    early = complete(search(preset, *common, "training.schedule=stale"))
    assert not any(r.trial.training.squeezed for r in early.values())


def test_no_schedule_is_squeezed_below_the_shortest_that_the_preset_has(preset: Path) -> None:
    """A quarter of the steps of a small shard tells nobody anything; there, all candidates are trained to their end."""
    common = ("search.cull_at=0.3", "search.squeeze=true", "training.schedule=cosine", "sizes={mlp=[4,8,16]}")
    searched = search(preset, *common, "training.min_steps=20", "training.max_epochs=4")
    records = complete(searched)
    steps = searched.terms.costs.steps
    shards = {r.trial.m for r in records.values()}
    probes = [r.trial for r in records.values() if r.trial.training.stop_step]
    assert all(trial.training.stop_step >= 20 for trial in probes)
    assert {t.m for t in probes} == {m for m in shards if steps(searched.terms.preset.training, m) > 20}
    assert set() < {t.m for t in probes} < shards
