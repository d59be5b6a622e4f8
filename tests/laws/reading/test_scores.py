"""Scores of which more is better, and how each becomes an error."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.laws.reading import read

M = [1000, 2000, 4000, 8000]
R2 = [-0.3, 0.1, 0.3, 0.5]


def test_a_score_that_is_below_zero_now_and_then_is_taken_from_1() -> None:
    found = read({"m": M, "r2_score": R2})
    np.testing.assert_allclose(found.curve.error, [1.3, 0.9, 0.7, 0.5])
    assert found.said.endswith("error = 1 - r2_score")
    folds = read({"m": M[1:], "split0_test_score": R2[1:], "split1_test_score": [-0.1, 0.2, 0.4]})
    np.testing.assert_allclose(folds.curve.error, [0.9, 0.7, 0.5, 1.1, 0.8, 0.6])


def test_a_score_that_is_always_below_zero_is_an_error_negated_and_said_so() -> None:
    found = read({"m": M, "mean_test_score": [-0.5, -0.4, -0.3, -0.2]})
    assert found.curve.error.tolist() == [0.5, 0.4, 0.3, 0.2]
    assert found.said.endswith("error = -mean_test_score")


def test_errors_that_are_all_below_zero_are_met_with_the_option_for_scores() -> None:
    table = {"m": M, "neg_mean_squared_error": [-0.5, -0.4, -0.3, -0.2]}
    with pytest.raises(
        ValueError, match=r"every error \(neg_mean_squared_error\) is below 0; say --accuracy COLUMN"
    ):
        read(table)
    assert read(table, accuracy="neg_mean_squared_error").curve.error.tolist() == [0.5, 0.4, 0.3, 0.2]
    with pytest.raises(
        ValueError, match=r"error \(1 - score\) is -0.4; a power law has none below 0, so drop this"
    ):
        read({"m": M, "score": [1.4, 0.1, 0.3, 0.4]})
