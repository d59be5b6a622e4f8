"""A fit as people look at it: one line, a notebook's output, axes, a data frame."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from steepness.laws import Fit, fit

M = 1000 * 2.0 ** np.arange(8)


def fitted() -> Fit:
    return fit(np.repeat(M, 2), np.repeat(2 * M**-0.25, 2) * np.tile([0.99, 1.01], 8))


def test_a_fit_is_one_short_line() -> None:
    assert repr(fitted()).startswith("Fit(beta_g -0.25 (-0.2")
    assert len(repr(fitted())) < 120
    assert "\n" not in repr(fitted())


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
