"""A fit as people look at it: drawn on matplotlib's axes, in a notebook, as a data frame, in one line."""

from __future__ import annotations

import html
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from steepness.laws.cautions import cautions
from steepness.laws.fits import Fits
from steepness.laws.interval import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes


AHEAD = 8.0  # how many times the largest m the law is drawn
_FORMS = {"power": "α·mᵝ", "power_constant": "α·mᵝ + γ"}


def plot(fit: Fits, ax: Axes | None = None, *, colour: str = "C0", label: str = "") -> Axes:
    """Draw the points, the recommended law with its band, and the law ahead dashed, on log-log axes.

    Args:
        ax: matplotlib axes to draw on; new ones if None.
        colour: any of matplotlib's.
        label: of the law, for a legend.
    Returns:
        The axes.
    """
    if ax is None:
        from matplotlib import pyplot

        ax = pyplot.subplots()[1]
    shards, law = fit.shards, fit.recommended
    inside = np.array([region == "power_law" for region in fit.regions])
    ax.set(xscale="log", yscale="log")
    ax.plot(shards.m[inside], shards.error[inside], "o", color=colour, ms=6)
    ax.plot(shards.m[~inside], shards.error[~inside], "o", color=colour, ms=6, mfc="none")
    part = shards.take(fit.region_of(law))
    within = np.geomspace(part.m[0], part.m[-1], 80)
    ahead = np.geomspace(part.m[-1], AHEAD * shards.m[-1], 80)
    ax.plot(within, law.predict(within), color=colour, lw=1.8, label=label or None)
    ax.plot(ahead, law.predict(ahead), color=colour, lw=1.4, ls=(0, (4, 3)))
    everywhere = np.concatenate([within, ahead])
    ax.fill_between(everywhere, *law.band(everywhere), color=colour, alpha=0.15, lw=0)
    return ax


def in_html(fit: Fits) -> str:
    """What a notebook shows: the picture, the exponent, and what to doubt."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.5, 3.6), layout="constrained")
    axes = plot(fit, figure.subplots())
    axes.set(xlabel="m", ylabel="error")
    with io.StringIO() as file:
        figure.savefig(file, format="svg")
        picture = file.getvalue()
    words = [in_short(fit)[4:-1], fit.reason, *(f"warning: {w}" for w in cautions(fit))]
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in words)
    return f"<div>{picture[picture.index('<svg') :]}{lines}</div>"


def in_short(fit: Fits) -> str:
    """One line: the exponent to quote, its law, and how many shards it rests on."""
    law = fit.recommended
    doubts = len(list(cautions(fit)))
    warned = f", {doubts} warnings" if doubts else ""
    shards = f"{law.n_shards} of {len(fit.shards)} shards"
    return f"Fit(beta_g {_bounds(law.beta_g)}, {_FORMS[law.form]} over {shards}{warned})"


def to_frame(fit: Fits) -> Any:
    """A pandas data frame with a row per distinct m: error, runs, region, and the law with its band.

    Raises:
        ImportError: pandas is not installed.
    """
    import pandas

    m = fit.shards.m
    low, high = fit.recommended.band(m)
    return pandas.DataFrame({
        "m": m, "error": fit.shards.error, "runs": fit.shards.runs, "region": fit.regions,
        "law": fit.recommended.predict(m), "low": low, "high": high,
    })  # fmt: skip


def _bounds(interval: Interval) -> str:
    return f"{interval.value:.4g} ({interval.low:.4g} to {interval.high:.4g})"
