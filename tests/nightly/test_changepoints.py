from __future__ import annotations

import numpy as np
import pytest

from steepness.nightly.changepoints import find_change_points


def test_change_points_are_found_where_they_are() -> None:
    rng = np.random.default_rng(0)
    levels = np.r_[np.zeros(20), np.ones(10), np.full(8, -1.0)]
    assert find_change_points(levels + 0.1 * rng.standard_normal(38)) == [20, 30]


def test_an_odd_night_is_no_change_point_and_hides_none() -> None:
    values = 0.1 * np.random.default_rng(0).standard_normal(24)
    values[10] -= 5
    assert find_change_points(values[:20]) == []
    values[21:] += 1
    assert find_change_points(values) == [21]


def test_noise_has_no_change_points() -> None:
    rng = np.random.default_rng(0)
    assert sum(bool(find_change_points(rng.standard_normal(30))) for _ in range(300)) <= 2


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 9.0, 9.0, 9.0], [2.0] * 12])
def test_too_few_nights_or_none_that_differ_have_no_change_points(values: list[float]) -> None:
    assert find_change_points(values) == []
