"""One look for every figure: sizes, colours, and a drawing that keeps the numbers behind it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from steepness.laws.amounts import LONGEST

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Pixels; a page's main figure is drawn twice, so that its text keeps its size on a phone, too.
WIDE = 880
NARROW = 400
HEIGHTS = {WIDE: 480, NARROW: 330}
MARGIN, ABOVE, LINE = 48, 40, 15
"""Left of the axes, above them, and for each line of their name but the first."""
CHARACTER, LETTER = 6.8, 6.4
"""That a character takes on average, of a short label and of a long name."""

INK, MUTED, GRID, SURFACE = "#1d1d21", "#6e6e78", "#e4e4e9", "#fefefe"
PAPER, REGION = "#8c8c97", "#f1f1f5"
# Okabe & Ito 2008, told apart with any colour vision; the order gives neighbours the most contrast.
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
LABELS = ("#0072b2", "#ad4b00", "#007a59", "#a3447a", "#8a5c00", "#1f74a8")
"""The same for text, which needs more contrast than a line."""
STEPS = 16
DIGITS = 6
"""Significant ones of the numbers behind a figure, but for whole numbers, which are exact."""


def _ramp() -> tuple[str, ...]:
    start, end = (61, 118, 176), (5, 30, 72)
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
    **{colour: f"var(--label-{i})" for i, colour in enumerate(LABELS)},
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


class Number(NamedTuple):
    """A point behind a figure: of which series, where, and between which bounds if it has any."""

    series: str
    x: float
    y: float
    low: float | None = None
    high: float | None = None


def _brief(value: Any) -> Any:
    """To as many digits as any figure can show, so that files stay small; None stays."""
    if value is None:
        return None
    exact = float(value)
    return int(exact) if exact.is_integer() and abs(exact) < LONGEST else float(f"{exact:.{DIGITS}g}")


@dataclass(kw_only=True)
class Drawing:
    """A figure of one axes, with a text for every marker that has something to tell, and the numbers behind it.

    Attributes:
        tips: the texts of each series of markers.
        numbers: what a reader gets as a table.
        aside: what only the files hold besides: every trial, every step.
        taken: pixels that labels and hairlines have taken, shape (k, 2) each.
        left: the margin left of the axes, in pixels.
    """

    figure: Figure
    axes: Axes
    tips: dict[str, Sequence[str]] = field(default_factory=dict)
    numbers: list[Number] = field(default_factory=list)
    aside: list[Number] = field(default_factory=list)
    taken: list[Any] = field(default_factory=list)
    left: float = MARGIN

    @cached_property
    def markup(self) -> str:
        """What matplotlib writes as SVG; asked for once the figure is finished, as a page and a file share it."""
        import matplotlib as mpl

        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        with mpl.rc_context(RC), io.BytesIO() as file:
            self.figure.savefig(file, format="svg", transparent=True, metadata=nothing)
            text = file.getvalue().decode()
        return text[text.index("<svg") :]

    @property
    def narrow(self) -> bool:
        """Whether it was drawn for a phone or for a row of panels."""
        return self.figure.bbox.width <= NARROW

    def leave_room(self, right: float) -> None:
        """Fix the margins, in pixels; measuring every text instead would take half the time of a report."""
        width, height = self.figure.bbox.size
        self.figure.subplots_adjust(self.left / width, 50 / height, 1 - right / width)
        self.leave_above(1 + self.axes.get_title(loc="left").count("\n"))

    def leave_above(self, lines: int) -> None:
        """Fix the margin above the axes, for a name of y of so many lines."""
        above = ABOVE + LINE * max(lines - 1, 0)
        self.figure.subplots_adjust(top=1 - above / self.figure.bbox.height)

    def leave_left(self, ticks: Sequence[str]) -> None:
        """Widen the margin left of the axes where their numbers call for it; a percent sign is as wide as two."""
        widest = max((len(text) + text.count("%") for text in ticks), default=0)
        self.left = max(MARGIN, 6 + CHARACTER * widest)
        self.figure.subplots_adjust(left=self.left / self.figure.bbox.width)

    @property
    def names(self) -> dict[str, str]:
        """Of the axes, each in a line."""
        x, y = self.axes.get_xlabel(), self.axes.get_title(loc="left")
        return {"x": " ".join(x.split()), "y": " ".join(y.split())}

    def tell(self, artist: Artist, texts: Sequence[str]) -> None:
        """Attach one text to each marker of a line."""
        gid = f"tips-{len(self.tips)}"
        artist.set_gid(gid)
        self.tips[gid] = texts

    def keep(
        self, series: str, x: Iterable[float], y: Iterable[float],
        bounds: Iterable[tuple[float, float]] = (), *, aside: bool = False,
    ) -> None:  # fmt: skip
        """Keep the numbers of a series for the table and the files behind the figure, or for the files alone."""
        for a, b, (low, high) in zip(x, y, chain(bounds, repeat((None, None))), strict=False):
            (self.aside if aside else self.numbers).append(Number(series, *map(_brief, (a, b, low, high))))


def readable(colour: str) -> str:
    """A series' colour for text."""
    return LABELS[SERIES.index(colour)] if colour in SERIES else colour


@contextmanager
def drawing(width: int, height: int | None = None) -> Iterator[Drawing]:
    """An empty figure of that width in pixels, and the usual height unless another is said, in the house style."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    rc = {**RC, "figure.figsize": (width / 72, (height or HEIGHTS[width]) / 72), "figure.dpi": 72}
    with mpl.rc_context(rc):
        figure = Figure()
        axes = figure.subplots()
        axes.grid(axis="y", clip_on=False)
        drawn = Drawing(figure=figure, axes=axes)
        drawn.leave_room(16)
        yield drawn
