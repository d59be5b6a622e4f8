from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import fit
from steepness.laws.forms import Floats

M = 1000 * 2.0 ** np.arange(9)


def nested(
    rng: np.random.Generator, permutations: int, seeds: int = 2, luck: float = 0.02
) -> dict[str, Floats]:
    """Runs of one law, noise 0.01, whose shards are prefixes of so many permutations."""
    shared = np.linalg.cholesky(M[0] / np.maximum.outer(M, M)) @ rng.standard_normal((len(M), permutations))
    log_error = -0.3 * np.log(M)[:, None, None] + luck * shared[:, :, None]
    log_error = log_error + 0.01 * rng.standard_normal((len(M), permutations, seeds))
    shape = log_error.shape
    return {
        "m": np.broadcast_to(M[:, None, None], shape).ravel(),
        "error": np.exp(log_error).ravel(),
        "seeds": np.broadcast_to(
            np.arange(permutations * seeds).reshape(1, permutations, seeds), shape
        ).ravel(),
        "permutations": np.broadcast_to(np.arange(permutations)[:, None], shape).ravel(),
    }


def test_intervals_allow_for_the_luck_that_nested_shards_share() -> None:
    held, blind = 0, 0
    for draw in range(60):
        rows = nested(np.random.default_rng(draw), permutations=1, seeds=3)
        held += -0.3 in fit(**rows).of("power", "all").beta_g
        del rows["permutations"]
        blind += -0.3 in fit(**rows).of("power", "all").beta_g
    assert held >= 54
    assert blind < 45


def test_permutations_of_their_own_make_the_interval_narrower() -> None:
    widths = []
    for permutations, seeds in ((1, 4), (4, 1)):
        drawn = [nested(np.random.default_rng(d), permutations, seeds) for d in range(10)]
        widths.append(np.median([fit(**rows).beta_g.half_width for rows in drawn]))
    assert widths[1] < 0.8 * widths[0]


def test_the_estimate_is_that_of_the_runs() -> None:
    rows = nested(np.random.default_rng(0), permutations=3)
    with_luck, without = fit(**rows), fit(rows["m"], rows["error"], seeds=rows["seeds"])
    for one, other in zip(with_luck.fits, without.fits, strict=True):
        assert one.beta_g.value == other.beta_g.value
        assert one.beta_g.low <= other.beta_g.low
        assert one.beta_g.high >= other.beta_g.high


@pytest.mark.parametrize(("permutations", "points"), [(30, 9), (2, 400)])
def test_many_permutations_or_shards_are_no_obstacle(permutations: int, points: int) -> None:
    rng = np.random.default_rng(0)
    m = np.tile(np.geomspace(1e3, 1e6, points), permutations)
    labels = np.repeat(np.arange(permutations), points)
    found = fit(m, m**-0.3 * np.exp(0.01 * rng.standard_normal(len(m))), permutations=labels)
    assert -0.3 in found.beta_g
    assert found.beta_g.half_width < 0.05


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("points", [3, 9])
def test_exact_points_have_an_interval_of_some_width(points: int) -> None:
    m = M[:points]
    found = fit(m, 2 * m**-0.3, permutations=np.zeros(points))
    assert found.of("power", "all").beta_g.half_width > 0
    assert found.beta_g.value == pytest.approx(-0.3, abs=1e-6)
