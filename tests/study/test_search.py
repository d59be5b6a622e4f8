from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from steepness.study.prepare import Request, prepare
from steepness.study.search import Search
from steepness.training.trial import Machine, Record, Trial
from tests.conftest import TOY

MACHINE = Machine(device="cpu", processor="", threads=1, platform="", python="", versions={}, commit="")


def outcome(trial: Trial) -> Record:
    """A made-up landscape: the best size grows as the square root of m, the best rate is 0.03."""
    ideal = (trial.m / 2) ** 0.5
    error = 1.0 + abs(trial.size - ideal) / ideal + abs(trial.training.learning_rate - 0.03)
    return Record(
        id=trial.id, trial=trial, status="done", validation={"squared_error": error}, machine=MACHINE
    )


def search(preset: Path, *settings: str) -> Search:
    return Search(prepare(Request(TOY, str(preset), settings, device="cpu")))


def complete(plan: Search, order: int = 1) -> dict[str, Record]:
    records: dict[str, Record] = {}
    while due := plan.due(records):
        trial = due[::order][0]
        records[trial.id] = outcome(trial)
    return records


def test_the_same_trials_in_whatever_order_records_come_in(preset: Path) -> None:
    plan = search(preset)
    assert complete(plan).keys() == complete(plan, order=-1).keys()


def test_every_shard_has_its_sample_and_the_best_of_it_all_seeds(preset: Path) -> None:
    plan = search(preset, "seeds=3", "search.trials=4")
    records = complete(plan)
    assert len(records) == 4 * (4 + 2) == 4 * plan.preset.trials_per_shard(4)
    for m in plan.preset.shard_sizes():
        here = [r for r in records.values() if r.trial.m == m]
        best = min(here, key=lambda r: r.error("squared_error")).trial
        seeds = {r.trial.seed for r in here if (r.trial.size, r.trial.training) == (best.size, best.training)}
        assert seeds == {0, 1, 2}


def test_sizes_follow_the_size_law(preset: Path) -> None:
    records = complete(search(preset, "shards.count=6", "search.trials=6", "search.window=3"))
    best: dict[int, Any] = {}
    for record in records.values():
        m = record.trial.m
        if m not in best or record.error("squared_error") < best[m].error("squared_error"):
            best[m] = record
    assert [best[m].trial.size for m in sorted(best)] == [4, 4, 8, 8, 16, 16]


def test_a_shard_where_all_diverged_does_not_stop_the_study(preset: Path) -> None:
    plan = search(preset)
    records: dict[str, Record] = {}
    while due := plan.due(records):
        status: Any = "diverged" if due[0].m == 64 else "done"
        record = outcome(due[0])
        records[record.id] = Record(
            id=record.id, trial=record.trial, status=status, validation=record.validation, machine=MACHINE
        )
    assert {r.trial.m for r in records.values()} == {32, 64, 128, 256}
    assert {r.trial.seed for r in records.values() if r.trial.m == 64} == {0}


@pytest.mark.parametrize("settings", [("data_seeds=2",), ("models=['mlp', 'tests.toy:Network']",)])
def test_chains_are_independent(preset: Path, settings: tuple[str, ...]) -> None:
    assert len(complete(search(preset, *settings))) == 2 * len(complete(search(preset)))


def test_every_seed_can_search_for_itself(preset: Path) -> None:
    plan = search(preset, "search.every_seed=true", "seeds=3", "first_seed=5")
    records = complete(plan)
    assert len(records) == 4 * plan.preset.trials_per_shard(4) == 3 * len(complete(search(preset, "seeds=1")))
    assert {r.trial.seed for r in records.values()} == {5, 6, 7}


def test_first_seed_names_another_set_of_seeds(preset: Path) -> None:
    records = complete(search(preset, "first_seed=2"))
    assert {r.trial.seed for r in records.values()} == {2, 3}
    assert records.keys().isdisjoint(complete(search(preset)))
