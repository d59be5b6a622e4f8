"""Numbers as a reader wants them."""

from __future__ import annotations

import pytest

from steepness.laws import Interval
from steepness.press.words import duration, exponent_interval, listing, number, short


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (6.0449, "6.04"), (-0.07149, "−0.0715"), (123456.0, "123,000"), (3.1e17, "3.10×10¹⁷"),
     (2.12e-7, "2.12×10⁻⁷"),
     (float("inf"), "∞"), (float("nan"), "unknown")],
)  # fmt: skip
def test_number(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (8000, "8k"),
        (2048, "2,048"),
        (16_384, "16,384"),
        (131_072, "131k"),
        (1_050_000, "1.05M"),
        (999_999, "1M"),
        (0.5, "0.5"),
    ],
)
def test_short(count: float, text: str) -> None:
    assert short(count) == text


def test_bounds_of_an_exponent_never_read_alike() -> None:
    value, bounds = exponent_interval(Interval(-0.06604, -0.06606, -0.06602))
    low, high = bounds.split("…")
    assert low != value != high
    assert exponent_interval(Interval(-0.071, -0.0762, -0.0661)) == ("−0.071", "−0.076…−0.066")


def test_an_exponent_without_a_lower_bound() -> None:
    assert exponent_interval(Interval(-0.3, float("-inf"), -0.1))[1] == "−∞…−0.100"


@pytest.mark.parametrize(("seconds", "text"), [(12.4, "12 s"), (720, "12 min"), (12_240, "3.4 h")])
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_listing() -> None:
    assert [listing(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
