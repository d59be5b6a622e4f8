from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.laws.curves import interval_score, public_curves, rmsle, thinned
from steepness.laws import extrapolate, fit
from tests.laws.curves import SHARDS, columns, simulated

SCALES = st.floats(1e-6, 1e6)
AHEAD = SHARDS[-1] * np.array([2.0, 4.0, 8.0])


@pytest.mark.parametrize("beta_g", [-0.1, -0.3, -0.6])
def test_a_power_law_goes_on(beta_g: float) -> None:
    found = extrapolate(*simulated(beta_g=beta_g, noise=0.002), AHEAD)
    truth = 0.2 * (AHEAD / SHARDS[-1]) ** beta_g
    np.testing.assert_allclose(found.value, truth, rtol=0.05)
    assert ((found.low < truth) & (truth < found.high)).all()


def test_among_the_shards_it_is_the_law_and_below_them_nothing_is_trusted() -> None:
    held, near = 0, 0
    places = [SHARDS[0] / 10, SHARDS[0], 1.5 * SHARDS[4]]
    truth = 0.2 * (np.array(places) / SHARDS[-1]) ** -0.3
    for seed in range(60):
        m, error = simulated(noise=0.02, seed=seed)
        found = extrapolate(m, error, places)
        assert found.beyond.tolist() == [True, False, False]
        assert ((found.law_high - found.law_low)[1:] < 0.1 * found.value[1:]).all()
        held += (found.law_low < truth) & (truth < found.law_high)
        new = truth[2] * np.exp(0.02 * np.random.default_rng(seed + 1000).standard_normal())
        near += found.low[2] < new < found.high[2]
    assert (held >= 53).all()
    assert near >= 53


def test_among_shards_without_a_law_it_is_the_line_between_neighbours() -> None:
    m = np.arange(1.0, 41.0)
    descent = 0.3 + 0.5 / m + 0.2 * np.exp(-(np.log(m / 8) ** 2) / 0.1)
    found = extrapolate(m, descent, [8.5, 30.5])
    truth = 0.3 + 0.5 / found.m + 0.2 * np.exp(-(np.log(found.m / 8) ** 2) / 0.1)
    np.testing.assert_allclose(found.value, truth, rtol=0.02)
    assert ((found.law_low < truth) & (truth < found.law_high)).all()
    assert not found.beyond.any()
    wild = np.exp(0.3 * np.random.default_rng(0).standard_normal(10))
    assert extrapolate(SHARDS, wild, [1.5 * SHARDS[4]]).beyond.all()


def test_a_constant_is_not_undercut() -> None:
    found = extrapolate(*simulated(beta_g=-0.7, gamma=0.3, noise=0.001), AHEAD)
    truth = 0.2 * (AHEAD / SHARDS[-1]) ** -0.7 + 0.3
    np.testing.assert_allclose(found.value, truth, rtol=0.05)


def test_a_curve_leaving_its_plateau_is_followed_down() -> None:
    m = np.array([6.0, 12.0, 24.0, 48.0, 96.0, 192.0])
    error, truth = 10.8 - 0.0004 * m**1.5, 10.8 - 0.0004 * 384**1.5
    found = extrapolate(m, error, [384.0])
    straight = error[-1] ** 2 / error[-2]
    assert truth < found.value[0] < straight
    assert found.low[0] < truth < found.high[0]


def test_double_descent_is_forecast_from_its_tail() -> None:
    m = np.arange(1.0, 41.0)
    error = 0.5 * m**-0.3 + 0.3 * np.exp(-(np.log(m / 8) ** 2) / 0.2)
    truth = 0.5 * np.array([60.0, 80.0]) ** -0.3
    np.testing.assert_allclose(extrapolate(m, error, [60.0, 80.0]).value, truth, rtol=0.12)


def test_bounds_widen_with_distance_noise_and_level() -> None:
    m, error = simulated(noise=0.005)
    calm, wild = extrapolate(m, error, AHEAD), extrapolate(*simulated(noise=0.05), AHEAD)
    width = np.log(calm.high / calm.low)
    assert (np.diff(width) > 0).all()
    assert (np.log(wild.high / wild.low) > width).all()
    assert (extrapolate(m, error, AHEAD, level=0.99).high > calm.high).all()


