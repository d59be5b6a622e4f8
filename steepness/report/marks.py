"""What figures are made of: best-fit points, faint trials, the law with its band, regions, the paper's line."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from steepness.laws.amounts import counted
from steepness.press.canvas import MUTED, PAPER, REGION, SURFACE, Drawing
from steepness.press.labels import End, label_above
from steepness.press.words import alike, exponent, number

if TYPE_CHECKING:
    from steepness.laws.forms import Form
    from steepness.study.claims import Claim
    from steepness.study.curves import Curve
    from steepness.study.fitted import Point
    from steepness.training.trial import Record

HESTNESS = "Hestness et al. 2017 (read off the figure)"
REGION_NAMES = {"small_data": "small data", "power_law": "power law", "irreducible": "irreducible"}
HEADROOM = 0.7
"""Share of the curve's logarithmic span above it in which trials are drawn where they are."""
FORECAST = 2.0
"""Lines run on to this factor of the largest shard, dashed."""
MOST_DOTS = 1000
"""Of more trials, those on one spot are a single dot: the rest of them would only be seen by whoever waits for them."""
SPOT = 2.0
"""Pixels; a dot has 4.5."""


def best_fits(drawn: Drawing, curve: Curve, colour: str, scale: float = 1.0) -> None:
    """The curve's points with the interval over seeds; hollow where a trial was still improving.

    Args:
        scale: how many units of data are one of the axis.
    """
    points = curve.points
    m, error = [p.m / scale for p in points], [p.error for p in points]
    drawn.keep(f"{label(curve)}, best fit", m, error, [(p.low, p.high) for p in points])
    drawn.axes.vlines(m, [p.low for p in points], [p.high for p in points], color=colour, lw=1.6, zorder=3)
    drawn.axes.plot(m, error, "o", color=colour, ms=7.5, mec=SURFACE, mew=1.4, zorder=4)
    flagged = [p for p in points if p.flagged]
    drawn.axes.plot(
        [p.m / scale for p in flagged], [p.error for p in flagged], "o", color=SURFACE, ms=3, zorder=5
    )
    # The markers that answer the pointer, larger than what is seen.
    (target,) = drawn.axes.plot(m, error, "o", color=colour, alpha=0.0, ms=16, zorder=6)
    drawn.tell(target, [_best_fit_text(p, curve.model) for p in points])


def ceiling(curve: Curve) -> float:
    """The error above which trials are drawn at the upper edge: rates far too high would squeeze the curve flat."""
    best = [e for p in curve.points for e in (p.low, p.high)]
    return float(max(best) * max(max(best) / min(best), 1.05) ** HEADROOM)


def dots(
    drawn: Drawing, x: Sequence[float], y: Sequence[float], colour: str, tell: Callable[[int], str], mark: str = "o"
) -> None:  # fmt: skip
    """Faint marks on axes whose limits are set, each with its text.

    Args:
        tell: the text of the mark of that index.
    """
    spots = list(_spots(drawn, x, y))
    at = [i for i, _ in spots]
    (faint,) = drawn.axes.plot(
        [x[i] for i in at], [y[i] for i in at], mark, color=colour, alpha=0.38, ms=4.5, mec="none", zorder=2
    )
    drawn.tell(faint, [tell(i) + (f"\nand {more:,} more on this spot" if more else "") for i, more in spots])


def _spots(drawn: Drawing, x: Sequence[float], y: Sequence[float]) -> Iterator[tuple[int, int]]:
    """The index of each mark to draw, and how many others it stands for."""
    if len(x) <= MOST_DOTS:
        yield from ((i, 0) for i in range(len(x)))
        return
    spots = np.round(drawn.axes.transData.transform(np.column_stack([x, y])) / SPOT)
    _, first, times = np.unique(spots, axis=0, return_index=True, return_counts=True)
    yield from sorted(zip(first.tolist(), (times - 1).tolist(), strict=True))


def trials(drawn: Drawing, records: Sequence[Record], metric: str, ceiling: float) -> None:
    """Every trial, faint; those above the ceiling as small triangles at it."""
    drawn.keep("every trial", [r.trial.m for r in records], [r.error(metric) for r in records], aside=True)
    for mark, group in (
        ("o", [r for r in records if r.error(metric) <= ceiling]),
        ("^", [r for r in records if r.error(metric) > ceiling]),
    ):
        if group:
            m, error = [r.trial.m for r in group], [min(r.error(metric), ceiling) for r in group]
            dots(drawn, m, error, MUTED, partial(_told, group, metric), mark)


def _told(records: Sequence[Record], metric: str, index: int) -> str:
    return _trial_text(records[index], metric)


