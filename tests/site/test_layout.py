"""Every kind of page by eye, on a phone and on a desk: no text on another, nothing cut off without a sign of it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.site.browsing import DESK, MISSING, PAGES, PHONE, REASON, Opened

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(MISSING), reason=REASON)]
COMPARISON = next(name for name in PAGES if name.startswith("compare-"))
KINDS = (
    "index.html",
    "whatif/index.html",
    "paper/index.html",
    "nightly/index.html",
    "image-cpu/index.html",
    COMPARISON,
)
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])

TEXTS = """
() => {
  const found = [], range = document.createRange();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, text = node.textContent.trim();
    if (!text || node.parentElement.closest("script, style, .skip, details:not([open]) > :not(summary)")) continue;
    const edge = node.parentElement.closest(".table, pre")?.getBoundingClientRect();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) {
      const right = Math.min(r.right, edge?.right ?? Infinity), bottom = Math.min(r.bottom, edge?.bottom ?? Infinity);
      if (right - r.left > 2 && bottom - r.top > 6) found.push([r.left, r.top, right, bottom, text]);
    }
  }
  return found;
}
"""
"""Every line of text that is seen, with its box in pixels: left, top, right, bottom."""
INK = np.array([1, 3, -1, -3])
"""From the box of a line to what is printed in it."""

LEFT = """
(where) => {
  const range = document.createRange();
  range.selectNodeContents(document.querySelector(where));
  return range.getBoundingClientRect().left;
}
"""
"""Where the text of an element begins."""
SCROLLED = """
() => [...document.querySelectorAll("main *")].filter((e) => e.scrollWidth > e.clientWidth + 12 && e.clientWidth
  && !["visible", "hidden"].includes(getComputedStyle(e).overflowX))
"""
"""What goes on beyond its edge, by more than a digit."""


@SIZES
@pytest.mark.parametrize("name", PAGES)
def test_no_text_stands_on_another(site: Path, browser: Any, name: str, size: dict[str, int]) -> None:
    with Opened(browser, (site / name).as_uri(), viewport=size) as opened:
        found = opened.page.evaluate(TEXTS)
    boxes, texts = np.array([f[:4] for f in found]) + INK, [f[4] for f in found]
    left, top, right, bottom = boxes.T
    upon = (np.minimum.outer(right, right) > np.maximum.outer(left, left)) & (
        np.minimum.outer(bottom, bottom) > np.maximum.outer(top, top)
    )
    assert [(texts[i][:60], texts[j][:60]) for i, j in zip(*np.nonzero(np.triu(upon, 1)), strict=True)] == []


@SIZES
@pytest.mark.parametrize("name", KINDS)
def test_what_goes_on_beyond_its_edge_says_so_and_can_be_scrolled_by_keys(
    site: Path, browser: Any, name: str, size: dict[str, int]
) -> None:
    with Opened(browser, (site / name).as_uri(), viewport=size) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        regions = opened.page.evaluate_handle(SCROLLED).get_properties().values()
        wide = [region.as_element() for region in regions]
        assert all(region.evaluate("e => e.tabIndex === 0") for region in wide)
        for region in wide[:2]:
            before = edge(region)
            region.evaluate("e => { e.scrollLeft = e.scrollWidth; }")
            assert np.abs(before - edge(region)) > 20, region.get_attribute("aria-label")


@pytest.mark.parametrize("name", PAGES)
def test_no_table_of_a_page_runs_off_on_a_desk(site: Path, browser: Any, name: str) -> None:
    with Opened(browser, (site / name).as_uri(), viewport=DESK) as opened:
        opened.page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        regions = opened.page.evaluate_handle(SCROLLED).get_properties().values()
        wide = [region.as_element().get_attribute("aria-label") for region in regions]
        tables = [label for label in wide if label]  # code has none, and may be long
        assert [label for label in tables if not label.startswith("Numbers of")] == []


def edge(region: Any) -> float:
    """How bright the last pixels at the right of what is scrolled are, between the lines of text."""
    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(region.screenshot())).convert("L"), float)
    return float(np.median(pixels[:, -4:]))


@SIZES
def test_all_of_a_page_begins_at_one_edge(site: Path, browser: Any, size: dict[str, int]) -> None:
    for name in KINDS:
        with Opened(browser, (site / name).as_uri(), viewport=size) as opened:
            edges = {opened.page.evaluate(LEFT, where) for where in ("nav.site", "h1", "footer")}
        assert len(edges) == 1, (name, edges)
