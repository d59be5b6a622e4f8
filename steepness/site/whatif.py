"""What if there were more data: every curve's forecasts on a grid, for the page's sliders.

Each number is what `steepness forecast` answers when it is asked for that one m, or that one target; the page looks
them up and computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from steepness.laws import Fit, Interval, data_for, extrapolate
from steepness.laws.reading import Asked, read
from steepness.laws.reading.curve import Curve as Rows
from steepness.press.words import FORMS, RANGES, exponent_with_bounds
from steepness.site.catalogue import Catalogue
from steepness.study import Study
from steepness.study.curves import Curve
from steepness.study.names import error_axis, metric_name, metric_unit

DOUBLINGS = 10
PER_DOUBLING = 2
TARGETS = 24
DEEPEST = 0.5
"""Lowest target, as a share of today's error."""
DIGITS = 5


def grid(catalogue: Catalogue, site: Path) -> list[dict[str, Any]]:
    """Every fitted best-fit curve with its points, laws and forecasts, ready for JSON.

    Args:
        site: the site's folder, in which each study's curves.csv lies already: what is forecast from.
    """
    return [_curve(study, curve, site / study.name / "curves.csv") for study, curve in catalogue.fitted()]


def _curve(study: Study, curve: Curve, table: Path) -> dict[str, Any]:
    assert curve.fit
    rows = read(table, asked=Asked(curve=curve.id)).curve
    exported = rows.fit(level=curve.fit.level)
    also = study.manifest.shown_as
    return {
        "id": f"{study.name}/{curve.model}/{curve.metric}",
        "curve": curve.id,
        "page": f"{study.name}/index.html",
        "domain": study.manifest.domain,
        "model": curve.model,
        "metric": metric_name(study, curve.metric),
        "unit": study.manifest.unit,
        "errorUnit": metric_unit(study, curve.metric),
        "errorAxis": error_axis(study, curve.metric),
        "also": {"unit": also[0], "scale": also[1]} if also else None,
        "points": [[p.m, *map(short, (p.error, p.low, p.high))] for p in curve.points],
        "region": curve.fit.regions[-1] if curve.quoted.falls else "none",
        "m": list(map(short, _places(curve))),
        "laws": _laws(curve),
        "ahead": ahead(rows, exported),
        "targets": targets(exported),
    }


def _places(curve: Curve) -> np.ndarray:
    """Where lines are drawn: over the shards and as far again."""
    first, last = curve.points[0].m, curve.points[-1].m
    return np.concatenate([np.geomspace(first, last, 16), np.geomspace(last, 4 * last, 7)[1:]])


def _laws(curve: Curve) -> list[dict[str, Any]]:
    """Both forms over both ranges; their lines at the curve's `m`."""
    assert curve.fit
    quoted = curve.quoted
    fits = [quoted if (f.form, f.range) == (quoted.form, quoted.range) else f for f in curve.fit.fits]
    return [
        {
            "form": FORMS[f.form],
            "range": RANGES[f.range],
            "quoted": f is quoted,
            "exponent": exponent_with_bounds(f.beta_g),
            "r2": short(f.r2),
            "line": list(map(short, f.predict(_places(curve)))),
        }
        for f in fits
    ]


def ahead(rows: Rows, fit: Fit) -> list[dict[str, Any]]:
    """The error to expect at ever more data, and what a doubling buys from there."""
    last = float(fit.shards.m[-1])
    steps = [short(last * 2 ** (i / PER_DOUBLING)) for i in range(DOUBLINGS * PER_DOUBLING + 1)]
    found = extrapolate(rows.m, rows.error, steps, fit.level, seeds=rows.seeds)
    bounds = zip(found.value, found.low, found.high, strict=True)
    return [
        {"m": m, "error": _interval(Interval(*map(float, bound))), "doubling": gain}
        for m, bound, gain in zip(steps, bounds, doublings(fit, steps), strict=True)
    ]


def doublings(fit: Fit, steps: Sequence[float]) -> Iterator[list[float | None] | None]:
    """The change of the error from each m to 2 m as a share; None where the forecast is no better than a guess."""
    m = np.array(steps)
    now = extrapolate(fit.shards.m, fit.shards.error, m, fit.level).value
    found = extrapolate(fit.shards.m, fit.shards.error, 2 * m, fit.level)
    for today, then, low, high in zip(now, found.value, found.low, found.high, strict=True):
        shares = (float(v / today - 1) for v in (then, low, high))
        yield None if high - low > today else _interval(Interval(*shares))


def targets(fit: Fit) -> list[dict[str, Any]]:
    """How much data brings the error down to each of some targets, or why that cannot be told."""
    last = float(fit.shards.error[-1])
    wanted = last * np.geomspace(1, DEEPEST, TARGETS + 1)[1:]
    return [{"target": short(t), **_answer(fit, short(t))} for t in wanted]


def _answer(fit: Fit, target: float) -> dict[str, Any]:
    try:
        return {"m": _interval(data_for(fit, target))}
    except ValueError as refusal:
        return {"reason": str(refusal)}


def _interval(interval: Interval) -> list[float | None]:
    """Value, low and high; null for a bound that is missing."""
    return [short(v) if np.isfinite(v) else None for v in (interval.value, interval.low, interval.high)]


def short(value: float) -> float:
    """To as many digits as the page shows."""
    return float(f"{value:.{DIGITS}g}")


def rows(fitted: Iterable[tuple[Study, Curve]]) -> list[dict[str, str]]:
    """Every curve under every form and range, for the front page's picker."""
    found = []
    for study, curve in fitted:
        assert curve.fit
        name = f"{study.name}/{curve.model}/{curve.metric}"
        for i, f in enumerate(curve.fit.fits):
            chosen = (f.form, f.range) == (curve.quoted.form, curve.quoted.range)
            found.append({
                "domain": study.manifest.domain, "model": curve.model, "metric": metric_name(study, curve.metric),
                "form": FORMS[f.form], "range": RANGES[f.range],
                "exponent": exponent_with_bounds(curve.quoted.beta_g if chosen else f.beta_g),
                "quoted": "quoted" if chosen else "", "link": f"whatif/index.html#{name}&law={i}",
            })  # fmt: skip
    return found
