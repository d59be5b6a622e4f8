from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares
from scipy.stats import linregress

from steepness.laws import Interval, fit
from steepness.laws.forms import FORMS
from tests.laws.curves import SHARDS, simulated

SCALES = st.floats(1e-6, 1e6)


def test_power_is_the_log_log_regression_and_its_student_interval() -> None:
    m, error = simulated()
    found = fit(m, error, form="power").of("power", "all")
    line = linregress(np.log(m), np.log(error))
    assert found.beta_g.value == pytest.approx(line.slope)
    assert found.beta_g.half_width == pytest.approx(
        2.3060041 * line.stderr
    )  # Student's t, 8 degrees of freedom
    assert found.alpha.value == pytest.approx(np.exp(line.intercept))
    assert found.r2 == pytest.approx(line.rvalue**2)


def test_one_run_or_many_are_gathered_alike() -> None:
    m, error = simulated(gamma=0.1, noise=0.02)
    once, twice = fit(m, error), fit(np.tile(m, 2), np.tile(error, 2))
    for form in FORMS:
        assert twice.of(form, "all").beta_g.value == pytest.approx(
            once.of(form, "all").beta_g.value, rel=1e-6
        )
    labelled = fit(np.tile(m, 2), np.tile(error, 2), seeds=["a"] * len(m) + ["b"] * len(m))
    assert labelled.of("power", "all").n == 2 * len(m)


@pytest.mark.parametrize("seed", range(5))
def test_a_clean_power_law_is_not_bent(seed: int) -> None:
    m, error = simulated(noise=1e-6, seed=seed)
    bent = fit(m, error).of("power_constant", "all")
    assert bent.beta_g.value == pytest.approx(-0.3, abs=1e-4)
    assert bent.gamma.value < 1e-4


@pytest.mark.parametrize("seed", range(5))
def test_power_constant_is_the_least_squares_optimum(seed: int) -> None:
    m, error = simulated(gamma=0.15, seed=seed)
    found = fit(m, error).of("power_constant", "all")

    def residual(p: np.ndarray) -> np.ndarray:
        return np.log(np.exp(p[0]) * (m / m[-1]) ** p[1] + np.exp(p[2])) - np.log(error)

    best = min(
        (least_squares(residual, [-1.6, b, g], xtol=1e-12) for b in (-0.2, -0.4) for g in (-1.0, -2.0)),
        key=lambda s: s.cost,
    )
    assert found.beta_g.value == pytest.approx(best.x[1], rel=1e-3)
    assert found.gamma.value == pytest.approx(np.exp(best.x[2]), rel=1e-2)
    np.testing.assert_allclose(found.predict(m), error / np.exp(-residual(best.x)), rtol=1e-4)


def test_an_exact_law_comes_back_with_an_interval_of_some_width() -> None:
    found = fit(SHARDS, 0.2 * (SHARDS / SHARDS[-1]) ** -0.4 + 0.1)
    assert found.recommended.form == "power_constant"
    assert found.beta_g.value == pytest.approx(-0.4, abs=1e-4)
    assert found.recommended.gamma.value == pytest.approx(0.1, abs=1e-4)
    assert all(f.beta_g.low < f.beta_g.value < f.beta_g.high for f in found.fits)


def test_the_form_to_quote_follows_the_data() -> None:
    straight, bent = fit(*simulated()), fit(*simulated(gamma=0.3))
    assert straight.recommended.form == "power"
    assert "no constant" in straight.reason
    assert bent.recommended.form == "power_constant"
    assert bent.recommended.gamma.low > 0
    assert "flattens" in bent.reason


def test_a_constant_too_small_to_see_widens_the_quoted_interval() -> None:
    found = fit(*simulated())
    power, constant = (found.of(form, "power_law").beta_g for form in FORMS)
    assert found.beta_g.low < power.low
    assert found.beta_g == Interval(power.value, min(power.low, constant.low), max(power.high, constant.high))
    assert found.recommended.but(beta_g=power) == found.of("power", "power_law")
    assert fit(*simulated(), form="power").beta_g == found.of("power", "power_law").beta_g


def test_more_seeds_narrow_the_interval() -> None:
    m, error = simulated(noise=0.03)
    runs = [simulated(noise=0.03, seed=s)[1] for s in range(5)]
    all_runs = fit(np.tile(m, 5), np.concatenate(runs), seeds=np.repeat(np.arange(5), len(m)))
    one, five = (f.of("power", "all") for f in (fit(m, error), all_runs))
    assert five.beta_g.half_width < 0.7 * one.beta_g.half_width
    assert five.n == 50