@pytest.mark.parametrize(
    ("m", "error"),
    [
        ([1, 2, 4], [0.9, 0.7, 0.5]),
        ([1, 2, 3], [0.5, 0.5, 0.5]),
        ([1, 2, 4, 8], [0.5, 0.5, 0.4, 0.4]),
        ([1, 1e6, 1e12], [0.9, 0.5, 0.4]),
        ([1, 2, 4, 8], [0.2, 0.3, 0.4, 0.5]),
        (2.0 ** np.arange(12), 2.0 ** -np.arange(12)),
        (np.arange(1.0, 400.0), np.full(399, 0.25)),
    ],
)
def test_any_curve_gets_finite_bounds_of_some_width(m: list[float], error: list[float]) -> None:
    found = extrapolate(m, error, [2 * max(m), 1000 * max(m)])
    for part in (found.value, found.low, found.high):
        assert np.isfinite(part).all()
    assert (found.low < found.value).all()
    assert (found.value < found.high).all()


@settings(max_examples=30, deadline=None)
@given(SCALES, SCALES, st.sampled_from([4, 9, 30, 200]), st.integers(0, 50))
def test_units_do_not_matter(of_m: float, of_error: float, count: int, seed: int) -> None:
    m, error = simulated(gamma=0.1, noise=0.03, m=np.geomspace(10, 1e5, count), seed=seed)
    one = extrapolate(m, error, 4 * m[-1:])
    other = extrapolate(m * of_m, error * of_error, 4 * m[-1:] * of_m)
    for name in ("value", "low", "high"):
        np.testing.assert_allclose(getattr(other, name), getattr(one, name) * of_error, rtol=1e-7)


def test_order_does_not_matter_and_duplicates_are_weights() -> None:
    m, error = simulated(noise=0.02)
    mixed = np.random.default_rng(0).permutation(len(m))
    one, other = extrapolate(m, error, AHEAD), extrapolate(m[mixed], error[mixed], AHEAD)
    assert one.as_dict() == other.as_dict()
    twice = extrapolate(np.tile(m, 2), np.tile(error, 2), AHEAD)
    np.testing.assert_allclose(twice.value, one.value, rtol=1e-9)
    heavier = extrapolate(np.append(m, [m[-3]] * 9), np.append(error, [error[-3]] * 9), AHEAD)
    assert not np.allclose(heavier.value, one.value, rtol=1e-6)


def test_one_spike_among_many_checkpoints_changes_little() -> None:
    m, error = simulated(noise=0.003, m=np.linspace(1e3, 1e5, 300))
    spiked = error.copy()
    spiked[290] *= 3
    np.testing.assert_allclose(
        extrapolate(m, spiked, [2e5]).value, extrapolate(m, error, [2e5]).value, rtol=0.02
    )


def test_bad_input_is_named() -> None:
    m, error = simulated()
    with pytest.raises(ValueError, match=r"m_new\[0\] is 0"):
        extrapolate(m, error, [0.0])
    with pytest.raises(ValueError, match="2 distinct m"):
        extrapolate(m[:2], error[:2], AHEAD)


def test_nowhere_to_forecast_is_named() -> None:
    with pytest.raises(ValueError, match="m_new is empty"):
        extrapolate([1, 2, 4], [0.9, 0.8, 0.7], [])


def test_a_forecast_does_not_depend_on_what_else_is_asked_for() -> None:
    m, error = columns("forecast_depends_on_other_at.csv")
    alone, asked = extrapolate(m, error, [1e6]), extrapolate(m, error, [1e6, 2e6, 1e9])
    for name in ("value", "low", "high", "law_low", "law_high"):
        assert getattr(alone, name)[0] == pytest.approx(getattr(asked, name)[0], rel=1e-12)


