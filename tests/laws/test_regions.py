from __future__ import annotations

import re
import tracemalloc

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


def test_what_is_early_or_late_is_so_beside_the_law_that_is_quoted() -> None:
    said = []
    for seed in range(20):
        m, law = simulated(noise=0.04, m=M[:9], seed=seed)
        found = fit(m, np.minimum(law, law[3] * (1 - 0.05 * np.arange(9))))
        begins = m[found.regions.index("power_law")]
        for when, text in re.findall(r"as (early|late) as m = ([\d,]+)", found.reason):
            other = float(text.replace(",", ""))
            assert other < begins if when == "early" else other > begins
            said.append(when)
    assert set(said) == {"early", "late"}


def test_points_at_chance_are_small_data() -> None:
    m, law = simulated(noise=0.0, m=M[:7])
    error = np.minimum(law, law[2])
    found = fit(m, error, chance=float(law[2]))
    assert found.regions == ("small_data",) * 3 + ("power_law",) * 4
    assert found.boundary is not None


def test_few_shards_have_no_regions_to_find() -> None:
    assert fit([1, 2, 4, 8], [0.9, 0.9, 0.7, 0.5]).regions == ("power_law",) * 4


@pytest.mark.parametrize(("points", "beta"), [(12, -0.3), (500, -0.25)])
def test_evenly_spaced_m_show_no_small_data(points: int, beta: float) -> None:
    for seed in range(5):
        m, error = simulated(beta_g=beta, noise=0.005, m=np.linspace(1e3, 1e6, points), seed=seed)
        found = fit(m, error)
        assert "small_data" not in found.regions
        assert found.of("power", "power_law").beta_g.half_width < 0.01


@pytest.mark.parametrize("labelled", [False, True])
def test_many_quiet_seeds_show_no_small_data(labelled: bool) -> None:
    false = 0
    for draw in range(40):
        rng = np.random.default_rng(draw)
        m, law = simulated(beta_g=-rng.uniform(0.1, 0.6), noise=0.0)
        error = np.repeat(law, 5) * np.exp(0.002 * rng.standard_normal(50))
        seeds = np.tile(np.arange(5), 10) if labelled else None
        false += fit(np.repeat(m, 5), error, seeds=seeds).regions[0] == "small_data"
    assert false <= 3


def test_shards_that_scatter_by_themselves_bend_nothing_and_begin_no_region() -> None:
    bent, regions = 0, 0
    for draw in range(40):
        rng = np.random.default_rng(draw)
        m, error = simulated(noise=0.02, seed=draw)
        found = fit(np.repeat(m, 20), np.repeat(error, 20) * np.exp(0.02 * rng.standard_normal(200)))
        bent += any("bend" in w for w in found.warnings)
        regions += set(found.regions) != {"power_law"}
    assert bent <= 4
    assert regions <= 3


def test_seeds_tell_a_plateau_before_five_shards() -> None:
    seen = 0
    for draw in range(40):
        rng = np.random.default_rng(draw)
        m, law = simulated(noise=0.0, m=M[:7])
        error = np.repeat(np.minimum(law, law[2]), 3) * np.exp(0.01 * rng.standard_normal(21))
        seen += fit(np.repeat(m, 3), error).regions[:2] == ("small_data",) * 2
    assert seen >= 34


def test_a_dense_curve_keeps_its_plateau() -> None:
    m, law = simulated(noise=0.01, m=np.geomspace(100, 1e6, 1000))
    found = fit(m, np.minimum(law, law[300]))
    assert found.regions[:280] == ("small_data",) * 280
    assert len(found.regions) == 1000
    assert -0.3 in found.beta_g


def test_memory_grows_with_the_rows_alone() -> None:
    m, error = simulated(m=np.geomspace(1e3, 1e6, 50_000))
    tracemalloc.start()
    try:
        found = fit(m, error)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50e6
    assert found.beta_g.value == pytest.approx(-0.3, abs=1e-3)
    assert found.recommended.n_shards == 50_000


def test_a_plateau_that_noise_hides_is_allowed_for() -> None:
    held = 0
    for draw in range(40):
        rng = np.random.default_rng(draw)
        beta = -rng.uniform(0.1, 0.5)
        m = 100 * 2.0 ** np.arange(11)
        law = 0.3 * (m / m[-1]) ** beta + 0.7
        found = fit(m, np.minimum(law, law[3]) * np.exp(0.05 * rng.standard_normal(11)))
        held += beta in found.beta_g
    assert held >= 34
