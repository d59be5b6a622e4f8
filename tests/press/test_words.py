"""Numbers as a reader wants them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import steepness
from steepness.laws import Interval
from steepness.laws.amounts import counted, ranged
from steepness.press.words import duration, exponent_interval, interval, listing, number, short, signed


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (6.0449, "6.04"), (-0.07149, "−0.0715"), (123456.0, "123,000"), (3.1e17, "3.10×10¹⁷"),
     (2.12e-7, "2.12×10⁻⁷"), (0.9996, "1.00"), (999.7, "1,000"),
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


@pytest.mark.parametrize(
    ("bounds", "text"),
    [
        ((1.0, 0.9996, 1.004), "1.00 (1.00…1.00)"),
        ((1.02, 0.957, 1.09), "1.02 (0.96…1.09)"),
        ((22_627, 16_000, 32_000), "22,600 (16,000…32,000)"),
        ((0.012, -0.5, 0.52), "0.012 (−0.500…0.520)"),
        ((0.5, 0.0, 0.71), "0.500 (0…0.710)"),
        ((0.0, 0.0, 0.0163), "0 (0…0.0163)"),
        ((22_627, 100, float("inf")), "22,600 (100…∞)"),
        ((0.819, 0.0148, 4.53), "0.819 (0.0148…4.53)"),
    ],
)
def test_a_value_and_its_bounds_have_one_precision_unless_they_are_of_several_sizes(
    bounds: tuple[float, float, float], text: str
) -> None:
    assert interval(Interval(*bounds)) == text


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


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.04, "0.0"), (0.04, "0.0"), (-0.06, "−0.1"), (12.34, "+12.3"), (float("inf"), "+∞")],
)
def test_a_change_has_a_sign_unless_it_rounds_to_0(value: float, text: str) -> None:
    assert signed(value) == text


@pytest.mark.parametrize("word", ["percent", "counted"])
def test_what_amounts_write_is_written_nowhere_else(word: str) -> None:
    pattern = {"percent": r":\.\d%\}", "counted": r"'s' \* \(\w[^)]* > 1\)"}[word]
    found = [
        path for path in Path(steepness.__file__).parent.rglob("*.py") if re.search(pattern, path.read_text())
    ]
    assert found == []


def test_one_is_said_as_one() -> None:
    assert [counted(n, "night") for n in (0, 1, 2000)] == ["0 nights", "1 night", "2,000 nights"]
    assert counted(2, "study", "studies") == "2 studies"
    assert (ranged("4k", "8k"), ranged("8k", "8k")) == ("4k to 8k", "8k")


def test_listing() -> None:
    assert [listing(["a", "b", "c"][:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]
