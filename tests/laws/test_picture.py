"""A fit as people look at it: one line, a notebook's output, axes, a data frame."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from steepness.laws import Fit, backtest, extrapolate, fit
from steepness.laws.reading import read

M = 1000 * 2.0 ** np.arange(8)


def fitted() -> Fit:
    return fit(np.repeat(M, 2), np.repeat(2 * M**-0.25, 2) * np.tile([0.99, 1.01], 8))


def test_a_fit_is_one_short_line() -> None:
    assert repr(fitted()).startswith("Fit(beta_g -0.25 (-0.2")
    assert len(repr(fitted())) < 120
    assert "\n" not in repr(fitted())


def test_what_was_read_and_past_forecasts_are_one_short_line_too() -> None:
    found = read({"m": M, "error": 2 * M**-0.25})
    assert repr(found) == "Reading(8 rows of the table: m = m, error = error)"
    assert repr(found.curve) == "Curve(8 points, m 1000 to 128000)"
    assert repr(backtest(M, 2 * M**-0.25)).startswith("Backtest(15 of 15 later shards came within")


def test_forecasts_come_as_frames() -> None:
    ahead = extrapolate(M, 2 * M**-0.25, [1e6, 2e6]).to_frame()
    assert ahead["m"].tolist() == [1e6, 2e6]
    assert (ahead["low"] < ahead["high"]).all()
    then = backtest(M, 2 * M**-0.25).to_frame()
    assert len(then) == 15
    assert then["held"].all()


def test_a_notebook_shows_the_picture_and_the_exponent() -> None:
    shown = fitted()._repr_html_()
    assert shown.count("<svg") == 1
    assert "beta_g -0.25" in shown


def test_plot_draws_on_the_axes_it_is_given() -> None:
    axes = Figure().subplots()
    assert fitted().plot(axes, label="ours") is axes
    points = axes.lines[0]
    np.testing.assert_allclose(points.get_xdata(), M)
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_legend_handles_labels()[1] == ["ours"]


def test_to_frame_has_a_row_per_shard() -> None:
    frame = fitted().to_frame()
    assert list(frame.columns) == ["m", "error", "runs", "region", "law", "low", "high"]
    assert frame["runs"].tolist() == [2.0] * 8
    assert ((frame["low"] < frame["law"]) & (frame["law"] < frame["high"])).all()