def law(drawn: Drawing, curve: Curve, colour: str) -> None:
    """The recommended law over the shards it was fitted to, the other form dotted; dashed beyond the largest."""
    assert curve.fit is not None
    chosen, (first, last) = curve.quoted, fitted_range(curve)
    inside = np.geomspace(first, last, 16)
    beyond = np.geomspace(last, curve.points[-1].m * FORECAST, 5)
    other: Form = "power" if chosen.form == "power_constant" else "power_constant"
    dotted = curve.fit.of(other, chosen.range).predict(inside)
    drawn.axes.plot(inside, dotted, color=colour, lw=0.9, ls=(0, (1, 2)))
    drawn.axes.plot(inside, chosen.predict(inside), color=colour, lw=2)
    drawn.axes.plot(beyond, chosen.predict(beyond), color=colour, lw=1.4, ls=(0, (4, 3)))
    whole = np.concatenate([inside, beyond])
    low, high = chosen.band(whole)
    drawn.axes.fill_between(whole, low, high, color=colour, alpha=0.14, lw=0)
    at = [p.m for p in curve.points if first <= p.m <= last] + [curve.points[-1].m * FORECAST]
    drawn.keep(f"{label(curve)}, law", at, chosen.predict(at), zip(*chosen.band(at), strict=True))


def fitted_range(curve: Curve) -> tuple[int, int]:
    """The smallest and largest m that the recommended law was fitted to."""
    assert curve.fit is not None
    chosen = curve.quoted
    # A law with a constant describes the irreducible region too.
    outside = {"small_data"} if chosen.form == "power_constant" else {"small_data", "irreducible"}
    used = [
        p.m
        for p, region in zip(curve.points, curve.fit.regions, strict=True)
        if chosen.range == "all" or region not in outside
    ]
    return used[0], used[-1]


def regions(drawn: Drawing, curve: Curve) -> None:
    """Shade the shards outside the power-law region and name every region above the axes."""
    if not (curve.fit and curve.quoted.falls):
        return
    labels = curve.fit.regions
    m = np.array([p.m for p in curve.points], dtype=float)
    edges = [drawn.axes.get_xlim()[0], *np.sqrt(m[:-1] * m[1:]), drawn.axes.get_xlim()[1]]
    starts = []
    for name in dict.fromkeys(labels):
        start = labels.index(name)
        low, high = edges[start], edges[start + labels.count(name)]
        if name != "power_law":
            drawn.axes.axvspan(low, high, color=REGION, lw=0, zorder=0)
        starts.append((float(low), REGION_NAMES[name]))
    label_above(drawn, starts)


def paper_line(drawn: Drawing, claim: Claim, scale: float) -> list[End]:
    """The paper's law where the limits let it be seen, dashed outside the paper's own shards; its end, to label.

    Args:
        scale: how many of the axis' units of data make one of the claim's.
    """
    x = np.geomspace(*drawn.axes.get_xlim(), 80)
    m = x / scale
    error = claimed(claim, m)
    low, high = drawn.axes.get_ylim()
    seen = (error > low) & (error < high)
    theirs = np.asarray(claim.points[0], dtype=float)
    measured = (m >= theirs.min()) & (m <= theirs.max()) if len(theirs) else np.zeros_like(seen)
    for part, dashes in ((seen & measured, "-"), (seen & ~measured, (0, (4, 3)))):
        drawn.axes.plot(
            np.where(part, x, np.nan), np.where(part, error, np.nan), color=PAPER, lw=1.5, ls=dashes
        )
    at = np.flatnonzero(seen)[-1:]
    if len(at):
        drawn.keep(HESTNESS, x[seen][[0, -1]], error[seen][[0, -1]])
    return [(float(x[i]), float(error[i]), paper_label(drawn, claim), MUTED) for i in at]


def paper_label(drawn: Drawing, claim: Claim) -> str:
    """What stands beside the paper's line, in a narrow column; the caption of a narrow figure says more."""
    if drawn.narrow:
        return f"the paper\nβ {exponent(claim.beta_g)}"
    return "\n".join([*textwrap.wrap(HESTNESS, 22), f"β {exponent(claim.beta_g)}"])


def claimed(claim: Claim, m: np.ndarray) -> np.ndarray:
    """The paper's law at m, shape (n,)."""
    return claim.alpha * m**claim.beta_g + (claim.gamma or 0.0)


def label(curve: Curve) -> str:
    """A curve's model, and its size where that is fixed."""
    return curve.model if curve.size is None else f"{curve.model}, size {curve.size}"


def _best_fit_text(point: Point, model: str) -> str:
    error, low, high = alike(point.error, point.low, point.high, 4)
    spread = f"{low} to {high} over {counted(point.seeds, 'seed')}" if point.seeds > 1 else "1 seed"
    flag = "\nstill improving when stopped" if point.flagged else ""
    return (
        f"{model}, m = {point.m:,}\n{error} ({spread})\n"
        f"size {point.size}: {point.params:,} parameters\ntest: {number(point.test, 4)}{flag}"
    )


def _trial_text(record: Record, metric: str) -> str:
    trial = record.trial
    return (
        f"trial {record.id}\n{number(record.error(metric), 4)} at m = {trial.m:,}, size {trial.size}\n"
        f"rate {trial.training.learning_rate:g}, batch {trial.training.batch_size}, seed {trial.seed}"
    )