def test_a_seed_that_shifts_its_whole_curve_does_not_widen_the_exponent() -> None:
    m, error = simulated(noise=0.002)
    shifted = np.concatenate([error, 1.2 * error])
    found = fit(np.tile(m, 2), shifted, seeds=np.repeat([0, 1], len(m)))
    blind = fit(np.tile(m, 2), shifted)
    assert found.of("power", "all").beta_g.half_width < 0.2 * blind.of("power", "all").beta_g.half_width


@settings(max_examples=30, deadline=None)
@given(SCALES, SCALES, st.integers(0, 50))
def test_units_do_not_matter(of_m: float, of_error: float, seed: int) -> None:
    m, error = simulated(gamma=0.1 * (seed % 3), noise=0.02, seed=seed)
    one, other = fit(m, error), fit(m * of_m, error * of_error)
    assert (one.recommended.form, one.regions) == (other.recommended.form, other.regions)
    for before, after in zip(one.fits, other.fits, strict=True):
        for part in ("value", "low", "high"):
            assert getattr(after.beta_g, part) == pytest.approx(getattr(before.beta_g, part), rel=1e-5)
            assert getattr(after.gamma, part) == pytest.approx(
                getattr(before.gamma, part) * of_error, rel=1e-4
            )
        np.testing.assert_allclose(after.predict(m * of_m), before.predict(m) * of_error, rtol=1e-6)
        np.testing.assert_allclose(after.band(m * of_m)[0], before.band(m)[0] * of_error, rtol=1e-4)


def test_the_order_of_points_does_not_matter() -> None:
    m, error = simulated(gamma=0.1)
    mixed = np.random.default_rng(0).permutation(len(m))
    assert fit(m, error).as_dict() == fit(m[mixed], error[mixed]).as_dict()


def test_band_holds_the_law_and_widens_beyond_the_data() -> None:
    found = fit(*simulated(gamma=0.1)).recommended
    low, high = found.band([SHARDS[4], 64 * SHARDS[-1]])
    value = found.predict([SHARDS[4], 64 * SHARDS[-1]])
    assert (low < value).all()
    assert (value < high).all()
    assert (high / low)[1] > (high / low)[0]
    assert found.band(SHARDS, 0.5)[0][0] > found.band(SHARDS, 0.99)[0][0]


def test_as_dict_is_json() -> None:
    said = json.loads(json.dumps(fit(*simulated()).as_dict()))
    assert len(said["fits"]) == 4
    assert said["recommended"]["beta_g"]["value"] == pytest.approx(-0.3, abs=0.02)


def test_a_curve_that_is_no_power_law_is_called_that() -> None:
    m = SHARDS
    descent_twice = np.array([0.7, 0.5, 0.4, 0.42, 0.5, 0.6, 0.55, 0.45, 0.4, 0.35])
    warning = fit(m, descent_twice).warning
    assert warning is not None
    assert "not a power law" in warning
    assert fit(*simulated()).warning is None
    steep = fit(
        m, 1e3 * (m / m[0]) ** -8.0 * np.exp(0.1 * np.random.default_rng(0).standard_normal(len(m)))
    ).warning
    assert steep is not None
    assert "steeper than any" in steep


def test_r2_and_scatter_are_of_runs() -> None:
    m, error = simulated()
    apart = fit(np.tile(m, 2), np.concatenate([error, 2 * error]))  # two data sets in one file
    assert apart.recommended.r2 < 0.8
    assert apart.recommended.scatter == pytest.approx(np.log(2) / np.sqrt(2), rel=1e-6)
    assert "more than one curve" in str(apart.warning)
    assert fit(m, error).recommended.scatter is None


def test_every_warning_is_given_the_gravest_first() -> None:
    flat = fit([1000, 2000, 4000, 8000], [0.501, 0.497, 0.503, 0.499]).warnings
    assert len(flat) > 2
    assert "flat line" in flat[0]
    assert "4 shards" in flat[-1]
    noise = [0.50003, 0.50752, 0.49319, 0.47822, 0.48876, 0.47581, 0.50151, 0.53465]
    assert "flat line" in fit(1000 * 2.0 ** np.arange(8), noise).warnings[0]


@pytest.mark.parametrize(
    ("m", "error"),
    [([1000, 2000, 4000, 8000], [0.501, 0.497, 0.503, 0.499]), ([1000, 2000, 4000], [0.2, 0.23, 0.24])],
)
def test_no_exponent_is_where_the_search_ends(m: list[float], error: list[float]) -> None:
    found = fit(m, error)
    for one in (found.recommended, *found.fits):
        assert abs(one.beta_g.value) < 1
        assert one.beta_g.low == -np.inf or one.beta_g.low > -4.9
    assert any("no lower bound" in w for w in found.warnings)


