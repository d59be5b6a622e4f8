"""Simulated and stored runs for the joint law's tests."""

from pathlib import Path

import numpy as np

from steepness.laws import joint_law
from steepness.laws.forms import Floats

HERE = Path(__file__).parent
PUBLIC = Path(__file__).parents[3] / "benchmarks" / "laws" / "runs"
TRUTH = {"E": 1.69, "A": 406.4, "a": 0.34, "B": 410.7, "b": 0.28}  # Hoffmann et al. 2022
GRID_TRUTH = {"E": 1.7, "A": 400.0, "a": 0.34, "B": 410.0, "b": 0.28}


def read(path: Path) -> dict[str, Floats]:
    """A table's columns by name."""
    table = np.genfromtxt(path, delimiter=",", names=True)
    return {name: table[name] for name in table.dtype.names}


def many(noise: float = 0.003, seed: int = 0, n: int = 245) -> tuple[Floats, Floats, Floats]:
    """Runs scattered over N and D, heavy-tailed noise."""
    rng = np.random.default_rng(seed)
    params, data = 10 ** rng.uniform(7.5, 10.2, n), 10 ** rng.uniform(8.5, 11.5, n)
    return params, data, joint_law(params, data, **TRUTH) * np.exp(noise * rng.standard_t(4, n))


def grid(noise: float, seed: int) -> tuple[Floats, Floats, Floats]:
    """20 runs, 4 sizes by 5 amounts of data."""
    params, data = (x.ravel() for x in np.meshgrid([2e7, 8e7, 3e8, 1e9], [1e9, 4e9, 1.6e10, 6.4e10, 2.5e11]))
    rng = np.random.default_rng(seed)
    return params, data, joint_law(params, data, **GRID_TRUTH) * np.exp(noise * rng.standard_normal(20))


def best_params(flops: float, truth: dict[str, float]) -> float:
    """The true optimum (Hoffmann et al. 2022, eq. 4)."""
    a, b = truth["a"], truth["b"]
    return (a * truth["A"] / (b * truth["B"]) * (flops / 6) ** b) ** (1 / (a + b))
