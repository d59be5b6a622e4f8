"""A shift between curves from pairs of runs: what pairs share cancels, what is left is told with its noise."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import paired_shift

M = np.repeat(1000.0 * 2 ** np.arange(6), 2)


def pairs(
    shift: float = 0.0,
    trend: float = 0.0,
    noise: float = 0.01,
    seed: int = 0,
    shared: float = 0.05,
    persistent: bool = False,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Errors of two arms on a bent curve whose pairs share a large part of their noise."""
    draw = np.random.default_rng(seed)
    curve = 5 * M**-0.2 + 0.5 + shared * draw.standard_normal(len(M))
    own = draw.standard_normal((2, len(M)))
    if persistent:  # a quarter of each run's variance is that of its seed, at every shard
        own = np.sqrt(0.74) * own + np.sqrt(0.26) * np.tile(draw.standard_normal((2, 2)), 6)
    a, b = curve * np.exp(noise * own)
    middle = np.log(M / np.sqrt(M[0] * M[-1]))
    return M, a, b * (1 + shift) * np.exp(trend * middle)


def test_a_shift_is_found_with_its_interval_at_every_shard() -> None:
    found = paired_shift(*pairs(shift=-0.06))
    assert -6 in found.overall
    assert found.overall.half_width < 2
    assert found.p_value < 0.01
    assert found.m == tuple(dict.fromkeys(M))
    assert sum(-6 in at for at in found.at) >= 5


def test_what_pairs_share_does_not_count_as_noise() -> None:
    found = paired_shift(*pairs(shared=0.0)), paired_shift(*pairs(shared=0.3))
    assert found[0].overall.half_width == pytest.approx(found[1].overall.half_width)


def test_a_shift_that_grows_with_data_is_told_apart_from_a_constant_one() -> None:
    found = paired_shift(*pairs(trend=0.05))
    assert 100 * (2**0.05 - 1) in found.per_doubling
    assert found.trend_p_value < 1e-3
    assert paired_shift(*pairs(shift=0.2)).trend_p_value > 0.05


def test_false_alarms_are_rare_even_if_a_seed_has_the_same_luck_at_every_shard() -> None:
    shifts = [paired_shift(*pairs(seed=s, persistent=True)) for s in range(400)]
    alarms = np.mean([shift.p_value < 0.05 for shift in shifts])
    assert 0.005 < alarms < 0.07


def test_false_alarms_of_the_trend_are_as_rare_as_promised() -> None:
    alarms = np.mean([paired_shift(*pairs(seed=s)).trend_p_value < 0.05 for s in range(400)])
    assert 0.02 < alarms < 0.09


def test_shards_that_scatter_more_than_their_seeds_widen_the_interval() -> None:
    m, a, b = pairs(noise=1e-3, shared=0.0)
    scattered = b * np.repeat(np.exp(0.05 * np.random.default_rng(3).standard_normal(6)), 2)
    assert paired_shift(m, a, scattered).overall.half_width > 10 * paired_shift(m, a, b).overall.half_width


def test_equal_errors_are_no_shift() -> None:
    m, a, _ = pairs()
    found = paired_shift(m, a, a)
    assert found.overall.value == 0
    assert found.p_value == 1


def test_two_shards_are_too_few() -> None:
    with pytest.raises(ValueError, match="at least 3 shards"):
        paired_shift([1, 1, 2, 2], [1, 1, 1, 1], [1, 1, 1, 1])
