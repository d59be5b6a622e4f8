"""Speed of the laws on one core: `pytest benchmarks/laws`, single-threaded (OMP_NUM_THREADS=1)."""

from __future__ import annotations

import numpy as np
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.laws.peers import huber_36, lmfit_model, ours, scipy_curve_fit
from steepness.laws import bootstrap, fit, fit_joint, joint_law
from steepness.laws.forms import Floats


def curve(n: int) -> tuple[Floats, Floats]:
    """A noisy power law with a constant."""
    m = np.geomspace(1e3, 1e6, n)
    error = 0.2 * (m / m[-1]) ** -0.3 + 0.1
    return m, error * np.exp(0.01 * np.random.default_rng(0).standard_normal(n))


@pytest.mark.parametrize("n", [9, 70])
def test_fit(benchmark: BenchmarkFixture, n: int) -> None:
    """Both forms, both ranges, regions and intervals: at most 1 ms."""
    benchmark(fit, *curve(n))


def test_fit_with_the_covariance(benchmark: BenchmarkFixture) -> None:
    """Nine shards of two seeds that share a permutation: at most 3 ms."""
    m, error = (np.repeat(column, 2) for column in curve(9))
    noise = np.exp(0.01 * np.random.default_rng(1).standard_normal(len(m)))
    benchmark(fit, m, error * noise, seeds=np.tile([0, 1], 9), permutations=np.zeros(18))


def test_fit_a_million_rows(benchmark: BenchmarkFixture) -> None:
    """Under 5 s and 500 MB."""
    m = np.random.default_rng(0).uniform(1e3, 1e6, 10**6)
    error = m**-0.3 * np.exp(0.01 * np.random.default_rng(1).standard_normal(len(m)))
    benchmark.pedantic(fit, (m, error), rounds=3)


def test_fit_with_a_small_data_region(benchmark: BenchmarkFixture) -> None:
    """Twelve shards of three seeds, the first ones on a plateau, so both ranges are fitted: at most 2 ms."""
    m, error = (np.repeat(column, 3) for column in curve(12))
    noise = np.exp(0.01 * np.random.default_rng(1).standard_normal(len(m)))
    found = benchmark(fit, m, np.minimum(error, error[9]) * noise, seeds=np.tile(np.arange(3), 12))
    assert found.regions[0] == "small_data"


def test_bootstrap(benchmark: BenchmarkFixture) -> None:
    """1,000 refits of 70 points: at most 60 ms."""
    benchmark(bootstrap, *curve(70))


def test_joint_law(benchmark: BenchmarkFixture) -> None:
    """245 runs: under 0.1 s, and as much again for the intervals of all five parameters."""
    rng = np.random.default_rng(0)
    params, data = 10 ** rng.uniform(7.5, 10.2, 245), 10 ** rng.uniform(8.5, 11.5, 245)
    error = joint_law(params, data, 1.69, 406.4, 0.34, 410.7, 0.28) * np.exp(0.003 * rng.standard_normal(245))
    benchmark(fit_joint, params, data, error)


@pytest.mark.parametrize("peer", [ours, scipy_curve_fit, lmfit_model, huber_36], ids=lambda f: f.__name__)
def test_forecast(benchmark: BenchmarkFixture, peer: object) -> None:
    """A forecast at 8 times the data, ours and the peers'."""
    m, error = curve(30)
    benchmark(peer, m, error, 8 * m[-1:])
