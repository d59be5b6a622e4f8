from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from steepness.nightly import night, runs, throughput
from steepness.nightly.runs import Plan
from tests.conftest import TOY

PRESET = """
dataset = "synthetic"
models = ["mlp"]
seeds = 2
data_seeds = 1
[shards]
start = 128
count = 2
[sizes]
mlp = [8]
[search]
trials = 1
[training]
schedule = "cosine"
learning_rate = 0.03
max_epochs = 8
min_steps = 60
evaluate_first = 30
"""
Planned = Callable[..., Plan]


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    """Plans of nights of the made-up domain, with few and short throughput sessions; every plan has its own results,
    all share a folder of baselines, which starts empty."""
    folder = tmp_path_factory.mktemp("nightly")
    (folder / "quick.toml").write_text(PRESET)

    def plan(*domains: str, **how: object) -> Plan:
        results = tmp_path_factory.mktemp("nights")
        chosen = {"baselines": folder / "baselines", "results": results, "preset": str(folder / "quick.toml")}
        return Plan(domains=domains or (TOY,), device="cpu", offline=True, seconds=0.5, **(chosen | how))  # type: ignore[arg-type]

    def session(job: throughput.Job) -> throughput.Session:
        """In this process, to save the start of another; so its memory is not the session's."""
        return replace(throughput.measure(job), memory=1000)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "run_session", session)
        patch.setattr(night, "SESSIONS", 6)
        patch.setattr(night, "NIGHT_SESSIONS", 1)
        yield plan


@pytest.fixture(scope="session")
def with_baseline(planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> Planned:
    """The same, once a baseline is there."""
    night.make_baseline(planned(), TOY, tmp_path_factory.mktemp("scratch"))
    return planned
