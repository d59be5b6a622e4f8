"""Intervals hold the truth as often as they say, on the design that was .33 to .58."""

from __future__ import annotations

import pytest

from steepness.laws import fit_joint
from tests.laws.joint.runs import GRID_TRUTH, HERE, TRUTH, best_params, grid, many, read


def test_the_grid_of_20_runs() -> None:
    runs = read(HERE / "grid_20_runs.csv")
    found = fit_joint(runs["params"], runs["tokens"], runs["loss"])
    for name, truth in GRID_TRUTH.items():
        assert truth in getattr(found, name), name
    # plain least squares with Student's t gives about these half-widths
    assert 0.1 < found.E.half_width < 0.4
    assert 0.03 < found.a.half_width < 0.12
    assert best_params(1e21, GRID_TRUTH) in found.compute_optimal(1e21).params


@pytest.mark.parametrize("noise", [0.003, 0.03])
def test_coverage_on_the_grid(noise: float) -> None:
    """20 draws of three answers that hang together; under .90 held would be seen."""
    held = [
        GRID_TRUTH[name] in getattr(law, name)
        for law in (fit_joint(*grid(noise, seed)) for seed in range(20))
        for name in ("E", "a", "b")
    ]
    assert sum(held) >= 54


def test_the_band_holds_the_law_beyond_the_runs() -> None:
    params, data, error = many()
    law = fit_joint(params, data, error)
    low, high = law.band([1e9, 3e11], [1e10, 6e12])
    told = law.predict([1e9, 3e11], [1e10, 6e12])
    assert (low < told).all()
    assert (told < high).all()
    assert high[1] - low[1] > 2 * (high[0] - low[0])


def test_the_best_split_is_held_as_often_as_promised() -> None:
    """30 draws: fewer than 26 held would be a coverage below .95 at p < .02."""
    laws = [fit_joint(*many(seed=seed)) for seed in range(30)]
    assert sum(best_params(1e21, TRUTH) in law.compute_optimal(1e21).params for law in laws) >= 26
