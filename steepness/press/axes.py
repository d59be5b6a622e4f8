"""Axes: their scales, ticks at the shards or at round numbers, units in words."""

from __future__ import annotations

import itertools
import math
import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from steepness.press.canvas import LETTER, MARGIN, Drawing
from steepness.press.words import MINUS, short

if TYPE_CHECKING:
    from matplotlib.axis import Axis

FEWEST = 3
"""Ticks that an axis needs to be read as logarithmic."""
LINEAR = 5.0
"""Factor between an axis' limits below which its ticks are spaced evenly."""
SPACINGS: tuple[tuple[tuple[float, ...], int], ...] = (
    ((1, 1.5, 2, 3, 5, 7), 1), ((1, 2, 5), 1), ((1, 3), 1), ((1,), 1), ((1,), 2), ((1,), 3), ((1,), 6),
)  # fmt: skip
"""Ticks within a decade, and 1 for every decade, 2 for every other."""


def logarithmic(drawn: Drawing, xlim: tuple[float, float], ylim: tuple[float, float]) -> None:
    """Both axes logarithmic between those limits, ticks at round numbers."""
    drawn.axes.set(xscale="log", yscale="log", xlim=xlim, ylim=ylim)
    _ticks(drawn.axes.xaxis, round_values(*xlim, count=4 if drawn.narrow else 8), exact)
    _ticks(drawn.axes.yaxis, round_values(*ylim), exact)


def shard_ticks(drawn: Drawing, shards: Sequence[float]) -> None:
    """Ticks of the x axis at the shards themselves, as many as have room; the largest always."""
    every = math.ceil(len(shards) / (5 if drawn.narrow else 11))
    _ticks(drawn.axes.xaxis, list(shards)[::-1][::every][::-1], short)


def named(drawn: Drawing, x: str, y: str) -> None:
    """Name the axes; y above its axis, to be read without turning the head, in two lines where one has no room: then
    labels are to be placed after."""
    drawn.axes.set_xlabel(x, labelpad=8)
    lines = textwrap.wrap(y, int((drawn.figure.bbox.width - MARGIN) / LETTER), break_long_words=False)
    drawn.axes.set_title("\n".join(lines))
    drawn.leave_above(len(lines))
    axis = drawn.axes.yaxis
    drawn.leave_left(axis.get_major_formatter().format_ticks(list(axis.get_majorticklocs())))


def padded(values: Sequence[float], below: float = 0.06, above: float = 0.06) -> tuple[float, float]:
    """Limits around positive values with a share of their logarithmic span to spare, at least 5 %."""
    low, high = min(values), max(values)
    span = max(math.log(high / low), math.log(1.05))
    return low * math.exp(-below * span), high * math.exp(above * span)


def round_values(low: float, high: float, count: int = 6) -> list[float]:
    """About `count` round numbers within limits, and three at least, spaced for a logarithmic axis."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    options = [
        [step * 10.0**power for power in decades if power % every == 0 for step in steps]
        for steps, every in SPACINGS
    ]
    within = [[v for v in values if low <= v <= high] for values in options]
    fitting = [values for values in within if FEWEST <= len(values) <= count + 1]
    return max(fitting, key=len) if fitting and high / low >= LINEAR else _evenly(low, high, count)


def _evenly(low: float, high: float, count: int) -> list[float]:
    """The same for limits so near each other that a logarithmic axis is hardly one."""
    from matplotlib.ticker import MaxNLocator

    for finer in itertools.count(count):
        values = MaxNLocator(finer, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        within = [float(v) for v in values if low <= v <= high]
        if len(within) >= FEWEST:
            return within
    raise AssertionError


def _ticks(axis: Axis, values: Sequence[float], text: Callable[[float], str]) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    shown = dict(zip(values, _distinct(values, text), strict=True))
    axis.set_major_locator(FixedLocator(list(shown)))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: shown.get(value) or text(value))


def exact(value: float) -> str:
    """A tick's number, in full where fewer digits would be another number."""
    full = f"{value:,.10g}"
    text = short(value) if float(f"{value:.3g}") == float(full.replace(",", "")) else full
    return text.replace("-", MINUS)


def _distinct(values: Sequence[float], text: Callable[[float], str]) -> list[str]:
    """Each value's text, in full where two would read alike."""
    said = [text(value) for value in values]
    return [f"{value:,.10g}" if said.count(t) > 1 else t for value, t in zip(values, said, strict=True)]
