"""One look for every figure: drawn once with matplotlib, written as SVG and PNG, and embedded in the page.

Inside the page each colour becomes a CSS variable, so that figures follow the reader's light or dark theme, and
each marker carries a `<title>`, which the page's script turns into a hover label.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Pixels; a figure is drawn twice, so that text keeps its size on a phone and in a row of panels.
WIDE = 880
NARROW = 400
HEIGHTS = {WIDE: 480, NARROW: 330}

INK, MUTED, GRID, SURFACE = "#1d1d21", "#6e6e78", "#e4e4e9", "#fefefe"
PAPER, REGION = "#8c8c97", "#f1f1f5"
# Okabe & Ito 2008, told apart with any colour vision; the order gives neighbours the most contrast.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
STEPS = 16
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"


def _ramp() -> tuple[str, ...]:
    start, end = (133, 172, 212), (8, 48, 107)
    mixed = ([a + (b - a) * i / (STEPS - 1) for a, b in zip(start, end, strict=True)] for i in range(STEPS))
    return tuple("#" + "".join(f"{round(c):02x}" for c in rgb) for rgb in mixed)


RAMP = _ramp()
"""Pale to deep: small to large."""

THEME = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GRID: "var(--grid)",
    SURFACE: "var(--surface)",
    PAPER: "var(--paper)",
    REGION: "var(--region)",
    **{colour: f"var(--series-{i})" for i, colour in enumerate(SERIES)},
    **{
        colour: f"color-mix(in oklab, var(--ramp-start), var(--ramp-end) {100 * i / (STEPS - 1):.0f}%)"
        for i, colour in enumerate(RAMP)
    },
}

RC: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["Helvetica Neue", "Helvetica", "Arial", "Liberation Sans", "DejaVu Sans"],
    "font.size": 12,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": MUTED,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "ytick.major.size": 0,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "steepness",
}


@dataclass
class Drawing:
    """A figure of one axes, with a text for every marker that has something to tell."""

    figure: Figure
    axes: Axes
    tips: dict[str, Sequence[str]] = field(default_factory=dict)

    @property
    def narrow(self) -> bool:
        """Whether it was drawn for a phone or for a row of panels."""
        return self.figure.bbox.width <= NARROW

    def leave_room(self, right: float) -> None:
        """Fix the margins, in pixels; measuring every text instead would take half the time of a report."""
        width, height = self.figure.bbox.size
        self.figure.subplots_adjust(48 / width, 50 / height, 1 - right / width, 1 - 40 / height)

    def tell(self, artist: Artist, texts: Sequence[str]) -> None:
        """Attach one text to each marker of a line."""
        gid = f"tips-{len(self.tips)}"
        artist.set_gid(gid)
        self.tips[gid] = texts


@contextmanager
def drawing(width: int) -> Iterator[Drawing]:
    """An empty figure of that width in pixels, with the house style in force."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rc = {**RC, "figure.figsize": (width / 72, HEIGHTS[width] / 72), "figure.dpi": 72}
    with mpl.rc_context(rc):
        figure = Figure()
        axes = figure.subplots()
        axes.grid(axis="y")
        drawn = Drawing(figure, axes)
        drawn.leave_room(16)
        yield drawn


def svg(drawn: Drawing) -> str:
    """The figure as a file: colours fixed, text as text; the same input gives the same bytes."""
    import matplotlib as mpl

    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context(RC), io.BytesIO() as file:
        drawn.figure.savefig(file, format="svg", transparent=True, metadata=nothing)
        return file.getvalue().decode()


def png(drawn: Drawing) -> bytes:
    """The figure at twice the pixels, on white, for slides."""
    import matplotlib as mpl

    with mpl.rc_context(RC), io.BytesIO() as file:
        drawn.figure.savefig(file, format="png", dpi=144, facecolor="white", pil_kwargs={"compress_level": 3})
        return file.getvalue()


def embedded(text: str, tips: Mapping[str, Sequence[str]], prefix: str, label: str) -> str:
    """A figure as an element of the page.

    Args:
        text: what `svg` returned.
        tips: the drawing's.
        prefix: unique in the page; keeps the ids of one figure from those of another.
        label: what the figure shows, for screen readers.
    """
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(text[text.index("<svg") :])
    for gid, texts in tips.items():
        group = root.find(f".//{{{SVG}}}g[@id='{gid}']")
        assert group is not None, gid
        for marker, text in zip(group.iter(f"{{{SVG}}}use"), texts, strict=True):
            ElementTree.SubElement(marker, f"{{{SVG}}}title").text = text
    for attribute in ("width", "height"):
        del root.attrib[attribute]
    root.attrib.update({"role": "img", "aria-label": label})
    text = ElementTree.tostring(root, encoding="unicode")
    text = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", text)
    return re.sub(r"#[0-9a-f]{6}", lambda found: THEME.get(found[0], found[0]), text)
