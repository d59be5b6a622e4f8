"""Slim drawings show what matplotlib drew: the same places, every text, each shared part written once."""

from __future__ import annotations

import re

import numpy as np
import pytest

from steepness.press.canvas import NARROW, Drawing, drawing
from steepness.press.files import embedded, svg
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
    first, _, rest = path.removeprefix("M").partition("l")
    numbers = [np.array(re.findall(r"-?(?:\d+\.?\d*|\.\d+)", part), dtype=float) for part in (first, rest)]
    return np.cumsum(np.concatenate(numbers).reshape(-1, 2), axis=0)


def test_a_line_stays_where_it_was_drawn(drawn: Drawing) -> None:
    (line,) = re.findall(r'<path d="([^"]*)"[^>]*stroke:#0072b2', svg(drawn))
    x = np.linspace(0, 1, 40)
    wanted = drawn.axes.transData.transform(np.column_stack([x, np.sin(7 * x)]))
    wanted[:, 1] = drawn.figure.bbox.height - wanted[:, 1]
    np.testing.assert_allclose(points(line), wanted, atol=0.11)


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
