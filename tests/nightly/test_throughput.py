from __future__ import annotations

from pathlib import Path

from steepness.nightly.throughput import Job, run_session
from steepness.training.trial import Training, Trial
from tests.conftest import TOY


def test_a_session_measures_speed_and_the_memory_of_its_own_process(tmp_path: Path) -> None:
    ballast = bytearray(2**30)
    trial = Trial(
        domain="toy", options={}, dataset="synthetic", fingerprint="", model="mlp", size=8, m=256,
        data_seed=0,
        seed=0, training=Training(),
    )  # fmt: skip
    found = run_session(Job(domain=TOY, trial=trial, device="cpu", cache=tmp_path, steps=20, seconds=0.2))
    assert found.steps == 20
    assert found.rate > 0
    assert 50 * 2**20 < found.memory < 2**30 <= len(ballast)
