"""Curves that somebody brought, and a study's, as text for a terminal, as a picture and as a page."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from steepness.data.files import write_atomically
from steepness.laws.amounts import as_percent, counted, ranged
from steepness.laws.extrapolate import carry_on
from steepness.laws.picture import AHEAD, plot
from steepness.press.axes import logarithmic, named, padded
from steepness.press.canvas import SERIES, WIDE, Drawing, drawing, readable
from steepness.press.files import png, svg
from steepness.press.labels import label_ends
from steepness.press.page import page_environment, write_html
from steepness.press.plots import Plot, show
from steepness.press.table import Table, table_text
from steepness.press.words import (
    ELLIPSIS,
    FORMS,
    alike,
    exponent,
    exponent_with_bounds,
    interval,
    number,
    plain,
    short,
)
from steepness.report.sentences import verdict_lines
from steepness.study.checklist import checklist

if TYPE_CHECKING:
    from steepness.laws import CurveFit, Fit, Interval
    from steepness.study import Study
    from steepness.study.curves import Curve

Named = tuple[str, "Fit"]
FACTORS = (2, 4, 8)  # times the largest m that the page forecasts


def laws(fit: Fit) -> Table:
    """Both forms over both ranges, narrow enough for a terminal; the quoted one, with its own interval, is strong."""
    quoted = fit.recommended
    fits = [quoted if (f.form, f.range) == (quoted.form, quoted.range) else f for f in fit.fits]
    rows = [
        [FORMS[f.form], f"{'all' if f.range == 'all' else 'region'} {f.n_shards}", _bounds(f.beta_g),
         interval(f.gamma) if f.form == "power_constant" else "–", f"{f.r2:.3f}"]
        for f in fits
    ]  # fmt: skip
    head = ["Law", "Shards", f"Exponent β ({as_percent(fit.level)})", "Constant γ", "R²"]
    return Table(head, rows, frozenset({2, 3, 4}), frozenset(i for i, f in enumerate(fits) if f is quoted))


def fit_text(name: str, fit: Fit) -> str:
    """A curve's laws, regions and warnings in lines of 80 columns."""
    lines = [name] * bool(name) + [table_text(laws(fit))]
    lines += wrapped(f"quoted (>): {fit.reason}")
    lines += wrapped(f"regions: {regions_text(fit)}")
    lines += wrapped(f"runs: {runs_text(fit.recommended)}")
    for warning in fit.warnings:
        lines += wrapped(f"warning: {warning}")
    return "\n".join(lines)


def runs_text(fit: CurveFit) -> str:
    """How many runs a law rests on, and how they scatter."""
    around = f", {as_percent(fit.scatter, 2)} around their shard's mean" if fit.scatter is not None else ""
    runs = f"{fit.n} at {counted(fit.n_shards, 'shard')}"
    return f"{runs}, scattering by {as_percent(fit.noise, 2)} around the law{around}"


def study_text(study: Study) -> str:
    """Every best-fit curve's laws, what its verdict rests on, and the verdict."""
    parts = [_curve_text(c) for c in study.curves if c.best_fit]
    return "\n\n".join([*parts, "\n".join(wrapped(f"verdict: {study.verdict}"))])


def _curve_text(curve: Curve) -> str:
    if not curve.quoted_fit:
        return f"{curve.id}\n{curve.fitted.reason}"
    lines = [fit_text(curve.id, curve.quoted_fit)]
    if curve.verdict:
        lines += [short_line for line in verdict_lines(curve.verdict) for short_line in wrapped(line)]
    return "\n".join(lines)


def regions_text(fit: Fit) -> str:
    """Which shards lie in which region: 1k to 8k power law."""
    if not fit.recommended.falls:
        return "none, as no fall of the error is shown"
    parts = []
    for region, group in groupby(
        zip(fit.regions, fit.shards.m.tolist(), strict=True), key=lambda pair: pair[0]
    ):
        m = [size for _, size in group]
        parts.append(f"{ranged(short(m[0]), short(m[-1]))} {plain(region)}")
    return ", ".join(parts)


