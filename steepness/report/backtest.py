"""A curve's past forecasts for a terminal and as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from steepness.laws.amounts import as_percent
from steepness.press.axes import logarithmic, named, padded
from steepness.press.canvas import INK, SERIES, SURFACE, WIDE, Drawing, drawing
from steepness.press.table import Table, table_text
from steepness.press.words import alike, number, short
from steepness.report.curve import save, wrapped

if TYPE_CHECKING:
    from steepness.laws.backtest import Backtest

MOST = 8  # forecasts of the largest shard that are listed


def backtest_text(backtest: Backtest) -> str:
    """How forecasts came out by how far they looked ahead, and those of the largest shard one by one."""
    rows = [
        [f"up to {r.up_to:g}×" if np.isfinite(r.up_to) else "all", str(r.forecasts), as_percent(r.coverage),
         as_percent(r.rmsle, 1), as_percent(r.rmsle_power, 1), as_percent(r.rmsle_last, 1)]
        for r in backtest.reaches
    ]  # fmt: skip
    head = [
        "Ahead",
        "Forecasts",
        f"Inside {as_percent(backtest.level)}",
        "Missed by",
        "Power law by",
        "Last error by",
    ]
    newest = [f for f in backtest.forecasts if f.m == backtest.forecasts[-1].m]
    newest = newest[:: -(-len(newest) // MOST)]
    cells = [
        [f"first {f.shards}", f"{f.reach:.3g}×", error, f"{low} to {high}", "yes" if f.held else "no"]
        for f in newest for error, low, high in [alike(f.value, f.low, f.high, 4)]
    ]  # fmt: skip
    last = f"m = {short(newest[0].m)}, measured {number(newest[0].measured, 4)}, forecast from"
    table = Table(["Shards", "Ahead", "Forecast", "Interval", "Inside"], cells)
    return "\n".join([table_text(Table(head, rows)), *wrapped(backtest.reason), "", last, table_text(table)])


def picture(backtest: Backtest, width: int) -> Drawing:
    """What was measured, and what the shards before each forecast: the next one dark, later ones pale."""
    with drawing(width) as drawn:
        values = [v for f in backtest.forecasts for v in (f.measured, f.value)]
        bounds = [v for f in backtest.forecasts if f.reach < 4 for v in (f.low, f.high)]
        logarithmic(drawn, padded([f.m for f in backtest.forecasts]), padded([*values, *bounds]))
        for f in sorted(backtest.forecasts, key=lambda f: -f.reach):
            m = f.m * (1 + 0.02 * np.log2(f.reach))  # beside one another where several forecast the same
            drawn.axes.plot([m, m], [f.low, f.high], color=SERIES[0], lw=2, alpha=1 / f.reach**0.5)
        measured = {f.m: f.measured for f in backtest.forecasts}
        (dots,) = drawn.axes.plot(list(measured), list(measured.values()), "o", color=INK, ms=6, mec=SURFACE)
        drawn.tell(dots, [f"m = {short(m)}\nmeasured {number(e, 4)}" for m, e in measured.items()])
        named(
            drawn,
            "training data, m",
            f"error, and its {as_percent(backtest.level)} intervals from the shards before",
        )
    return drawn


def write_plot(backtest: Backtest, path: Path) -> Path:
    """Write the picture as .svg or .png."""
    return save(picture(backtest, WIDE), path)