def test_ten_noisy_seeds_hold_new_runs_and_sharpen_the_law() -> None:
    m, error, seeds = columns("ten_noisy_seeds.csv")
    ahead, one = 2 * m.max(), seeds == 0
    truth = np.exp(np.polyval(np.polyfit(np.log(m), np.log(error), 1), np.log(ahead)))
    found = extrapolate(m, error, [ahead], seeds=seeds)
    runs = truth * np.exp(0.1 * np.random.default_rng(1).standard_normal(2000))
    assert np.mean((found.low < runs) & (runs < found.high)) >= 0.93
    assert found.law_low[0] < truth < found.law_high[0]
    width = np.log(found.law_high / found.law_low)
    assert width < 0.6 * np.log(found.high / found.low)
    alone = extrapolate(m[one], error[one], [ahead])
    assert width < np.log(alone.law_high / alone.law_low)


def test_seeds_that_shift_whole_curves_widen_the_law() -> None:
    rng, (m, error) = np.random.default_rng(2), simulated(noise=0.002)
    shifts = np.exp(0.1 * rng.standard_normal(4))
    rows, seeds = np.tile(m, 4), np.repeat(np.arange(4), len(m))
    errors = np.tile(error, 4) * shifts[seeds] * np.exp(0.002 * rng.standard_normal(len(rows)))
    labelled, blind = extrapolate(rows, errors, AHEAD, seeds=seeds), extrapolate(rows, errors, AHEAD)
    assert (labelled.law_low < blind.law_low).all()


def test_the_warnings_of_the_fit_stand_beside_the_forecast() -> None:
    m, error = columns("noise_only.csv")
    found = extrapolate(m, error, [1e9])
    assert set(fit(m, error).warnings) <= set(found.warnings)
    assert found.warnings
    rising = extrapolate([1, 2, 4, 8, 16], [0.1, 0.2, 0.3, 0.5, 0.8], [32])
    assert "rises with m" in rising.warnings[0]


def test_what_lies_beyond_trust_is_marked() -> None:
    m, error = simulated(noise=0.01)
    found = extrapolate(m, error, [m[-1], 1e4 * m[-1]])
    assert found.trusted_up_to is not None
    assert found.beyond.tolist() == [False, True]
    hopeless = extrapolate(*columns("noise_only.csv"), [1e9])
    assert hopeless.beyond.all()


def test_no_upper_bound_is_above_that_of_the_last_shard_but_towards_less_data() -> None:
    m, error = simulated(noise=0.03, m=SHARDS[:5])
    found = extrapolate(m, error, m[-1] * np.array([0.1, 1.0, 10.0, 1000.0]))
    for high in (found.high, found.law_high):
        assert (high[2:] <= high[1] * (1 + 1e-12)).all()
        assert high[0] > high[1]
    assert (np.diff(found.low) < 0).all()


@pytest.mark.parametrize(("suite", "at_most"), [("Nano", 0.165), ("DD", 0.215)])
def test_bounds_are_as_narrow_as_public_curves_let_them(suite: str, at_most: float) -> None:
    known = [curve for curve in public_curves() if curve.suite == suite]
    found = [(extrapolate(c.x, c.y, c.x_new), c.y_new) for c in known]
    held, _, winkler = np.mean([interval_score(f.low, f.high, y) for f, y in found], axis=0)
    assert held >= 0.9
    assert winkler < at_most


def test_a_forecast_below_the_fitted_constant_says_so() -> None:
    m, error = simulated(beta_g=-0.6, gamma=0.3, noise=0.0005)
    found = extrapolate(m, error, [m[-1] * 1e6])
    floor = fit(m, error).recommended.gamma.value
    assert (found.value[0] < floor) == any("below the constant" in w for w in found.warnings)


@pytest.mark.parametrize(("suite", "at_most"), [("paper2x", 0.0115), ("paper4x", 0.0225), ("paper8x", 0.053)])
def test_the_papers_own_larger_shards_are_foretold(suite: str, at_most: float) -> None:
    known = [curve for curve in thinned([]) if curve.suite == suite]
    found = [(extrapolate(c.x, c.y, c.x_new), c.y_new) for c in known]
    assert np.mean([rmsle(ahead.value, truth) for ahead, truth in found]) < at_most
    assert np.mean([np.mean((f.low < y) & (y < f.high)) for f, y in found]) > 0.9
