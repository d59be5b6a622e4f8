"""A shift between curves from pairs of runs: what pairs share cancels, what is left is told with its noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from steepness.laws import Shift, paired_shift

M = np.repeat(1000.0 * 2 ** np.arange(6), 2)


def pairs(
    shift: float = 0.0, trend: float = 0.0, noise: float = 0.01, seed: int = 0, shared: float = 0.05,
    correlation: float = 0.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Errors of two arms on a bent curve whose pairs share a large part of their noise.

    Args:
        correlation: share of each run's variance that is that of its seed, at every shard.
    """
    draw = np.random.default_rng(seed)
    curve = 5 * M**-0.2 + 0.5 + shared * draw.standard_normal(len(M))
    own = np.sqrt(1 - correlation) * draw.standard_normal((2, len(M)))
    own += np.sqrt(correlation) * np.tile(draw.standard_normal((2, 2)), 6)
    a, b = curve * np.exp(noise * own)
    middle = np.log(M / np.sqrt(M[0] * M[-1]))
    return M, a, b * (1 + shift) * np.exp(trend * middle)


def test_a_shift_is_found_with_its_interval_at_every_shard() -> None:
    found = paired_shift(*pairs(shift=-0.06))
    assert -6 in found.overall
    assert found.overall.half_width < 4
    assert found.middle.p_value < 0.01
    assert found.m == tuple(dict.fromkeys(M))
    assert sum(-6 in at for at in found.at) >= 5


def test_what_pairs_share_does_not_count_as_noise() -> None:
    found = paired_shift(*pairs(shared=0.0)), paired_shift(*pairs(shared=0.3))
    assert found[0].overall.half_width == pytest.approx(found[1].overall.half_width)


def test_a_shift_that_grows_with_data_is_told_apart_from_a_constant_one() -> None:
    found = paired_shift(*pairs(trend=0.05))
    assert 0.05 in found.steepness
    assert 100 * (2**0.05 - 1) in found.per_doubling
    assert found.trend.p_value < 1e-3
    assert paired_shift(*pairs(shift=0.2)).trend.p_value > 0.05


ASKED: dict[str, Callable[[Shift], float]] = {
    "overall": lambda s: float(0 not in s.overall),
    "trend": lambda s: float(0 not in s.steepness),
    "shard": lambda s: float(np.mean([0 not in at for at in s.at])),
}


@pytest.mark.parametrize("correlation", [0.0, 0.25, 0.5])
@pytest.mark.parametrize("asked", ASKED)
def test_intervals_miss_at_most_their_share_however_a_seeds_shards_hang_together(
    correlation: float, asked: str
) -> None:
    missed = [ASKED[asked](paired_shift(*pairs(seed=s, correlation=correlation))) for s in range(500)]
    assert np.mean(missed) < 0.07, "5 % and what 500 draws may add"


def test_two_seeds_are_about_two_independent_differences() -> None:
    found = paired_shift(*pairs(correlation=0.5))
    assert found.middle.dof < 8, "not twelve pairs less two"
    more = [np.concatenate(columns) for columns in zip(*(pairs(seed=s) for s in range(4)), strict=True)]
    assert paired_shift(*more).middle.dof > found.middle.dof


def test_shards_that_scatter_more_than_their_seeds_widen_the_interval() -> None:
    m, a, b = pairs(noise=1e-3, shared=0.0)
    scattered = b * np.repeat(np.exp(0.05 * np.random.default_rng(3).standard_normal(6)), 2)
    assert paired_shift(m, a, scattered).overall.half_width > 10 * paired_shift(m, a, b).overall.half_width


def test_a_shard_that_is_noisier_than_the_others_has_a_wider_interval() -> None:
    m, a, b = pairs(shared=0.0)
    b[-1] *= 1.3
    at = paired_shift(m, a, b).at
    assert at[-1].half_width > 1.2 * at[0].half_width


def test_pairs_are_those_of_one_seed_in_whatever_order_and_may_lack_some() -> None:
    m, a, b = pairs(shift=-0.05)
    seeds = np.array(list("xy") * 6)
    mixed = np.random.default_rng(0).permutation(len(m))
    found = paired_shift(m[mixed], a[mixed], b[mixed], seeds=seeds[mixed])
    assert found == paired_shift(m, a, b)
    fewer = paired_shift(m[:-1], a[:-1], b[:-1], seeds=seeds[:-1])
    assert fewer.at[-1].half_width > found.at[-1].half_width
    assert -5 in fewer.overall
    with pytest.raises(ValueError, match="two pairs of one seed"):
        paired_shift(m, a, b, seeds=["x"] * 12)


def test_one_seed_rests_on_the_shards_alone() -> None:
    m, a, b = (column[::2] for column in pairs(shift=-0.05))
    found = paired_shift(m, a, b)
    assert found.middle.dof == pytest.approx(4)
    assert -5 in found.overall


def test_no_difference_is_said_only_where_it_is_shown() -> None:
    quiet, loud = (paired_shift(*pairs(noise=noise)) for noise in (0.002, 0.05))
    assert quiet.within(5)
    assert not loud.within(5), "0 lies inside, but so do 5 %"
    assert not paired_shift(*pairs(noise=0.002, trend=0.05)).within(5), "the ends are further apart"


def test_curves_that_differ_by_the_margin_are_seldom_called_equal() -> None:
    said = [
        paired_shift(*pairs(shift=0.03, noise=0.02, correlation=0.5, seed=s)).within(3) for s in range(500)
    ]
    assert np.mean(said) < 0.05


def test_the_difference_that_would_be_seen_is_seen_as_often_as_said() -> None:
    shown = np.mean(
        [paired_shift(*pairs(noise=0.03, seed=s)).middle.detectable(0.05, 0.8) for s in range(50)]
    )
    found = [
        paired_shift(*pairs(noise=0.03, seed=s, shift=np.expm1(shown))).middle.p_value < 0.05
        for s in range(300)
    ]
    assert np.mean(found) > 0.75


def test_equal_errors_are_no_shift() -> None:
    m, a, _ = pairs()
    found = paired_shift(m, a, a)
    assert found.overall.value == 0
    assert found.middle.p_value == 1


def test_two_shards_are_too_few() -> None:
    with pytest.raises(ValueError, match="at least 3 shards"):
        paired_shift([1, 1, 2, 2], [1, 1, 1, 1], [1, 1, 1, 1])
