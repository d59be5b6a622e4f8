"""Labels stand in place of a legend: apart from each other, and over nothing that is drawn."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from steepness.press.axes import logarithmic, named
from steepness.press.canvas import NARROW, WIDE, Drawing, drawing
from steepness.press.labels import label_above, label_clear, label_ends, label_on


def boxes(drawn: Drawing) -> list[Bbox]:
    """Where the labels are, in pixels, without their hairlines."""
    drawn.figure.draw_without_rendering()
    return [Text.get_window_extent(text) for text in drawn.axes.texts]


def test_labels_of_lines_that_end_together_do_not_overlap() -> None:
    with drawing(WIDE) as drawn:
        logarithmic(drawn, (1, 100), (1, 10))
        ends = [(90, 3.0, "one\n1"), (90, 3.01, "two\n2"), (90, 3.02, "three")]
        label_ends(drawn, [(*end, "#000000") for end in ends])
    places = sorted(boxes(drawn), key=lambda box: box.y0)
    assert all(below.y1 <= above.y0 + 1 for below, above in pairwise(places))


def test_lines_that_end_early_are_labelled_in_the_margin_with_a_hairline_to_their_end() -> None:
    with drawing(NARROW) as drawn:
        logarithmic(drawn, (1, 1000), (1, 10))
        ends = [(float(x), 5.0, f"{x:,}") for x in (20, 60, 200, 900)]
        label_ends(drawn, [(*end, "#000000") for end in ends])
    assert all(box.x0 > drawn.axes.bbox.x1 for box in boxes(drawn))
    led = [t.get_text() for t in drawn.axes.texts if isinstance(t, Annotation) and t.arrow_patch]
    assert led == ["20", "60", "200"]


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_label_beside_a_line_lies_over_no_line_and_no_point(width: int) -> None:
    m = np.geomspace(1, 1000, 9)
    lines = [(m, 9 * m**slope) for slope in (-0.1, -0.2, -0.25, -0.3)]
    with drawing(width) as drawn:
        logarithmic(drawn, (0.8, 1200), (1, 12))
        for line in lines:
            drawn.axes.plot(*line, "o-")
        for i, line in enumerate(lines):
            label_clear(drawn, line, f"line {i}\nβ −0.1", "#000000")
        named(drawn, "m", "error")
    places = boxes(drawn)
    fine = np.geomspace(1, 1000, 2000)
    for slope in (-0.1, -0.2, -0.25, -0.3):
        at = drawn.axes.transData.transform(np.column_stack([fine, 9 * fine**slope]))
        assert not any(box.contains(x, y) for box in places for x, y in at)
    assert not any(a.overlaps(b) for a, b in combinations(places, 2))


@pytest.mark.parametrize("starts", [(1.0, 1.1, 90.0), (1.0, 80.0, 95.0), (1.0, 10.0, 30.0)])
def test_names_above_the_axes_keep_apart_however_narrow_what_they_name(starts: tuple[float, ...]) -> None:
    names = ("small data", "power law", "irreducible")
    with drawing(NARROW) as drawn:
        logarithmic(drawn, (1, 100), (1, 10))
        named(drawn, "m", "validation cross entropy (nats)")
        label_above(drawn, list(zip(starts, names, strict=True)))
    places = [*boxes(drawn), Text.get_window_extent(drawn.axes._left_title)]  # type: ignore[attr-defined]
    assert all(box.y0 >= drawn.axes.bbox.y1 for box in places)
    assert not any(a.overlaps(b) for a, b in combinations(places, 2))
    assert all(0 <= box.x0 < box.x1 <= NARROW for box in places)


@pytest.mark.parametrize("dpi", [72, 144])  # of the page, and of a PNG
def test_a_label_on_a_line_lies_on_it_at_any_resolution(dpi: int) -> None:
    line = (np.geomspace(1, 100, 20), np.full(20, 3.0))
    with drawing(WIDE) as drawn:
        logarithmic(drawn, (1, 100), (1, 10))
        drawn.axes.plot(*line)
        label_on(drawn, line, "3.00", "#000000")
        drawn.figure.dpi = dpi
        (box,) = boxes(drawn)
        middle = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        x, y = drawn.axes.transData.inverted().transform(middle)
    assert 1 <= x <= 100
    assert y == pytest.approx(3.0, rel=0.02)
