"""Ticks of axes are round, few and inside."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.press.axes import logarithmic, round_values
from steepness.press.canvas import WIDE, drawing
from steepness.press.files import png


@pytest.mark.parametrize(
    "limits", [(5.0, 5.4), (0.02, 0.9), (8e3, 1e6), (1e3, 1e12), (40.0, 4500.0), (0.9, 9.0), (1.0, 1.001)]
)
def test_ticks_are_round_few_and_inside(limits: tuple[float, float]) -> None:
    values = round_values(*limits)
    assert 3 <= len(values) <= 7
    assert np.all((np.array(values) >= limits[0]) & (np.array(values) <= limits[1]))
    assert all(float(f"{v:.5g}") == pytest.approx(v, rel=1e-12) for v in values)


def test_ticks_that_would_read_alike_are_written_in_full() -> None:
    with drawing(WIDE) as drawn:
        logarithmic(drawn, (1, 100), (363_900, 364_400))
        labels = [axis_label.get_text() for axis_label in drawn.axes.get_yticklabels()]
    assert len(labels) == len(set(labels)) > 2


def test_png_is_twice_the_pixels() -> None:
    with drawing(WIDE) as drawn:
        image = png(drawn)
    assert int.from_bytes(image[16:20], "big") == 2 * WIDE


@pytest.mark.parametrize("limits", [(3.01, 3.09), (2040, 2060), (0.5, 14), (363_900, 364_400), (1e4, 1e9)])
def test_a_tick_reads_as_the_number_where_it_stands(limits: tuple[float, float]) -> None:
    with drawing(WIDE) as drawn:
        logarithmic(drawn, (1, 100), limits)
        shown = {tick: text.get_text() for tick, text in
                 zip(drawn.axes.get_yticks(), drawn.axes.get_yticklabels(), strict=True)}  # fmt: skip
    scale = {"k": 1e3, "M": 1e6, "G": 1e9}
    for tick, text in shown.items():
        read = float(text.rstrip("kMG").replace(",", "")) * scale.get(text[-1], 1)
        assert read == pytest.approx(tick, rel=1e-9)
