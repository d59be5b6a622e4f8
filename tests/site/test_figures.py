"""What a reader sees of the figures: labels over nothing that is drawn, enough ticks, text of one size everywhere."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.site.browsing import DESK, MISSING, PAGES, PHONE, REASON, Opened
from tests.site.conftest import forecasts

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason=REASON)]
SCREENS = pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
FIGURES = (Path(__file__).parent / "figures.js").read_text()
SLACK = 2
"""Pixels that the box of a text is higher than its letters, above and below."""
LEAST_TICKS = 3
TICK = re.compile(r"[+−]?[\d,]+(\.\d+)?([kMGT]| %)?|\d\d-\d\d")
"""A number, a count as 50k, a percentage, or a night."""


@pytest.fixture(scope="module")
def figures(site: Path, browser: Any) -> Callable[[str, dict[str, int]], list[dict[str, Any]]]:
    """The figures of a page on a screen, each page opened once."""

    @functools.cache
    def opened(name: str, width: int, height: int) -> list[dict[str, Any]]:
        with Opened(browser, (site / name).as_uri(), viewport={"width": width, "height": height}) as page:
            found: list[dict[str, Any]] = page.page.evaluate(FIGURES)
        assert found
        return found

    return lambda name, screen: opened(name, **screen)


def covers(text: Any, place: Any) -> bool:
    left, top, right, bottom = text["box"]
    return left < place[0] < right and top + SLACK < place[1] < bottom - SLACK


def meets(text: Any, box: Any) -> bool:
    left, top, right, bottom = text["box"]
    return left < box[2] and right > box[0] and top + SLACK < box[3] and bottom - SLACK > box[1]


def overprinted(figure: Any) -> list[str]:
    """Every text of a figure that lies over something, and over what."""
    found = []
    for i, text in enumerate(figure["texts"]):
        said = f"{figure['title']}: {text['said']}"
        found += [
            f"{said} over {other['said']}" for other in figure["texts"][:i] if meets(text, _core(other))
        ]
        found += [f"{said} over a line" for line in figure["lines"] if any(covers(text, at) for at in line)]
        found += [f"{said} over a point" for box in figure["points"] if meets(text, box)]
    return found


@SCREENS
@pytest.mark.parametrize("name", PAGES)
def test_no_text_lies_over_a_line_a_point_or_another_text(
    figures: Any, name: str, screen: dict[str, int]
) -> None:
    shown = figures(name, screen)
    assert [said for figure in shown for said in overprinted(figure)] == []


@SCREENS
@pytest.mark.parametrize("name", PAGES)
def test_no_text_leaves_its_figure(figures: Any, name: str, screen: dict[str, int]) -> None:
    for figure in figures(name, screen):
        left, top, right, bottom = figure["box"]
        for text in figure["texts"]:
            a, b, c, d = text["box"]
            assert left - SLACK < a < c < right + SLACK, (figure["title"], text)
            assert top - SLACK < b < d < bottom + SLACK, (figure["title"], text)


def _core(text: Any) -> list[float]:
    left, top, right, bottom = text["box"]
    return [left, top + SLACK, right, bottom - SLACK]


@SCREENS
@pytest.mark.parametrize("name", PAGES)
def test_every_axis_has_three_ticks_at_least_and_none_twice(
    figures: Any, name: str, screen: dict[str, int]
) -> None:
    for figure in figures(name, screen):
        _check_ticks(figure)


def _check_ticks(figure: Any) -> None:
    left, _, _, bottom = figure["axes"]
    below = [t for t in figure["texts"] if t["box"][1] >= bottom - 1]
    lowest = max(t["box"][1] for t in below)
    x = [t["said"] for t in below if t["box"][1] < lowest - 5]  # the lowest is the axis' name
    y = [t["said"] for t in figure["texts"] if t["box"][2] <= left and t not in below]
    for ticks in (x, y) if figure["title"] != "Every exponent" else (x,):
        assert len(ticks) >= LEAST_TICKS, (figure["title"], ticks)
        assert len(set(ticks)) == len(ticks), (figure["title"], ticks)
        assert all(TICK.fullmatch(text) for text in ticks), (figure["title"], ticks)


@SCREENS
def test_text_of_figures_has_one_size(figures: Any, screen: dict[str, int]) -> None:
    sizes = {
        round(text["size"], 1)
        for name in PAGES
        for figure in figures(name, screen)
        for text in figure["texts"]
    }
    assert max(sizes) <= 1.15 * min(sizes)


@SCREENS
def test_what_if_is_read_like_every_figure_wherever_its_sliders_stand(
    site: Path, browser: Any, screen: dict[str, int]
) -> None:
    curves = forecasts(site)["curves"]
    with Opened(browser, (site / "whatif/index.html").as_uri(), viewport=screen) as opened:
        for curve in curves:
            for at in (0, 1, 7, len(curve["ahead"]) - 1):
                opened.page.evaluate("hash => { location.hash = hash; }", f"#{curve['id']}&at={at}")
                opened.page.wait_for_function(f"which.value === '{curve['id']}' && m.value == {at}")
                (figure,) = opened.page.evaluate(FIGURES)
                _check_ticks(figure)
                assert overprinted(figure) == []
        command = opened.page.locator("#command")
        assert command.evaluate("shown => shown.scrollWidth <= shown.clientWidth"), "the command is cut"
        assert opened.faults == []
