from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.synthetic import MakeStudy

for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

TOY = "tests.toy:Toy"
PRESET = """
dataset = "synthetic"
models = ["mlp"]
seeds = 2
[shards]
start = 32
count = 4
[search]
trials = 2
[search.grid]
learning_rate = [0.01, 0.03]
[training]
batch_size = 16
max_epochs = 8
evaluate_first = 5
evaluate_growth = 1.5
"""


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    """A preset of the made-up domain: 4 shards, 12 trials, a second or two."""
    path = tmp_path / "mini.toml"
    path.write_text(PRESET)
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    gpu = [item for item in items if item.get_closest_marker("gpu")]
    if not gpu:
        return
    import torch

    if not torch.cuda.is_available():
        for item in gpu:
            item.add_marker(pytest.mark.skip(reason="no CUDA device on this machine"))


@pytest.fixture
def make_study(tmp_path: Path) -> MakeStudy:
    """Builds a study below the test's own folder; takes the settings of `synthetic`."""
    from tests.synthetic import synthetic  # only now: the variables above come before torch

    return lambda **settings: synthetic(tmp_path / "made-up", **settings)
