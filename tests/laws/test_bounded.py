from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import fit
from steepness.laws.forms import Floats
from tests.laws.curves import SHARDS, simulated

LAST = np.arange(len(SHARDS)) >= 7


def short_of_training(seed: int, gamma: float = 0.0, noise: float = 0.005) -> tuple[Floats, Floats]:
    """A law whose last three errors are 2 to 5 % too high."""
    m, error = simulated(gamma=gamma, noise=noise, seed=seed)
    return m, error * np.where(LAST, 1 + 0.05 * (np.arange(len(m)) - 5) / 4, 1)


@pytest.mark.parametrize("gamma", [0.0, 0.1])
def test_points_that_were_not_trained_out_do_not_bend_the_law(gamma: float) -> None:
    held, blind = 0, 0
    for seed in range(40):
        m, error = short_of_training(seed, gamma)
        held += -0.3 in fit(m, error, upper_bound=LAST).beta_g
        blind += -0.3 in fit(m, error).beta_g
    assert held >= 34
    assert blind <= 25


def test_bounds_that_were_trained_out_after_all_do_no_harm() -> None:
    fits = [fit(*simulated(seed=seed), upper_bound=LAST) for seed in range(40)]
    assert sum(-0.3 in f.beta_g for f in fits) >= 36
    assert np.median([f.beta_g.half_width for f in fits]) < 0.1


def test_the_law_may_pass_below_a_bound_but_not_above() -> None:
    m, error = simulated(noise=0.002)
    above = fit(m, error * np.where(LAST, 1.3, 1), upper_bound=LAST).of("power", "all")
    assert above.beta_g.value == pytest.approx(-0.3, abs=0.01)
    below = fit(m, error * np.where(LAST, 0.8, 1), upper_bound=LAST).of("power", "all")
    assert below.beta_g.value < -0.31


def test_a_fit_that_rests_on_bounds_says_so() -> None:
    m, error = short_of_training(0)
    some = fit(m, error, upper_bound=LAST).warnings[0]
    assert "3 of 10 shards are upper bounds" in some
    assert "the other 7" in some
    most = fit(m, error, upper_bound=np.arange(10) >= 3)
    assert "one of upper bounds" in most.warnings[0]
    assert most.beta_g.value == pytest.approx(fit(m, error).beta_g.value)


def test_flags_of_single_runs_make_their_shard_a_bound() -> None:
    m, error = short_of_training(1)
    one_seed = np.concatenate([LAST, np.zeros(10, bool)])
    found = fit(np.tile(m, 2), np.tile(error, 2), upper_bound=one_seed)
    assert found.shards.bound is not None
    np.testing.assert_array_equal(found.shards.bound, LAST)


def test_an_end_that_was_not_trained_out_is_not_irreducible() -> None:
    m, law = simulated(beta_g=-0.5, noise=0.003, m=2.0 ** np.arange(6, 18))
    flat = np.maximum(law, law[7])
    assert "irreducible" in fit(m, flat).regions
    assert "irreducible" not in fit(m, flat, upper_bound=np.arange(12) >= 8).regions
