from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import same_steepness
from tests.laws.curves import simulated


def test_equal_exponents_are_told_apart_from_shifted_curves() -> None:
    m, error = simulated(seed=1)
    found = same_steepness((m, error), (m, 1.3 * simulated(seed=2)[1]))
    assert 0 in found.steepness_difference
    assert found.p_value > 0.05
    assert 30 in found.shift_percent
    assert found.crossing.value is None
    assert found.crossing.reason is not None


def test_different_exponents_cross_where_the_laws_meet() -> None:
    m, shallow = simulated(beta_g=-0.25, seed=1)
    steep = simulated(beta_g=-0.4, seed=2)[1] * 1.1
    found = same_steepness((m, shallow), (m, steep))
    assert -0.15 in found.steepness_difference
    assert found.p_value < 0.001
    assert found.crossing.value is not None
    assert m[-1] * 1.1 ** (1 / 0.15) in found.crossing.value
    assert found.form == "power"


def test_a_constant_too_small_to_see_is_no_difference() -> None:
    differ = 0
    for seed in range(60):
        m, error = simulated(noise=0.02, seed=seed)
        floor = np.exp(0.02 * np.random.default_rng(seed + 100).standard_normal(len(m)))
        differ += (
            0
            not in same_steepness(
                (m, error), (m, (simulated(noise=0.0)[1] + 0.02) * floor)
            ).steepness_difference
        )
    assert differ <= 6


def test_swapping_the_curves_swaps_the_signs() -> None:
    a, b = simulated(seed=1), simulated(beta_g=-0.4, gamma=0.2, seed=2)
    one, other = same_steepness(a, b), same_steepness(b, a)
    assert one.steepness_difference.value == pytest.approx(-other.steepness_difference.value)
    assert one.steepness_difference.low == pytest.approx(-other.steepness_difference.high)
    assert one.p_value == pytest.approx(other.p_value)


def test_seeds_are_taken_along() -> None:
    m, error = simulated(noise=0.03)
    more = same_steepness(
        (list(m) * 2, [*error, *simulated(noise=0.03, seed=5)[1]], [0] * 10 + [1] * 10), (m, error)
    )
    alone = same_steepness((m, error), (m, error))
    assert more.steepness_difference.half_width < alone.steepness_difference.half_width
