"""What a plan expects of trials, before anything runs."""

from __future__ import annotations

import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.study.plan import Plan, make_plan
from steepness.study.prepare import Prepared, Request
from steepness.study.presets import Preset, Search, Shards
from steepness.training.trial import Training
from tests.conftest import TOY
from tests.toy import Toy


def plan(schedule: str, min_steps: int = 0) -> Plan:
    """Of three shards of the toy, 64 to 1,024 rows."""
    preset = Preset(
        dataset="synthetic",
        models=["mlp"],
        shards=Shards(start=64, count=3, factor=4),
        sizes={"mlp": [4, 8]},
        search=Search(trials=2, usual_epochs=3),
        training=Training(schedule=schedule, batch_size=32, max_epochs=10, min_steps=min_steps),  # type: ignore[arg-type]
    )
    domain, device = Toy(), torch.device("cpu")
    data = domain.load("synthetic", Cache.default())
    return make_plan(Prepared(Request(TOY), preset, domain, data, device, ("cpu", "cpu")))


@pytest.mark.parametrize(("schedule", "epochs"), [("cosine", 10), ("one_cycle", 10), ("stale", 3)])
def test_schedules_that_run_their_course_take_all_their_epochs(schedule: str, epochs: float) -> None:
    assert [shard.epochs for shard in plan(schedule).shards] == pytest.approx([epochs] * 3)


def test_small_shards_take_the_least_steps() -> None:
    found = plan("cosine", min_steps=200)
    assert [shard.epochs for shard in found.shards] == pytest.approx([100, 25, 10])
    trials = found.shards[0].trials
    assert [shard.units for shard in found.shards] == pytest.approx([trials * n for n in (6400, 6400, 10240)])
    assert "x 100 epochs x 64 =" in found.in_words()