def picture(curves: Sequence[Named], width: int) -> Drawing:
    """The curves on the same log-log axes, each with its law, band and label."""
    last = AHEAD * max(fit.shards.m[-1] for _, fit in curves)
    m = [float(x) for _, fit in curves for x in fit.shards.m]
    errors = [float(e) for _, fit in curves for e in fit.shards.error]
    ends = [float(fit.recommended.predict([AHEAD * fit.shards.m[-1]])[0]) for _, fit in curves]
    with drawing(width) as drawn:
        labels = []
        logarithmic(drawn, padded([*m, last]), padded([*errors, *ends]))
        for i, ((name, fit), end) in enumerate(zip(curves, ends, strict=True)):
            colour = SERIES[i % len(SERIES)]
            plot(fit, drawn.axes, colour=colour)
            text = f"{name}\n" * bool(name) + f"β {exponent(fit.beta_g.value)}"
            labels.append((AHEAD * float(fit.shards.m[-1]), end, text, readable(colour)))
            drawn.keep(name or "curve", fit.shards.m, fit.shards.error)
        logarithmic(drawn, padded([*m, last]), padded([*errors, *ends]))
        label_ends(drawn, labels)
        named(drawn, "training data, m", "error")
    return drawn


def write_plot(curves: Sequence[Named], path: Path) -> Path:
    """Write the picture as .svg or .png."""
    return save(picture(curves, WIDE), path)


def save(drawn: Drawing, path: Path) -> Path:
    """Write a drawing as its name ends.

    Raises:
        ValueError: neither .svg nor .png.
    """
    if path.suffix not in (".svg", ".png"):
        raise ValueError(f"--plot {path}: its name must end in .svg or .png")
    write_atomically(path, svg(drawn).encode() if path.suffix == ".svg" else png(drawn))
    return path


def write_page(said: str, curves: Sequence[Named], path: Path, study: Study | None = None) -> Path:
    """Write the page of one or several curves: a single file that opens anywhere.

    Args:
        said: what was understood of the table.
        curves: the fitted curves by name.
        study: whose curves they are; its checklist is then on the page.
    """
    title = "Error over training data"
    caption = (
        "Filled: the power-law region; hollow: points outside it. Line: the law to quote with its band, dashed "
        "beyond the data."
    )
    figures = show(
        None,
        [Plot(name="curve", group="curves", title=title, caption=caption, paint=partial(picture, curves))],
    )
    environment = page_environment(
        "report", laws=laws, ahead=ahead, points=points, regions_text=regions_text,
        exponent_with_bounds=exponent_with_bounds,
    )  # fmt: skip
    items = checklist(study) if study else []
    facts = {"said": said, "curves": curves, "figures": figures, "checklist": items}
    return write_html(environment, "curve.html.j2", facts, path)


def ahead(fit: Fit) -> Table:
    """The error to expect at more data, with bounds for a new measurement."""
    m = [factor * float(fit.shards.m[-1]) for factor in FACTORS]
    found = carry_on(fit.shards, np.array(m), fit.level)
    rows = [
        [f"{factor}×", short(x), error, f"{low}–{high}"]
        for factor, x, *three in zip(FACTORS, m, found.value, found.low, found.high, strict=True)
        for error, low, high in [alike(three[0], three[1], three[2], 4)]
    ]
    return Table(["Data", "m", "Error", f"Interval ({as_percent(fit.level)})"], rows, frozenset({0, 1, 2, 3}))


def points(fit: Fit) -> Table:
    """The points that were fitted, a row per distinct m."""
    columns = zip(fit.shards.m, fit.shards.error, fit.shards.runs, fit.regions, strict=True)
    rows = [
        [number(m, 6), number(e, 4), f"{runs:g}", plain(region) if fit.recommended.falls else "–"]
        for m, e, runs, region in columns
    ]
    return Table(["m", "Error (geometric mean)", "Runs", "Region"], rows, frozenset({0, 1, 2}))


def _bounds(interval: Interval) -> str:
    """With four decimals at most, as a terminal has 80 columns."""
    value, low, high = (exponent(v, 4) for v in (interval.value, interval.low, interval.high))
    return f"{value} ({low}{ELLIPSIS}{high})"


def wrapped(text: str, width: int = 80) -> list[str]:
    """A sentence in lines of a terminal."""
    return textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
