"""Points as they are handed over: runs side by side, and points that count as several."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import extrapolate, fit

M = 1000 * 2.0 ** np.arange(7)
WIDE = (2 * M**-0.3)[:, None] * np.exp(0.05 * np.random.default_rng(0).standard_normal((7, 3)))


def test_runs_side_by_side_are_the_same_curve_as_runs_below_one_another() -> None:
    long = fit(np.repeat(M, 3), WIDE.ravel(), seeds=np.tile([0, 1, 2], 7))
    assert fit(M, WIDE).beta_g == long.beta_g
    assert fit(M, WIDE, seeds=["a", "b", "c"]).beta_g == long.beta_g
    wide, below = extrapolate(M, WIDE, [1e6]), extrapolate(np.repeat(M, 3), WIDE.ravel(), [1e6])
    np.testing.assert_allclose(wide.value, below.value)
    holed = WIDE.copy()
    holed[3, 1] = np.nan
    assert fit(M, holed).recommended.n == 20
    with pytest.raises(ValueError, match="a column for each run"):
        fit(M[:-1], WIDE)


def test_a_point_of_weight_three_counts_as_three_runs() -> None:
    error = WIDE[:, 0]
    tripled = fit(np.append(M, [M[2], M[2]]), np.append(error, [error[2], error[2]]))
    weighted = fit(M, error, weights=[1, 1, 3, 1, 1, 1, 1])
    assert weighted.power_all.beta_g.value == pytest.approx(tripled.power_all.beta_g.value)
    assert fit(M, error, weights=[5.0] * 7).beta_g.value == pytest.approx(fit(M, error).beta_g.value)
    assert [f.n for f in weighted.fits] == [7] * 4
    with pytest.raises(ValueError, match="weights has shape"):
        fit(M, error, weights=[1, 2])


def test_weights_that_would_be_passed_over_are_refused() -> None:
    error, weights = 0.5 * (M / M[0]) ** -0.3, np.arange(1.0, 8.0)
    with pytest.raises(ValueError, match="weights go with no counts"):
        fit(M, error, weights=weights, counts=[100] * 7)
    error[-1] = 0
    with pytest.raises(ValueError, match="weights go with no errors of 0"):
        fit(M, error, weights=weights)
