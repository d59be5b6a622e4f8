"""Several estimates as one answer: mean, scatter of the truths, and whether any is not 0."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import Interval
from steepness.laws.pool import Pooled, pool

REACH = 1.959964


def drawn(scatter: float, seed: int, n: int = 8, mean: float = 0.0, shared: float = 0.0) -> list[Interval]:
    """Estimates with 95 % bounds whose truths scatter around a mean; noise of .01 to .03."""
    random = np.random.default_rng(seed)
    noise = np.linspace(0.01, 0.03, n)
    common = random.standard_normal()
    own = np.sqrt(1 - shared) * random.standard_normal(n) + np.sqrt(shared) * common
    value = mean + scatter * random.standard_normal(n) + noise * own
    return [
        Interval(v, v - REACH * s, v + REACH * s) for v, s in zip(value.tolist(), noise.tolist(), strict=True)
    ]


def pooled(**how: float) -> list[Pooled]:
    return [pool(drawn(seed=s, **how), estimates_level=0.95) for s in range(400)]  # type: ignore[arg-type]


@pytest.mark.parametrize("scatter", [0.0, 0.03])
def test_intervals_hold_the_truth(scatter: float) -> None:
    found = pooled(scatter=scatter, mean=0.01)
    assert np.mean([0.01 in p.mean for p in found]) > 0.93
    assert np.mean([p.scatter.low <= scatter <= p.scatter.high for p in found]) > 0.93


def test_differences_that_are_all_nothing_are_seldom_called_something() -> None:
    found = pooled(scatter=0.0)
    assert np.mean([p.p_none < 0.05 for p in found]) < 0.08
    assert np.mean([p.p_alike < 0.05 for p in found]) < 0.08


def test_truths_that_scatter_are_not_alike_though_their_mean_is_nothing() -> None:
    found = pooled(scatter=0.05)
    assert np.mean([p.p_alike < 0.05 for p in found]) > 0.95
    assert np.mean([p.p_value < 0.05 for p in found]) < 0.08
    assert np.median([p.scatter.value for p in found]) == pytest.approx(0.05, rel=0.2)


def test_one_baseline_for_all_is_one_noise_for_all() -> None:
    estimates = [drawn(scatter=0.0, seed=s, shared=0.5) for s in range(400)]
    apart, together = (
        np.mean([pool(e, estimates_level=0.95, groups=groups).p_none < 0.05 for e in estimates])
        for groups in ((), ["old"] * 8)
    )
    assert together < 0.08
    assert together < apart
    held = [0 in pool(e, estimates_level=0.95, groups=["old"] * 8).mean for e in estimates]
    assert np.mean(held) > 0.93


def test_two_alike_estimates_are_their_mean() -> None:
    found = pool([Interval(1.0, 0.0, 2.0), Interval(1.4, 0.4, 2.4)], estimates_level=0.95)
    assert found.mean.value == pytest.approx(1.2)
    assert found.scatter.low == 0.0


@pytest.mark.parametrize(
    ("estimates", "said"),
    [
        ([Interval(1.0, 0.0, 2.0)], "1 estimates cannot be pooled"),
        ([Interval(1.0, 0.0, 2.0), Interval(1.0, 0.0, float("inf"))], "without two bounds"),
    ],
)
def test_what_cannot_be_pooled_is_said(estimates: list[Interval], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        pool(estimates, estimates_level=0.95)
