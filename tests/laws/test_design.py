"""What a design would show, held against what designs do show."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import fit, paired_shift
from steepness.laws.design import Components, cheapest, components, half_width, paired_effects

M = [1000.0 * 2**k for k in range(8)]
COSTS = [(m, m) for m in M]
EVEN, UNEVEN = [2] * 8, [8, 6, 4, 3, 2, 2, 2, 2]


def curve(seeds: list[int], noise: float, shard: float, draw: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(draw)
    off = np.repeat(shard * random.standard_normal(len(M)), seeds)
    m = np.repeat(M, seeds)
    return m, 3 * m**-0.2 * np.exp(off + noise * random.standard_normal(len(m)))


def test_seeds_where_they_are_cheap_narrow_the_exponent_for_little() -> None:
    known = Components(seed=0.02**2, shard=0.0)
    even, uneven = (half_width(M, seeds, known) for seeds in (EVEN, UNEVEN))
    assert uneven / even == pytest.approx(0.59, abs=0.02)
    cost = [sum(n * m for n, m in zip(seeds, M, strict=True)) for seeds in (EVEN, UNEVEN)]
    assert cost[1] / cost[0] == pytest.approx(1.06, abs=0.005)


def test_components_come_back_from_a_curve() -> None:
    found = [components(*curve([6] * 8, 0.02, 0.03, s)) for s in range(200)]
    assert np.mean([f.seed for f in found]) == pytest.approx(0.02**2, rel=0.05)
    assert np.mean([f.shard for f in found]) == pytest.approx(0.03**2, rel=0.15)
    assert np.median([components(*curve([6] * 8, 0.02, 0.0, s)).shard for s in range(200)]) < 0.01**2


@pytest.mark.parametrize("seeds", [EVEN, UNEVEN])
def test_the_half_width_to_expect_is_that_of_a_straight_fit(seeds: list[int]) -> None:
    known, label = Components(seed=0.02**2, shard=0.0), np.concatenate([np.arange(n) for n in seeds])
    found = [
        fit(*curve(seeds, 0.02, 0.0, s), form="power", seeds=label, permutations=label).power_all.beta_g
        for s in range(100)
    ]
    promised = half_width(M, seeds, known)
    assert 0.3 < np.mean([beta.half_width <= promised for beta in found]) < 0.7


def test_the_cheapest_design_reaches_the_target_for_less_than_even_seeds() -> None:
    known = Components(seed=0.02**2, shard=0.0)
    target = half_width(M, [4] * 8, known)
    found = cheapest(M, COSTS, known, target)
    assert found.half_width <= target
    assert found.cost < 0.8 * 4 * sum(M)
    assert list(found.seeds) == sorted(found.seeds, reverse=True)


def test_a_target_that_no_design_reaches_is_said() -> None:
    with pytest.raises(ValueError, match=r"show the exponent to 0\.\d+ at best"):
        cheapest(M, COSTS, Components(seed=0.02**2, shard=0.05**2), 0.001)
    with pytest.raises(ValueError, match="no shard has two seeds"):
        components(M, [m**-0.2 for m in M])


def test_what_a_comparison_would_see_is_what_it_says_it_saw() -> None:
    known, m = Components(seed=0.02**2, shard=0.0), np.repeat(M, 3)
    planned = paired_effects(M, 3, known)
    random = np.random.default_rng(0)
    found = [paired_shift(m, *np.exp(0.02 * random.standard_normal((2, len(m))))) for _ in range(200)]
    for effect, seen in zip(planned, ([f.middle for f in found], [f.trend for f in found]), strict=True):
        said = np.median([s.detectable(0.015, 0.8) for s in seen])
        assert effect.detectable(0.015, 0.8) == pytest.approx(said, rel=0.35)
