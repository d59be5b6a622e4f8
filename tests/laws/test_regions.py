from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import fit
from tests.laws.curves import simulated

M = 2.0 ** np.arange(6, 18)


@pytest.mark.parametrize("gamma", [0.0, 0.2])
def test_a_plateau_is_small_data_and_leaves_the_exponent_alone(gamma: float) -> None:
    m, law = simulated(gamma=gamma, noise=0.005, m=M)
    error = np.minimum(law, law[4])
    found = fit(m, error)
    assert found.regions[:4] == ("small_data",) * 4
    assert "small_data" not in found.regions[5:]
    assert found.boundary is not None
    assert found.boundary.low <= m[4]
    assert found.boundary.high >= m[4]
    assert -0.3 in found.beta_g
    assert abs(found.of("power", "all").beta_g.value) < abs(found.beta_g.value)


def test_a_flat_end_is_irreducible() -> None:
    m, law = simulated(beta_g=-0.5, noise=0.003, m=M)
    found = fit(m, np.maximum(law, law[7]))
    assert found.regions[-3:] == ("irreducible",) * 3
    assert found.regions[0] == "power_law"
    assert found.of("power", "power_law").beta_g.value == pytest.approx(-0.5, abs=0.02)


@pytest.mark.parametrize("seed", range(10))
def test_a_straight_line_is_one_region(seed: int) -> None:
    assert set(fit(*simulated(noise=0.02, seed=seed)).regions) == {"power_law"}


def test_points_at_chance_are_small_data() -> None:
    m, law = simulated(noise=0.0, m=M[:7])
    error = np.minimum(law, law[2])
    found = fit(m, error, chance=float(law[2]))
    assert found.regions == ("small_data",) * 3 + ("power_law",) * 4
    assert found.boundary is not None


def test_few_shards_have_no_regions_to_find() -> None:
    assert fit([1, 2, 4, 8], [0.9, 0.9, 0.7, 0.5]).regions == ("power_law",) * 4
