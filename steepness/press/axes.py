"""Axes that read without a legend: ticks at the shards, units in words, labels beside the lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from steepness.laws.forms import Floats
from steepness.press.canvas import PAPER, SURFACE, Drawing
from steepness.press.words import short

if TYPE_CHECKING:
    from matplotlib.axis import Axis

Line = tuple[Sequence[float] | Floats, Sequence[float] | Floats]
"""x and y of a line, or of a row of points, shape (n,)."""
End = tuple[float, float, str, str]
"""Where a line ends (x, y), its label and its colour."""
NEAR = 9.0
"""Pixels between a line's end and its label."""
LABEL_GAP = 15.0
"""Pixels between the lines of labels."""
FAR = 40.0
"""Pixels between a label and its line's end that call for a hairline."""
BACKGROUND = {"facecolor": SURFACE, "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
"""Of labels that may lie over lines."""
CHARACTER = 6.8
"""Pixels that a character of a label takes, on average."""


def logarithmic(drawn: Drawing, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
    """Both axes logarithmic between those limits, ticks at round numbers."""
    drawn.axes.set(xscale="log", yscale="log", xlim=xlim, ylim=ylim)
    _ticks(drawn.axes.xaxis, round_values(*xlim, count=4 if drawn.narrow else 8), short)
    _ticks(drawn.axes.yaxis, round_values(*ylim), short)


def shard_ticks(drawn: Drawing, shards: Sequence[float]) -> None:
    """Ticks of the x axis at the shards themselves, as many as have room; the largest always."""
    every = math.ceil(len(shards) / (5 if drawn.narrow else 11))
    _ticks(drawn.axes.xaxis, list(shards)[::-1][::every][::-1], short)


def named(drawn: Drawing, x: str, y: str) -> None:
    """Name the axes; y above its axis, to be read without turning the head."""
    drawn.axes.set_xlabel(x, labelpad=8)
    drawn.axes.set_title(y)


def padded(values: Sequence[float], below: float = 0.06, above: float = 0.06) -> tuple[float, float]:
    """Limits around positive values with a share of their logarithmic span to spare, at least 5 %."""
    low, high = min(values), max(values)
    span = max(math.log(high / low), math.log(1.05))
    return low * math.exp(-below * span), high * math.exp(above * span)


def round_values(low: float, high: float, count: int = 6) -> list[float]:
    """About `count` round numbers within limits, spaced for a logarithmic axis."""
    from matplotlib.ticker import LogLocator, MaxNLocator

    if high / low < 5:
        values = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    else:
        decades = math.log10(high / low)
        subs = (1.0, 2.0, 5.0) if decades < count / 3 else (1.0, 3.0) if decades < count / 2 else (1.0,)
        values = LogLocator(subs=subs, numticks=count + 2).tick_values(low, high)
    return [float(v) for v in values if low <= v <= high]


def label_ends(drawn: Drawing, ends: Sequence[End], beside: bool = False) -> None:
    """Label lines in the right margin, moving labels where they would overlap; a hairline leads to an end far away.

    Args:
        drawn: the drawing, its scales and limits already set.
        ends: the lines' ends.
        beside: put each label beside its line's own end instead, where lines end at many places.
    """
    longest = max(len(line) for *_, text, _ in ends for line in text.split("\n"))
    drawn.leave_room(20 + CHARACTER * longest)
    to_pixels = drawn.axes.transData.transform
    heights = [LABEL_GAP * (1 + text.count("\n")) for *_, text, _ in ends]
    pixels = [float(to_pixels((x, y))[1]) for x, y, *_ in ends]
    middles = _apart(pixels, heights, drawn.axes.bbox.y0, drawn.axes.bbox.y1)
    right = drawn.axes.bbox.x1
    for (x, y, text, colour), middle in zip(ends, middles, strict=True):
        end_x, end_y = to_pixels((x, y))
        place = end_x if beside else right
        far = place - end_x > FAR or abs(middle - end_y) > FAR
        drawn.axes.annotate(
            text, (x, y), (place + 7, middle), textcoords="figure points", color=colour, va="center",
            annotation_clip=False, bbox=BACKGROUND, zorder=5,
            arrowprops={"arrowstyle": "-", "color": PAPER, "lw": 0.6, "shrinkA": 0, "shrinkB": 3} if far else None,
        )  # fmt: skip


def label_clear(drawn: Drawing, line: Line, text: str, colour: str, around: Sequence[Line]) -> None:
    """Label a line beside one of its ends, where the label lies over the least of what is drawn.

    Args:
        line: its x and y, shape (n,).
        around: every line and row of points that is drawn, this one among them.
    """
    ends = drawn.axes.transData.transform(np.column_stack(line))[[0, -1]]
    sides = [np.array([across, up]) for across in (-1, 0, 1) for up in (-1, 0, 1) if across or up]
    middles = [end + side * (NEAR + _size(text) / 2) for end in ends for side in sides]
    _label(drawn, middles, text, colour, around)


def label_on(drawn: Drawing, line: Line, text: str, colour: str, around: Sequence[Line]) -> Line:
    """Label a line on itself, where the label lies over the least of what is drawn besides; where that is."""
    return _label(drawn, list(drawn.axes.transData.transform(np.column_stack(line))), text, colour, around)


def _label(drawn: Drawing, middles: Sequence[Floats], text: str, colour: str, around: Sequence[Line]) -> Line:
    """Set a label at the best of some places, given as pixels; where that is, in data."""
    drawn_at = np.concatenate([_along(drawn, other) for other in around])
    half = _size(text) / 2
    best = min(middles, key=lambda middle: _covered(drawn, middle - half, middle + half, drawn_at))
    to_data = drawn.axes.transData.inverted().transform
    left = to_data((best[0] - half[0], best[1]))  # in data, as a picture has more pixels than the page
    drawn.axes.annotate(
        text, (float(left[0]), float(left[1])), color=colour, va="center", bbox=BACKGROUND, zorder=5,
        annotation_clip=False,
    )  # fmt: skip
    corners = to_data([best - half, best, best + half])
    return corners[:, 0], corners[:, 1]


def _size(text: str) -> Floats:
    """Pixels that a label takes: across, up."""
    lines = text.split("\n")
    return np.array([CHARACTER * max(map(len, lines)), LABEL_GAP * len(lines)])


def _along(drawn: Drawing, line: Line) -> Floats:
    """Pixels along a line, close enough that no label fits between two, shape (k, 2)."""
    pixels = drawn.axes.transData.transform(np.column_stack(line))
    share = np.linspace(0, 1, 12)[:, None]
    return np.concatenate([pixels, *(a + share * (b - a) for a, b in pairwise(pixels))])


def _covered(drawn: Drawing, low: Floats, high: Floats, drawn_at: Floats) -> float:
    """How much a label from `low` to `high` would lie over: points, and whatever is outside the axes."""
    inside = ((drawn_at > low - 3) & (drawn_at < high + 3)).all(axis=1).sum()
    box = drawn.axes.bbox
    beyond = np.maximum(0, [*(box.min - low), *(high - box.max)]).sum()
    return float(inside + beyond)


def _apart(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of labels near where they are wanted, apart, above `low` and, if they all fit, below `high`."""
    placed = [0.0] * len(wanted)
    for i in sorted(range(len(wanted)), key=wanted.__getitem__):
        placed[i] = max(wanted[i], low + heights[i] / 2)
        low = placed[i] + heights[i] / 2
    return [middle - max(low - high, 0.0) for middle in placed]


def _ticks(axis: Axis, values: Sequence[float], text: Callable[[float], str]) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    shown = dict(zip(values, _distinct(values, text), strict=True))
    axis.set_major_locator(FixedLocator(list(shown)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: shown.get(value) or text(value))


def _distinct(values: Sequence[float], text: Callable[[float], str]) -> list[str]:
    """Each value's text, in full where two would read alike."""
    said = [text(value) for value in values]
    return [f"{value:,.10g}" if said.count(t) > 1 else t for value, t in zip(values, said, strict=True)]
