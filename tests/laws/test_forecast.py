from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import compute_for, data_for, fit, fit_size, gain_of_doubling, off_the_line, trust
from tests.laws.curves import SHARDS, columns, simulated

FIT = fit(*simulated(noise=0.003))


def test_data_for_a_target_inverts_the_law() -> None:
    found = data_for(FIT, 0.15)
    truth = SHARDS[-1] * (0.15 / 0.2) ** (1 / -0.3)
    assert found.low < truth < found.high
    assert found.value == pytest.approx(truth, rel=0.1)
    assert FIT.shards.m[-1] <= found.low


def test_data_for_is_refused_where_the_curve_cannot_say() -> None:
    with pytest.raises(ValueError, match="already at"):
        data_for(FIT, 0.5)
    with pytest.raises(ValueError, match="above 0"):
        data_for(FIT, -1)
    with pytest.raises(ValueError, match="not a power law"):
        data_for(fit(SHARDS, [0.5] * len(SHARDS)), 0.4)
    with pytest.raises(ValueError, match="does not reach"):
        data_for(FIT, 1e-6)


def test_doubling_the_data_gains_what_the_exponent_says() -> None:
    gain = gain_of_doubling(FIT)
    assert gain.low < 2**-0.3 - 1 < gain.high < 0
    with pytest.raises(ValueError, match="scatter"):
        gain_of_doubling(fit(*simulated(noise=0.7, seed=2)))


def test_compute_for_a_target_joins_both_laws() -> None:
    size = fit_size(SHARDS, 30 * SHARDS**0.7)
    flops, data = compute_for(FIT, 0.15, size), data_for(FIT, 0.15)
    assert flops.value == pytest.approx(6 * 30 * data.value**1.7, rel=1e-6)
    assert flops.low < flops.value < flops.high


def test_trust_reaches_further_for_calmer_curves() -> None:
    noisy = fit(*simulated(noise=0.03))
    assert SHARDS[-1] < trust(FIT).value
    assert trust(noisy, 0.3).value < trust(FIT, 0.3).value
    assert trust(FIT).low <= trust(FIT).value <= trust(FIT).high
    with pytest.raises(ValueError, match="not within"):
        trust(noisy, 0.001)
    with pytest.raises(ValueError, match="positive fraction"):
        trust(FIT, -1)


@pytest.mark.parametrize(
    ("factor", "said"), [(1.0, "on the law"), (1.5, "above the law"), (0.6, "below the law")]
)
def test_the_newest_point_is_held_against_the_law_of_the_others(factor: float, said: str) -> None:
    m, error = simulated(noise=0.003)
    error[-1] *= factor
    found = off_the_line(fit(m, error))
    assert said in found.reason
    assert (found.above, found.below) == (factor > 1, factor < 1)
    assert found.ratio.value == pytest.approx(factor, rel=0.1)


@pytest.mark.parametrize("seed", range(5))
def test_weights_are_no_further_runs(seed: int) -> None:
    m, error = simulated(noise=0.02, seed=seed)
    weights = np.random.default_rng(seed).integers(
        1, 10, len(m)
    )  # their shares sum to the shards only nearly
    found = fit(m, error, weights=weights)
    ratio = off_the_line(found).ratio
    assert ratio.low < 1 < ratio.high
    assert found.recommended.scatter is None


def test_off_the_line_needs_others() -> None:
    with pytest.raises(ValueError, match="4 shards"):
        off_the_line(fit(SHARDS[:4], [0.9, 0.8, 0.7, 0.65]))


def test_data_for_says_when_the_pessimistic_bound_never_gets_there() -> None:
    wavering = fit(*simulated(beta_g=-0.1, noise=0.03, seed=1))
    found = data_for(wavering, 0.15)
    assert np.isinf(found.high)
    assert np.isfinite(found.value)


@pytest.mark.parametrize("target", [0.199, 0.1999])
def test_no_target_below_the_floor_is_promised(target: float) -> None:
    found = fit(*columns("floor.csv"))
    with pytest.raises(ValueError, match=r"flattens to 0\.2"):
        data_for(found, target)
    assert data_for(found, 0.21).value == pytest.approx((3 / 0.01) ** 2, rel=0.25)


def test_seeds_sharpen_what_is_said_of_the_law() -> None:
    m, error, seeds = columns("ten_noisy_seeds.csv")
    one = seeds == 0
    many, alone = fit(m, error, seeds=seeds), fit(m[one], error[one])
    assert trust(many, 0.5).value > trust(alone, 0.5).value
    assert gain_of_doubling(many).half_width < gain_of_doubling(alone).half_width
