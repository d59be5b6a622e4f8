from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import least_squares

from steepness.laws import JointLaw, fit_joint, fit_size, joint_law, power_law
from steepness.laws.joint import HUBER_DELTA
from tests.laws.curves import SHARDS

TRUTH = {"E": 1.69, "A": 406.4, "a": 0.34, "B": 410.7, "b": 0.28}  # Hoffmann et al. 2022


def runs(noise: float = 0.003, seed: int = 0, n: int = 245) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    params, data = 10 ** rng.uniform(7.5, 10.2, n), 10 ** rng.uniform(8.5, 11.5, n)
    return params, data, joint_law(params, data, **TRUTH) * np.exp(noise * rng.standard_t(4, n))


def test_size_law_is_the_log_log_regression() -> None:
    params = 40 * SHARDS**0.7 * np.exp(0.1 * np.random.default_rng(0).standard_normal(len(SHARDS)))
    found = fit_size(SHARDS, params)
    slope, intercept = np.polyfit(np.log(SHARDS), np.log(params), 1)
    assert found.beta_p.value == pytest.approx(slope)
    assert found.alpha.value == pytest.approx(np.exp(intercept))
    assert 0.7 in found.beta_p
    np.testing.assert_allclose(found.predict(SHARDS), np.exp(intercept) * SHARDS**slope)


@pytest.fixture(scope="module")
def law() -> JointLaw:
    return fit_joint(*runs())


def test_joint_law_brackets_the_truth(law: JointLaw) -> None:
    for name, truth in TRUTH.items():
        assert truth in getattr(law, name), name


def test_joint_law_is_as_good_as_the_best_of_many_starts(law: JointLaw) -> None:
    params, data, error = runs()
    n, d, y = np.log(params), np.log(data), np.log(error)

    def residual(p: np.ndarray) -> np.ndarray:
        return np.logaddexp(np.logaddexp(p[0], p[1] - p[2] * n), p[3] - p[4] * d) - y

    starts = [
        [e, a * 20, a, b * 20, b] for e in (-1.0, 0.5) for a in (0.1, 0.35, 0.8) for b in (0.1, 0.3, 0.8)
    ]
    costs = [least_squares(residual, s, loss="huber", f_scale=HUBER_DELTA).cost for s in starts]
    assert law.objective * len(y) <= min(costs) * (1 + 1e-6)


def test_joint_law_forgives_outliers() -> None:
    params, data, error = runs()
    error[:12] *= 1.5
    found = fit_joint(params, data, error)
    assert found.a.value == pytest.approx(0.34, abs=0.02)
    assert found.b.value == pytest.approx(0.28, abs=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_units_do_not_matter_to_the_joint_law(seed: int) -> None:
    params, data, error = runs(seed=seed)
    one, other = fit_joint(params, data, error), fit_joint(params * 1e-3, data * 7, error * 2)
    assert other.a.value == pytest.approx(one.a.value, rel=1e-4)
    assert other.E.value == pytest.approx(2 * one.E.value, rel=1e-4)
    np.testing.assert_allclose(
        other.predict(params * 1e-3, data * 7), 2 * one.predict(params, data), rtol=1e-5
    )


def test_compute_optimal_is_the_minimum_on_its_budget(law: JointLaw) -> None:
    best = law.compute_optimal(1e21)
    assert 6 * best.params.value * best.data.value == pytest.approx(1e21)
    around = best.params.value * np.array([0.9, 1.1])
    assert (law.predict(around, 1e21 / 6 / around) > best.error.value).all()
    for part in (best.params, best.data, best.error):
        assert part.low < part.value < part.high
    with pytest.raises(ValueError, match="positive"):
        law.compute_optimal(-1)


def test_what_the_runs_do_not_tell_stays_open() -> None:
    params, data, _ = runs()
    noise = np.exp(0.003 * np.random.default_rng(1).standard_normal(len(params)))
    of_data = fit_joint(params, data, (1.69 + 410.7 * data**-0.28) * noise)
    assert 0.28 in of_data.b
    assert of_data.a.half_width > 1
    with pytest.raises(ValueError, match="what more parameters bring"):
        of_data.compute_optimal(1e21)
    reducible = fit_joint(params, data, joint_law(params, data, **{**TRUTH, "E": 0.0}) * noise)
    assert reducible.E.low == 0 < reducible.E.high < 0.05
    assert reducible.compute_optimal(1e21).error.half_width < 0.01


def test_exact_runs_have_no_interval_of_zero_width() -> None:
    params, data, _ = runs()
    exact = fit_joint(params, data, joint_law(params, data, **TRUTH))
    for name, truth in TRUTH.items():
        assert truth in getattr(exact, name)
        assert getattr(exact, name).half_width > 1e-7 * truth


def test_joint_law_is_quick() -> None:
    columns = runs(seed=3)
    start = time.process_time()
    fit_joint(*columns)
    assert time.process_time() - start < 1.0  # the benchmark holds it to 0.2 s on an idle core


def test_joint_law_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="6 runs"):
        fit_joint([1, 2, 3], [1, 2, 3], [3, 2, 1])
    with pytest.raises(ValueError, match="positive"):
        power_law([0.0], 1, -0.3)
