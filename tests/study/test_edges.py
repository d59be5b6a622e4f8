"""Edges of what a search tried, and what it tries beyond them."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steepness.study.edges import edges
from steepness.training.trial import Record, Trial
from tests.study.landscape import METRIC, complete, ledger, outcome, search


def test_edges_are_where_nothing_was_tried_beyond() -> None:
    tried = [
        (m, {"size": s, "learning_rate": r}) for m in (10, 20) for s, r in ((8, 0.1), (16, 0.2), (32, 0.4))
    ]
    assert edges([(10, {"size": 16, "learning_rate": 0.2})], tried) == {}
    assert edges([(10, {"size": 8, "learning_rate": 0.1})], tried) == {"learning_rate": (10,)}
    assert edges([(20, {"size": 32, "learning_rate": 0.2})], tried) == {"size": (20,)}
    alone = [(10, {"size": 8, "learning_rate": 0.1})]
    assert edges(alone, alone) == {}


def test_one_of_several_optimizers_is_no_edge_and_nothing_lies_below_none() -> None:
    tried = [
        (10, {"optimizer": o, "weight_decay": w}) for o in ("adam", "nesterov", "sgd") for w in (0.0, 0.1)
    ]
    assert edges([(10, {"optimizer": "adam", "weight_decay": 0.1})], tried) == {"weight_decay": (10,)}
    assert edges([(10, {"optimizer": "sgd", "weight_decay": 0.0})], tried) == {}


@pytest.mark.parametrize(
    ("name", "written", "farthest"),
    [
        ("weight_decay", "[0.0, 0.01]", (0.0, 0.01)),
        ("warmup_steps", "[0, 10]", (0, 10)),
        ("momentum", "[0.5, 0.9]", (0.01, 0.9)),
        ("batch_size", "[2, 4]", (1, 64)),
        ("optimizer", '["adam", "sgd"]', ("adam", "sgd")),
    ],
)
@pytest.mark.parametrize("up", [True, False])
def test_any_axis_of_the_grid_is_searched_as_far_as_it_goes(
    preset: Path, name: str, written: str, farthest: tuple[Any, Any], up: bool
) -> None:
    """With the best value at either end of it, and a budget that may go beyond."""

    def best_at_the_end(trial: Trial) -> Record:
        record, value = outcome(trial), getattr(trial.training, name)
        off = math.log1p(value) if isinstance(value, int | float) else value == "sgd"
        return msgspec.structs.replace(
            record, validation={METRIC: record.error(METRIC) * (2 - off / 10 * (1 if up else -1))}
        )

    settings = (f"search.grid={{{name}={written}}}", "search.trials=3", "search.cull_at=0.3")
    records = complete(search(preset, *settings, spending=ledger(60_000.0)), best_at_the_end)
    tried = {getattr(r.trial.training, name) for r in records.values()}
    assert tried >= set(tomllib.loads(f"x = {written}")["x"])
    assert farthest[0] <= min(tried)
    assert max(tried) <= farthest[1]
    for record in records.values():
        assert msgspec.json.decode(msgspec.json.encode(record), type=Record) == record


def test_an_axis_without_values_is_refused(preset: Path) -> None:
    with pytest.raises(ValueError, match=r"search\.grid\.learning_rate is empty; give it a value"):
        search(preset, "search.grid={learning_rate=[]}")
