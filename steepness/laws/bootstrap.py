"""Refit a curve on resampled runs, a thousand times in a few matrix products.

Bootstrap intervals alone cover too little of what lies beyond the data; they are here for what they are good at: the
joint spread of exponent, constant and forecast under resampled runs. Suffixes: n runs, b exponents, r replicates.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from steepness.laws.checks import curve
from steepness.laws.forms import Floats
from steepness.laws.projection import SHALLOWEST, STEEPEST

_EXPONENTS = -np.geomspace(SHALLOWEST, STEEPEST, 96)


@dataclass(frozen=True)
class Replicates:
    """The law refitted on each resample: shape (r,) each, in the caller's units."""

    alpha: Floats
    beta_g: Floats
    gamma: Floats

    def predict(self, m: ArrayLike) -> Floats:
        """Every replicate's law at m, shape (r, q)."""
        powers = np.exp(np.multiply.outer(self.beta_g, np.log(np.asarray(m, dtype=np.float64))))
        return self.alpha[:, None] * powers + self.gamma[:, None]


def bootstrap(
    m: ArrayLike, error: ArrayLike, *, seeds: ArrayLike | None = None, replicates: int = 1000, seed: int = 0
) -> Replicates:
    """Refit alpha * m**beta_g + gamma, gamma >= 0, to resampled runs by relative least squares.

    Args:
        m: shard sizes, shape (n,), > 0; repeated m are runs of one shard.
        error: errors, shape (n,), > 0.
        seeds: labels of the runs' seeds, shape (n,); whole seeds are resampled, else single runs.
        replicates: how many resamples.
        seed: of the resampling.
    Raises:
        ValueError: fewer than 3 distinct m, values not finite and positive, lengths that differ, no replicates.
    """
    m_n, error_n = curve(m, error)
    if replicates < 1:
        raise ValueError(f"replicates is {replicates}; ask for at least 1, better 1000")
    weight_rn = _weights(m_n, seeds, replicates, np.random.default_rng(seed))
    centre = float(np.log(m_n).mean())
    one_n = error_n.mean() / error_n
    relative_bn = np.exp(np.multiply.outer(_EXPONENTS, np.log(m_n) - centre)) * one_n
    ff, fs, ft = (weight_rn @ column.T for column in (relative_bn**2, relative_bn * one_n, relative_bn))
    ss, st, tt = (weight_rn @ column[:, None] for column in (one_n**2, one_n, np.ones_like(one_n)))
    gamma = np.maximum((ff * st - fs * ft) / np.maximum(ff * ss - fs * fs, 1e-12 * ff * ss), 0)
    alpha = np.maximum(ft - gamma * fs, 0) / ff
    sse = tt - alpha * ft - gamma * st
    # a parabola through the best exponent and its neighbours; alpha and gamma follow it
    row, at = np.arange(replicates), np.clip(np.argmin(sse, axis=1), 1, len(_EXPONENTS) - 2)
    left, middle, right = (sse[row, at + step] for step in (-1, 0, 1))
    bend = np.maximum(left - 2 * middle + right, 1e-300)
    shift = np.clip((left - right) / 2 / bend, -1, 1)
    between = np.abs(shift)
    beside = at + np.where(shift < 0, -1, 1)

    def along(values: Floats) -> Floats:
        return np.asarray((1 - between) * values[row, at] + between * values[row, beside])

    beta = -np.exp((1 - between) * np.log(-_EXPONENTS[at]) + between * np.log(-_EXPONENTS[beside]))
    scale = error_n.mean()
    log_alpha = along(np.log(np.maximum(alpha, 1e-300)))
    return Replicates(scale * np.exp(log_alpha - beta * centre), beta, scale * along(gamma))


def _weights(m_n: Floats, seeds: ArrayLike | None, replicates: int, rng: np.random.Generator) -> Floats:
    """How often each run is drawn; draws with fewer than three distinct m would fit anything and are spread out."""
    labels = np.arange(len(m_n)) if seeds is None else np.asarray(seeds)
    if labels.shape != m_n.shape:
        raise ValueError(f"seeds has shape {labels.shape} but m has {m_n.shape}; label every point")
    names, of_n = np.unique(labels, return_inverse=True)
    drawn = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), replicates)
    return np.asarray(drawn[:, of_n] + 1e-3, dtype=np.float64)
