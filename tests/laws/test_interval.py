"""A value, or the reason for having none."""

from __future__ import annotations

import pytest

from steepness.laws import Estimate, Interval, fit


def test_a_refusal_is_the_reason() -> None:
    fitted = Estimate.of(lambda: fit([1, 2], [0.5, 0.4]))
    assert fitted.value is None
    assert "3" in (fitted.reason or "")
    exponent = fitted.map(lambda laws: laws.beta_g)
    assert exponent.as_dict() == {"value": None, "low": None, "high": None, "reason": fitted.reason}


def test_what_follows_from_a_value_is_a_value() -> None:
    assert Estimate.of(lambda: Interval(1.0, 0.5, 2.0)).map(
        lambda at: at.map(lambda x: -x)
    ).value == Interval(-1.0, -2.0, -0.5)


def test_only_a_refusal_is_taken_for_a_reason() -> None:
    with pytest.raises(ZeroDivisionError):
        Estimate.of(lambda: 1 / 0)