@pytest.mark.parametrize("gamma", [0.02, 0.1])
def test_the_interval_of_the_constant_holds_it_and_ends_among_the_errors(gamma: float) -> None:
    held, above = 0, 0
    for draw in range(100):
        m, error = simulated(gamma=gamma, noise=0.03, m=SHARDS[:6], seed=draw)
        constant = fit(m, error).of("power_constant", "all").gamma
        held += gamma in constant
        above += constant.high > 1.2 * error.min()
    assert 88 <= held <= 99
    assert above <= 3


def test_noise_is_that_of_one_run_however_many_there_are() -> None:
    rng = np.random.default_rng(0)
    shard_luck = np.exp(0.01 * rng.standard_normal(10))
    m, error = np.repeat(SHARDS, 50), np.repeat(0.2 * SHARDS**-0.3 * shard_luck, 50)
    found = fit(m, error * np.exp(0.02 * rng.standard_normal(500)))
    for one in found.fits:
        assert one.noise == pytest.approx(np.hypot(0.01, 0.02), rel=0.15)


def test_mistaken_columns_are_asked_about() -> None:
    m, error = simulated()
    assert "logarithm" in str(fit(np.log10(m), error).warning)
    assert "swapped" in str(fit(error, m).warning)


def test_a_bend_that_neither_form_follows_is_said() -> None:
    m, error = simulated(noise=0.002)
    steepening = error * np.exp(-0.02 * np.log(m / m[0]) ** 2)
    assert "neither form" in str(fit(m, steepening).warning)
    said = [fit(*simulated(gamma=0.1, noise=0.02, seed=seed)).warning for seed in range(30)]
    assert sum("neither form" in str(w) for w in said) <= 2


def test_few_or_equal_points_get_wide_intervals_and_a_warning() -> None:
    three = fit(SHARDS[:3], [0.9, 0.7, 0.6])
    assert three.beta_g.half_width > 0.05
    assert three.warning is not None
    flat = fit(SHARDS[:5], [0.5] * 5)
    assert flat.warning is not None
    assert flat.beta_g.half_width > 0


@pytest.mark.parametrize(
    ("m", "error", "said"),
    [
        ([1, 2], [0.5, 0.4], "2 distinct m"),
        ([1, 1, 2, 2], [0.5, 0.4, 0.3, 0.2], "2 distinct m"),
        ([1, 2, 3], [0.5, 0.4], "m has 3, error has 2"),
        ([1, 2, -3], [0.5, 0.4, 0.3], r"m\[2\] is -3"),
        ([1, 2, 3], [0.5, 0.0, 0.3], r"every run at m = 2 has error 0.*counts"),
        ([1, 2, 3], [0.5, -0.1, 0.3], r"error\[1\] is -0.1"),
        ([1, 2, 3], [0.5, float("nan"), 0.3], r"error\[1\] is nan"),
        ([1, 2, 4, 8], [0.2, 0.3, 0.4, 0.5], "error rises"),
        ([1, 2, "x"], [0.2, 0.3, 0.4], "not a number"),
        ([[1, 2, 3]], [[0.3, 0.2, 0.1]], "shape"),
    ],
)
def test_bad_input_is_named_with_its_remedy(m: list[float], error: list[float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit(m, error)


@pytest.mark.parametrize("name", ["seeds", "permutations", "upper_bound", "counts"])
def test_a_label_for_every_point(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} has shape"):
        fit(*simulated(), **{name: [1]})  # type: ignore[arg-type]


def test_zeros_are_averaged_with_the_other_folds() -> None:
    m = np.repeat(SHARDS, 20)
    wrong = np.random.default_rng(0).binomial(200, np.minimum(2 * m**-0.5, 0.5))
    assert (wrong == 0).any()
    error = wrong / 200
    found = fit(m, error)
    assert found.of("power", "all").beta_g.value == pytest.approx(-0.5, abs=0.03)
    assert found.recommended.scatter is not None


def test_counted_examples_take_zeros_and_weigh_shards_by_their_noise() -> None:
    hits, far = 0, []
    for draw in range(60):
        rng = np.random.default_rng(draw)
        error = rng.binomial(1000, np.minimum(3 * SHARDS**-0.6, 0.5)) / 1000
        found = fit(SHARDS[1:], error[1:], counts=np.full(9, 1000), form="power")
        hits += -0.6 in found.beta_g
        far.append(found.beta_g.value + 0.6)
    assert hits >= 50
    assert abs(np.mean(far)) < 0.02


def test_bad_options_are_named() -> None:
    m, error = simulated()
    with pytest.raises(ValueError, match="choose auto"):
        fit(m, error, form="cubic")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="level"):
        fit(m, error, level=95)
    with pytest.raises(ValueError, match="seeds"):
        fit(m, error, seeds=[1])
    with pytest.raises(ValueError, match="chance"):
        fit(m, error, chance=-1)
