"""A joint law for a terminal and as a picture: lines of equal error over size and data."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from steepness.laws.amounts import as_percent
from steepness.press.axes import logarithmic, named, padded
from steepness.press.canvas import INK, MUTED, SERIES, SURFACE, WIDE, Drawing, drawing, readable
from steepness.press.labels import label_clear, label_on
from steepness.press.table import Table, table_text
from steepness.press.words import ELLIPSIS, interval, number, short
from steepness.report.curve import save, wrapped

if TYPE_CHECKING:
    from matplotlib.contour import QuadContourSet

    from steepness.laws import Interval, NextRun
    from steepness.laws.joint import ComputeOptimal, JointLaw
    from steepness.laws.reading.runs import JointRuns
    from steepness.press.labels import Line

_FARTHER = 1.01  # times the largest run's FLOPs that are a forecast
LEVELS = 6  # lines of equal error
EPOCHS = (1, 2, 4, 8, 16)


def joint_text(
    law: JointLaw, splits: Sequence[ComputeOptimal], ahead: NextRun | None, epochs: Sequence[Any]
) -> str:
    """The law, the best splits of budgets, what repeating data brings, and the run to train next."""
    rows = [[name, interval(found)] for name, found in law.parameters.items()]
    lines = [law.formula, table_text(Table(["Parameter", f"Value ({as_percent(law.level)})"], rows))]
    if splits:
        cells = [[number(s.flops), _rounded(s.params), _rounded(s.data), interval(s.error)] for s in splits]
        lines.append(table_text(Table(["FLOPs", "Parameters", "Data", "Error"], cells)))
    for split in splits:
        if split.beyond > _FARTHER:
            lines += wrapped(
                f"warning: {number(split.flops)} FLOPs are {number(split.beyond)} times those of the largest run: a "
                "forecast, whose interval takes for granted that the law goes on as it is"
            )
    if epochs:
        lines += ["seen so often, the same data comes to:"]
        lines.append(
            table_text(Table(["Epochs", "Error"], [[str(e), number(error, 4)] for e, error in epochs]))
        )
    if ahead:
        lines += wrapped(f"next run: {ahead.reason}")
    for warning in law.warnings:
        lines += wrapped(f"warning: {warning}")
    return "\n".join(lines)


def _rounded(interval: Interval) -> str:
    """Short enough that a row fits a terminal: 121k (3.7k…1.09M)."""
    return f"{short(interval.value)} ({short(interval.low)}{ELLIPSIS}{short(interval.high)})"


def epochs_that_pay(law: JointLaw, runs: JointRuns) -> list[tuple[int, float]]:
    """The error of the largest model on the most distinct data, seen 1 to 16 times; empty where none is repeated."""
    if runs.unique is None or not law.fitted.form.repeated:
        return []
    params, distinct = float(runs.params.max()), float(runs.unique.max())
    return [(e, float(law.predict([params], [e * distinct], [distinct])[0])) for e in EPOCHS]


def picture(
    law: JointLaw,
    runs: JointRuns,
    splits: Sequence[ComputeOptimal],
    width: int,
    axes: tuple[str, str] = ("training data, D", "parameters, N"),
    ahead: NextRun | None = None,
) -> Drawing:
    """Lines of equal error, the runs, the best splits, and the run to train next."""
    following: Line = ([ahead.data], [ahead.params]) if ahead else ([], [])
    xlim, ylim = (
        padded([*runs.data, *(s.data.value for s in splits), *following[0]]),
        padded([*runs.params, *(s.params.value for s in splits), *following[1]]),
    )
    x, y = np.geomspace(*xlim, 24), np.geomspace(*ylim, 24)
    data, params = np.meshgrid(x, y)
    error = law.predict(params.ravel(), data.ravel()).reshape(data.shape)
    with drawing(width) as drawn:
        logarithmic(drawn, xlim, ylim)
        levels = np.geomspace(error.min(), error.max(), LEVELS + 2)[1:-1]
        lines = drawn.axes.contour(data, params, error, levels=levels, colors=MUTED, linewidths=1.0)
        (dots,) = drawn.axes.plot(runs.data, runs.params, "o", color=SERIES[0], ms=6, mec=SURFACE)
        triples = zip(runs.params, runs.data, runs.error, strict=True)
        drawn.tell(
            dots, [f"{short(n)} parameters, {short(d)} of data\nerror {number(e, 4)}" for n, d, e in triples]
        )
        drawn.keep("runs", runs.data, runs.params)
        _draw_frontier(drawn, splits)
        _draw_next(drawn, following)
        _label_levels(drawn, lines)
        named(drawn, *axes)
    return drawn


def _label_levels(drawn: Drawing, lines: QuadContourSet) -> None:
    """Each line of equal error named on itself, clear of what else is drawn."""
    for path, level in zip(lines.get_paths(), lines.levels, strict=True):
        places = np.asarray(path.vertices)
        if len(places):
            label_on(drawn, (places[:, 0], places[:, 1]), number(level), MUTED)


def _draw_frontier(drawn: Drawing, splits: Sequence[ComputeOptimal]) -> None:
    data, params = [s.data.value for s in splits], [s.params.value for s in splits]
    (diamonds,) = drawn.axes.plot(data, params, "D-", color=INK, ms=5, lw=1.4)
    drawn.tell(
        diamonds,
        [f"best for {number(s.flops)} FLOPs: error {number(s.error.value, 4)}\n{_rounded(s.params)} parameters, "
         f"{_rounded(s.data)} of data" for s in splits],
    )  # fmt: skip
    drawn.keep("compute-optimal", data, params, [(s.params.low, s.params.high) for s in splits])


def _draw_next(drawn: Drawing, following: Line) -> None:
    if len(following[0]):
        drawn.axes.plot(*following, "*", color=SERIES[1], ms=13, mec=SURFACE)
        label_clear(drawn, following, "next run", readable(SERIES[1]))


def write_plot(
    law: JointLaw, runs: JointRuns, splits: Sequence[ComputeOptimal], ahead: NextRun | None, path: Path
) -> Path:
    """Write the picture as .svg or .png."""
    return save(picture(law, runs, splits, WIDE, ahead=ahead), path)
