"""Axes read without a legend: labels apart, ticks round, few and inside."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.text import Text

from steepness.press.axes import label_ends, label_on, logarithmic, round_values
from steepness.press.canvas import WIDE, drawing
from steepness.press.files import png


def test_labels_of_lines_that_end_together_do_not_overlap() -> None:
    with drawing(WIDE) as drawn:
        logarithmic(drawn, (1, 100), (1, 10))
        label_ends(
            drawn,
            [(90, 3.0, "one\n1", "#000000"), (90, 3.01, "two\n2", "#000000"), (90, 3.02, "three", "#000000")],
        )
        drawn.figure.draw_without_rendering()
        boxes = sorted((Text.get_window_extent(t) for t in drawn.axes.texts), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 + 1 for below, above in pairwise(boxes))


@pytest.mark.parametrize("limits", [(5.0, 5.4), (0.02, 0.9), (8e3, 1e6), (1e3, 1e12)])
def test_ticks_are_round_few_and_inside(limits: tuple[float, float]) -> None:
    values = round_values(*limits)
    assert 2 <= len(values) <= 12
    assert np.all((np.array(values) >= limits[0]) & (np.array(values) <= limits[1]))
    assert all(float(f"{v:.3g}") == pytest.approx(v) for v in values)


def test_ticks_that_would_read_alike_are_written_in_full() -> None:
    with drawing(WIDE) as drawn:
        logarithmic(drawn, (1, 100), (363_900, 364_400))
        labels = [axis_label.get_text() for axis_label in drawn.axes.get_yticklabels()]
    assert len(labels) == len(set(labels)) > 2


def test_png_is_twice_the_pixels() -> None:
    with drawing(WIDE) as drawn:
        image = png(drawn)
    assert int.from_bytes(image[16:20], "big") == 2 * WIDE


@pytest.mark.parametrize("dpi", [72, 144])  # of the page, and of a PNG
def test_a_label_on_a_line_lies_on_it_at_any_resolution(dpi: int) -> None:
    line = (np.geomspace(1, 100, 20), np.full(20, 3.0))
    with drawing(WIDE) as drawn:
        logarithmic(drawn, (1, 100), (1, 10))
        label_on(drawn, line, "3.00", "#000000", [line])
        drawn.figure.dpi = dpi
        drawn.figure.draw_without_rendering()
        box = Text.get_window_extent(drawn.axes.texts[-1])
        middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        x, y = drawn.axes.transData.inverted().transform(middle)
    assert 1 <= x <= 100
    assert y == pytest.approx(3.0, rel=0.02)
