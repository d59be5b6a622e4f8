"""Observations whose spread is known, without any training."""

from __future__ import annotations

import numpy as np

from steepness.nightly.baseline import Baseline
from steepness.nightly.observation import Observation, record_fields
from steepness.training.trial import Machine

MACHINE = Machine(device="cpu", processor="P", threads=1, platform="", python="", versions={}, commit="abc")
SHARDS = (100, 200, 400)


def observation(
    rng: np.random.Generator, seeds: int, sessions: int, error: float = 1.0, rate: float = 1.0
) -> Observation:
    """Runs along a power law, 0.5 % seed noise, 2 % between sessions; `error` and `rate` multiply."""
    runs = {m: (error * m**-0.1 * np.exp(0.005 * rng.standard_normal(seeds))).tolist() for m in SHARDS}
    return Observation(
        domain="made_up",
        preset_name="nightly",
        settings={"training.batch_size": 16},
        fingerprint="f",
        metric="error",
        seeds=list(range(seeds)),
        runs={"model/error": runs},
        rates={"model": (rate * np.exp(0.02 * rng.standard_normal(sessions))).tolist()},
        memory={"model": [1000] * sessions},
        fields=record_fields([]),
        seconds=1.0,
        machine=MACHINE,
    )


def baseline(rng: np.random.Generator, seeds: int = 20, sessions: int = 8) -> Baseline:
    """A baseline of such observations."""
    return Baseline(
        machine_class="p-2-cores",
        created="",
        command="",
        steps={"model": 9},
        observation=observation(rng, seeds, sessions),
    )
