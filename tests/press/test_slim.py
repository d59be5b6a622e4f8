"""Slim drawings show what matplotlib drew: the same places, every text, each shared part written once."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from steepness.press.canvas import NARROW, Drawing, drawing
from steepness.press.files import embedded, svg
from steepness.press.paths import SVG, joined, steps
from steepness.press.slim import shared


@pytest.fixture
def drawn() -> Drawing:
    with drawing(NARROW) as figure:
        x = np.linspace(0, 1, 40)
        figure.axes.plot(x, np.sin(7 * x), color="#0072b2")
        (dots,) = figure.axes.plot(x[::8], x[::8], "o", color="#d55e00")
        figure.tell(dots, [f"point {i}" for i in range(5)])
    return figure


def points(path: str) -> np.ndarray:
    """Where a path of steps goes, shape (n, 2)."""
    first, *moves = re.findall(r"[Mlhv][^Mlhv]*", path)
    steps_taken = [_numbers(first)]
    for move in moves:
        values = _numbers(move)
        steps_taken += {
            "l": [values[i : i + 2] for i in range(0, len(values), 2)],
            "h": [[x, 0.0] for x in values],
            "v": [[0.0, y] for y in values],
        }[move[0]]
    return np.cumsum(np.array(steps_taken), axis=0)


def _numbers(part: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?(?:\d+\.?\d*|\.\d+)", part)]


def test_a_line_stays_where_it_was_drawn_and_has_no_point_more_than_it_needs(drawn: Drawing) -> None:
    (line,) = re.findall(r'<path d="([^"]*)"[^>]*stroke:#0072b2', svg(drawn))
    x = np.linspace(0, 1, 40)
    wanted = drawn.axes.transData.transform(np.column_stack([x, np.sin(7 * x)]))
    wanted[:, 1] = drawn.figure.bbox.height - wanted[:, 1]
    found = points(line)
    np.testing.assert_allclose(np.interp(wanted[:, 0], *found.T), wanted[:, 1], atol=0.25)
    np.testing.assert_allclose(found[[0, -1]], wanted[[0, -1]], atol=0.06)


def test_a_straight_line_has_two_points() -> None:
    assert steps("M 10 10 L 20 15 L 30 20 L 40 25") == "M10 10l30 15"
    assert steps("M 10 10 L 20 10 L 20 30 z M 5 5 L 5 9.5") == "M10 10h10v20zM5 5v4.5"
    assert steps("M 0 0 L 10 0 L 0 0") == "M0 0h10-10"


def test_lines_of_one_look_become_one_path_but_none_that_shine_through() -> None:
    line = '<path d="M1 {}h5" style="fill: none; stroke: #000{}"/>'
    for style, left in (("", 1), ("; stroke-opacity: 0.5", 3)):
        inside = "".join(line.format(y, style) for y in range(3))
        root = ElementTree.fromstring(f'<svg xmlns="{SVG}">{inside}</svg>')
        joined(root)
        assert len(root) == left
        assert "".join(path.get("d", "") for path in root) == "M1 0h5M1 1h5M1 2h5"


def test_figures_of_a_page_share_markers_and_styles_and_keep_their_texts(drawn: Drawing) -> None:
    figures = [embedded(drawn, f"n{i}", "dots") for i in range(3)]
    page = shared("<style>\n</style>\n<body>\n" + "\n".join(figures))
    assert page.count("<circle") == 1 < "".join(figures).count("<circle")
    assert page.count("<title>") == 15
    used, defined = (set(re.findall(name, page)) for name in (r'href="#([^"]+)"', r' id="([^"]+)"'))
    assert used <= defined
    named, ruled = (set(re.findall(name, page)) for name in (r'class="(s\d+)"', r"\.(s\d+)\{"))
    assert named == ruled
    assert len(page) < 0.7 * len("".join(figures))
