"""Refit a curve on resampled runs, a thousand times in a few matrix products.

Bootstrap intervals alone cover too little of what lies beyond the data; they are here for what they are good at: the
joint spread of exponent, constant and forecast under resampled runs. Suffixes: n runs, b exponents, r replicates.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steepness.laws.checks import curve
from steepness.laws.forms import Floats
from steepness.laws.projection import SHALLOWEST, STEEPEST

_ROWS = 2048  # rows that are drawn at a time
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
    centre, scale = float(np.log(m_n).mean()), error_n.mean()
    ff, fs, ft, ss, st, tt = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for rows, weight_rn in _times(len(m_n), seeds, replicates, np.random.default_rng(seed)):
        one_n = scale / error_n[rows]
        relative_bn = np.exp(np.multiply.outer(_EXPONENTS, np.log(m_n[rows]) - centre)) * one_n
        ff, fs, ft = (
            total + weight_rn @ column.T
            for total, column in ((ff, relative_bn**2), (fs, relative_bn * one_n), (ft, relative_bn))
        )
        ss, st, tt = (
            total + weight_rn @ column[:, None]
            for total, column in ((ss, one_n**2), (st, one_n), (tt, np.ones_like(one_n)))
        )
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
    log_alpha = along(np.log(np.maximum(alpha, 1e-300)))
    return Replicates(scale * np.exp(log_alpha - beta * centre), beta, scale * along(gamma))


def _times(
    n: int, seeds: ArrayLike | None, replicates: int, rng: np.random.Generator
) -> Iterator[tuple[slice, Floats]]:
    """How often each run is drawn, shape (r, n), some rows at a time so that memory grows with the rows alone.

    Draws with fewer than three distinct m would fit anything; a thousandth of a run more at each spreads them out.
    """
    labels = np.arange(n) if seeds is None else np.asarray(seeds)
    if labels.shape != (n,):
        raise ValueError(f"seeds has shape {labels.shape} but m has {(n,)}; label every point")
    places = [slice(start, min(start + _ROWS, n)) for start in range(0, n, _ROWS)]
    if seeds is None:
        sizes = np.array([p.stop - p.start for p in places])
        totals_rp = rng.multinomial(n, sizes / n, replicates)
        for place, size, total_r in zip(places, sizes, totals_rp.T, strict=True):
            yield place, _spread(rng.multinomial(total_r, np.full(size, 1 / size)))
        return
    names, of_n = np.unique(labels, return_inverse=True)
    times = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), replicates)
    for place in places:
        yield place, _spread(times[:, of_n[place]])


def _spread(times_rn: NDArray[np.int64]) -> Floats:
    return np.asarray(times_rn + 1e-3, dtype=np.float64)
