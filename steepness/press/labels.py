"""Labels in place of a legend: beside what they name, clear of each other and of all else that is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from steepness.laws.forms import Floats
from steepness.press.canvas import CHARACTER, MUTED, PAPER, SURFACE, Drawing

Line = tuple[Sequence[float] | Floats, Sequence[float] | Floats]
"""x and y of a line, or of a row of points, shape (n,)."""
End = tuple[float, float, str, str]
"""Where a line ends (x, y), its label and its colour."""
NEAR = 9.0
"""Pixels between a line and its label."""
LABEL_GAP = 15.0
"""Pixels between the lines of labels."""
FAR = 40.0
"""Pixels between a label and its line's end that call for a hairline."""
CLEAR = 5.0
"""Pixels around a label that are kept clear of lines and of the middles of points."""
STEP = 3.0
"""Pixels between the places of a line that are kept clear."""
BACKGROUND = {"facecolor": SURFACE, "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
"""Of labels that may lie over lines."""
TITLE_PAD = 25
"""Pixels from the axes to the name of y where labels stand between."""


def label_ends(drawn: Drawing, ends: Sequence[End]) -> None:
    """Label lines in the right margin, moving labels where they would overlap; a hairline leads to an end far away.

    Args:
        drawn: the drawing, its scales and limits already set.
        ends: the lines' ends.
    """
    longest = max(len(line) for *_, text, _ in ends for line in text.split("\n"))
    drawn.leave_room(20 + CHARACTER * longest)
    pixels = drawn.axes.transData.transform([(x, y) for x, y, *_ in ends])
    heights = [LABEL_GAP * (1 + text.count("\n")) for *_, text, _ in ends]
    middles = _apart(pixels[:, 1].tolist(), heights, drawn.axes.bbox.y0, drawn.axes.bbox.y1)
    right = drawn.axes.bbox.x1
    for (x, y, text, colour), end, middle in zip(ends, pixels, middles, strict=True):
        far = right - end[0] > FAR or abs(middle - end[1]) > FAR
        if far:
            drawn.taken.append(_along(np.array([end, (right + 7, middle)])))
        drawn.axes.annotate(
            text, (x, y), (right + 7, middle), textcoords="figure points", color=colour, va="center",
            annotation_clip=False, bbox=BACKGROUND, zorder=5,
            arrowprops={"arrowstyle": "-", "color": PAPER, "lw": 0.6, "shrinkA": 3, "shrinkB": 4} if far else None,
        )  # fmt: skip


def label_above(drawn: Drawing, places: Sequence[tuple[float, str]]) -> None:
    """Name what begins at places of the x axis in a strip above the axes, where nothing is drawn; call it after the
    axes have been named.

    Args:
        places: x and its text, ascending in x.
    """
    axes = drawn.axes
    widths = [CHARACTER * len(text) + NEAR for _, text in places]
    starts = axes.transData.transform([(x, axes.get_ylim()[1]) for x, _ in places])[:, 0]
    wanted = [float(start) + width / 2 for start, width in zip(starts, widths, strict=True)]
    middles = _apart(wanted, widths, axes.bbox.x0, axes.bbox.x1)
    for (_, text), middle, width in zip(places, middles, widths, strict=True):
        axes.annotate(
            text, (0, 1), (middle - width / 2, axes.bbox.y1 + 4), xycoords="axes fraction",
            textcoords="figure points", color=MUTED, va="bottom", annotation_clip=False,
        )  # fmt: skip
    axes.set_title(axes.get_title(loc="left"), pad=TITLE_PAD)


def label_clear(drawn: Drawing, line: Line, text: str, colour: str) -> None:
    """Label a line beside one of its ends, or else beside its middle, where nothing is drawn; call it last.

    Args:
        line: its x and y, shape (n,).
    """
    at = drawn.axes.transData.transform(np.column_stack(line))
    sides = [np.array([across, up]) for across in (-1, 0, 1) for up in (-1, 0, 1) if across or up]
    middles = [
        place + side * (away * NEAR + _size(text) / 2)
        for away in (1, 2, 4)
        for part in (at[[0, -1]], at[1:-1])
        for place in part
        for side in sides
    ]
    _label(drawn, middles, text, colour)


def label_on(drawn: Drawing, line: Line, text: str, colour: str) -> None:
    """Label a line on itself, where the label lies over the least of what is drawn besides."""
    _label(drawn, list(drawn.axes.transData.transform(np.column_stack(line))), text, colour)


def _label(drawn: Drawing, middles: Sequence[Floats], text: str, colour: str) -> None:
    """Set a label at the first of those places, given as pixels, that has the least below it."""
    below = np.concatenate([*_lines(drawn), *drawn.taken, np.empty((0, 2))])
    half = _size(text) / 2
    best = min(middles, key=lambda middle: _covered(drawn, middle - half, middle + half, below))
    to_data = drawn.axes.transData.inverted().transform
    left = to_data((best[0] - half[0], best[1]))  # in data, as a picture has more pixels than the page
    drawn.axes.annotate(
        text, (float(left[0]), float(left[1])), color=colour, va="center", bbox=BACKGROUND, zorder=5,
        annotation_clip=False,
    )  # fmt: skip
    x, y = np.meshgrid(*(np.linspace(-h, h, max(int(2 * h / STEP), 2)) for h in half))
    drawn.taken.append(best + np.column_stack([x.ravel(), y.ravel()]))


def _size(text: str) -> Floats:
    """Pixels that a label takes: across, up."""
    lines = text.split("\n")
    return np.array([CHARACTER * max(map(len, lines)), LABEL_GAP * len(lines)])


def _lines(drawn: Drawing) -> Iterator[Floats]:
    """Pixels of every line and point in the axes that is seen, shape (k, 2) each."""
    from matplotlib.collections import LineCollection
    from matplotlib.contour import ContourSet

    for line in drawn.axes.lines:
        pixels = line.get_transform().transform(line.get_xydata())
        pixels = pixels[np.isfinite(pixels).all(axis=1)]
        if line.get_alpha() != 0 and len(pixels):
            yield pixels if line.get_linestyle() == "None" else _along(pixels)
    for collection in drawn.axes.collections:
        if isinstance(collection, LineCollection | ContourSet):
            for path in collection.get_paths():
                for part in path.to_polygons(closed_only=False):
                    yield _along(drawn.axes.transData.transform(part))


def _along(pixels: Floats) -> Floats:
    """Places along a line, close enough that no label fits between two, shape (k, 2)."""
    walked = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(pixels, axis=0).T))])
    steps = np.linspace(0, walked[-1], 2 + int(walked[-1] / STEP))
    return np.column_stack([np.interp(steps, walked, pixels[:, axis]) for axis in (0, 1)])


def _covered(drawn: Drawing, low: Floats, high: Floats, below: Floats) -> float:
    """How much a label from `low` to `high` would lie over: places of lines, and whatever is outside the axes."""
    inside = ((below > low - CLEAR) & (below < high + CLEAR)).all(axis=1).sum()
    box = drawn.axes.bbox
    beyond = np.maximum(0, [*(box.min - low), *(high - box.max)]).sum()
    return float(inside + beyond)


def _apart(wanted: Sequence[float], lengths: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of labels near where they are wanted, apart, below `high` and, if they all fit, above `low`."""
    from scipy.optimize import isotonic_regression

    order = np.argsort(wanted, kind="stable")
    length = np.array(lengths)[order]
    before = np.cumsum(length) - length / 2  # middles of labels that stand end to end
    placed = np.empty(len(wanted))
    free = isotonic_regression(np.array(wanted)[order] - before).x
    placed[order] = before + np.clip(free, low, high - length.sum())
    return placed.tolist()
