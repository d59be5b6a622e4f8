"""Backtests use nothing of what they foretell, and count rightly."""

from __future__ import annotations

import json

import numpy as np
import pytest

from steepness.laws import backtest, extrapolate
from tests.laws.curves import SHARDS


def curve(seed: int = 0, noise: float = 0.01) -> np.ndarray:
    return (3 * SHARDS**-0.3 + 0.05) * np.exp(
        noise * np.random.default_rng(seed).standard_normal(len(SHARDS))
    )


def test_every_later_shard_is_foretold_from_every_origin() -> None:
    found, k = backtest(SHARDS, curve()), len(SHARDS)
    assert len(found.forecasts) == sum(k - count for count in range(3, k))
    assert all(f.m > f.m_last for f in found.forecasts)
    assert found.reaches[-1].forecasts == len(found.forecasts)
    assert f"of {len(found.forecasts)} later shards" in found.reason


def test_nothing_of_the_future_is_used() -> None:
    error = curve()
    found = backtest(SHARDS, error)
    first = next(f for f in found.forecasts if f.shards == 5)
    alone = extrapolate(SHARDS[:5], error[:5], SHARDS[5:])
    assert first.value == pytest.approx(float(alone.value[0]))
    assert first.low == pytest.approx(float(alone.low[0]))
    changed = error.copy()
    changed[-1] *= 2
    assert backtest(SHARDS, changed).forecasts[0].value == found.forecasts[0].value


def test_misses_and_coverage_are_what_they_say() -> None:
    found = backtest(SHARDS, curve())
    held = [f.low <= f.measured <= f.high for f in found.forecasts]
    assert found.reaches[-1].coverage == pytest.approx(np.mean(held))
    misses = [np.log(f.value / f.measured) for f in found.forecasts]
    assert found.reaches[-1].rmsle == pytest.approx(np.sqrt(np.mean(np.square(misses))))
    assert sum(reach.forecasts for reach in found.reaches[:-1]) <= len(found.forecasts)


def test_a_broken_curve_is_seen_as_missed() -> None:
    error = curve()
    error[-2:] *= 3
    assert backtest(SHARDS, error).reaches[-1].coverage < backtest(SHARDS, curve()).reaches[-1].coverage
    assert "too low" in backtest(SHARDS, error).reason


def test_a_mean_of_many_runs_is_held_against_the_interval_of_such_a_mean() -> None:
    rng = np.random.default_rng(0)
    m, seeds = np.repeat(SHARDS, 20), np.tile(np.arange(20), len(SHARDS))
    one = np.repeat(curve(noise=0.0), 20) * np.exp(0.1 * rng.standard_normal(len(m)))
    mean, single = backtest(m, one).forecasts[-1], extrapolate(m[:-20], one[:-20], SHARDS[-1:])
    assert mean.value == pytest.approx(float(single.value[0]))
    assert mean.high / mean.low < float(single.high[0] / single.low[0]) ** 0.6
    shifted = one * np.exp(0.3 * rng.standard_normal(20))[seeds]
    last, known = backtest(m, shifted, seeds=seeds).forecasts[-1], backtest(m, shifted).forecasts[-1]
    assert last.low < known.low
    assert last.high > known.high


@pytest.mark.filterwarnings("error")
def test_a_seed_that_only_later_shards_have_is_no_seed_of_the_first_ones() -> None:
    rng, label = np.random.default_rng(0), np.array([1, 2])
    m = np.append(np.repeat(SHARDS, 2), SHARDS[-1])
    error = 3 * m**-0.3 * np.exp(0.01 * rng.standard_normal(len(m)))
    seeds = np.append(np.tile(label, len(SHARDS)), 0)
    with_it, without = (
        backtest(m[:n], error[:n], seeds=seeds[:n]).forecasts[0] for n in (len(m), len(m) - 1)
    )
    assert (with_it.value, with_it.low, with_it.high) == (without.value, without.low, without.high)


def test_runs_of_one_shard_are_one_measurement() -> None:
    m, error = np.repeat(SHARDS, 2), np.repeat(curve(), 2) * np.tile([0.99, 1.01], len(SHARDS))
    found = backtest(m, error)
    assert len(found.forecasts) == len(backtest(SHARDS, curve()).forecasts)


def test_json_has_no_infinity() -> None:
    json.dumps(backtest(SHARDS, curve()).as_dict(), allow_nan=False)


def test_it_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="leave none to forecast"):
        backtest(SHARDS[:3], curve()[:3])
    with pytest.raises(ValueError, match="at least 3 shards"):
        backtest(SHARDS, curve(), fewest=2)
