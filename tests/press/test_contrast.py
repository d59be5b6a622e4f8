"""Every text of a page and of its figures has a contrast of 4.5 to 1, in the light theme and in the dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from steepness.press.canvas import LABELS, MUTED, RAMP

STYLE = (files("steepness.press") / "templates" / "style.css.j2").read_text()
THEMES = re.findall(r":root \{(.*?)\n\s*\}", STYLE, re.DOTALL)[:2]
TEXT = ["ink", "muted", "link", "ramp-start", "ramp-end", *(f"label-{i}" for i in range(len(LABELS)))]


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, WCAG 2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
@pytest.mark.parametrize("name", TEXT)
def test_text_of_a_page(theme: str, name: str) -> None:
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", theme))
    for ground in ("surface", "region") if name in ("ink", "muted") else ("surface",):
        assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)


@pytest.mark.parametrize("colour", [MUTED, *LABELS, *RAMP])
def test_text_of_a_figure_as_a_file(colour: str) -> None:
    assert contrast(colour, "#ffffff") >= 4.5
