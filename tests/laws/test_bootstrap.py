from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from steepness.laws import bootstrap, fit
from tests.laws.curves import simulated


def test_replicates_scatter_around_the_fit() -> None:
    m, error = simulated(gamma=0.1, noise=0.01, m=np.geomspace(100, 1e5, 60))
    found = bootstrap(m, error)
    low, middle, high = np.quantile(found.beta_g, [0.025, 0.5, 0.975])
    exact = fit(m, error).of("power_constant", "all")
    assert low < exact.beta_g.value < high
    assert middle == pytest.approx(exact.beta_g.value, rel=0.03)
    assert (high - low) / 2 == pytest.approx(exact.beta_g.half_width, rel=0.4)
    np.testing.assert_allclose(np.median(found.predict(m), axis=0), exact.predict(m), rtol=0.01)


def test_the_same_seed_gives_the_same_replicates() -> None:
    one, other = bootstrap(*simulated(), seed=3), bootstrap(*simulated(), seed=3)
    np.testing.assert_array_equal(one.beta_g, other.beta_g)


def test_whole_seeds_are_resampled() -> None:
    m, error = simulated(noise=0.0)
    runs = np.concatenate([error, 1.5 * error])
    found = bootstrap(np.tile(m, 2), runs, seeds=np.repeat([0, 1], len(m)))
    np.testing.assert_allclose(found.beta_g, -0.3, atol=0.015)  # half a step of the exponent grid
    assert len(np.unique(found.alpha.round(3))) == 3  # only the first, both, only the second


def test_seeds_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match="label every point"):
        bootstrap(*simulated(), seeds=[1, 2])


def test_bootstrap_needs_replicates() -> None:
    with pytest.raises(ValueError, match="replicates is 0"):
        bootstrap([1, 2, 4], [0.9, 0.8, 0.7], replicates=0)


def test_memory_does_not_grow_with_rows_times_replicates() -> None:
    m, error = simulated(gamma=0.1, m=np.geomspace(100, 1e5, 20_000))
    tracemalloc.start()
    try:
        found = bootstrap(m, error, replicates=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12e6
    assert np.median(found.beta_g) == pytest.approx(-0.3, abs=0.01)
