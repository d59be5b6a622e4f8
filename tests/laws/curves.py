"""Simulated curves with a known truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from steepness.laws.forms import Floats

SHARDS = 2.0 ** np.arange(7, 17)


def simulated(
    beta_g: float = -0.3, gamma: float = 0.0, noise: float = 0.01, m: Floats = SHARDS, seed: int = 0
) -> tuple[Floats, Floats]:
    """Shards and errors: a law whose last reducible error is 0.2, times log-normal noise."""
    error = 0.2 * (m / m[-1]) ** beta_g + gamma
    return m, error * np.exp(noise * np.random.default_rng(seed).standard_normal(len(m)))


def columns(name: str) -> list[Floats]:
    """The columns of one of the case files in `cases`."""
    return list(np.loadtxt(Path(__file__).with_name("cases") / name, delimiter=",", skiprows=1).T)
