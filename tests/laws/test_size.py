from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import fit_size
from tests.laws.curves import SHARDS


def test_size_law_is_the_log_log_regression() -> None:
    params = 40 * SHARDS**0.7 * np.exp(0.1 * np.random.default_rng(0).standard_normal(len(SHARDS)))
    found = fit_size(SHARDS, params)
    slope, intercept = np.polyfit(np.log(SHARDS), np.log(params), 1)
    assert found.beta_p.value == pytest.approx(slope)
    assert found.alpha.value == pytest.approx(np.exp(intercept))
    assert 0.7 in found.beta_p
    np.testing.assert_allclose(found.predict(SHARDS), np.exp(intercept) * SHARDS**slope)
