from __future__ import annotations

from collections.abc import Callable

import pytest

from steepness.nightly.runs import Plan
from tests.conftest import TOY

PRESET = """
dataset = "synthetic"
models = ["mlp"]
seeds = 3
[shards]
start = 128
count = 3
[sizes]
mlp = [8]
[search]
trials = 1
[training]
optimizer = "adam"
schedule = "cosine"
learning_rate = 0.03
batch_size = 16
max_epochs = 8
min_steps = 100
evaluate_first = 50
"""


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Plan]:
    """Plans of nights of the made-up domain; baselines are shared, every plan has results of its own."""
    folder = tmp_path_factory.mktemp("nightly")
    preset = folder / "quick.toml"
    preset.write_text(PRESET)

    def plan(*domains: str, **how: object) -> Plan:
        results = tmp_path_factory.mktemp("nights")
        chosen = {"baselines": folder / "baselines", "results": results, "preset": str(preset)} | how
        return Plan(domains or (TOY,), device="cpu", workers=2, offline=True, **chosen)  # type: ignore[arg-type]

    return plan
