"""Points of one curve gathered per shard: the mean of the logs, and the spread between seeds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from steepness.laws.checks import curve
from steepness.laws.forms import Floats
from steepness.laws.projection import Centred, centred

# Lack of fit is blamed on noise only while it stays below this multiple of the spread between seeds.
POOLING_RATIO = 2.0
# A relative error below this is beyond any measurement; it keeps exact fits from zero-width intervals.
NOISE_FLOOR = 1e-5


@dataclass(frozen=True)
class Shards:
    """A curve with one row per distinct m, ascending.

    Attributes:
        m: shard sizes, shape (k,).
        log_m: their natural logs, shape (k,).
        log_error: mean over runs of the log error, shape (k,).
        runs: runs per shard, shape (k,).
        seed_ss: sum of squared log deviations of runs from their shard's mean, less seed effects.
        seed_dof: degrees of freedom of `seed_ss`.
    """

    m: Floats
    log_m: Floats
    log_error: Floats
    runs: Floats
    seed_ss: float
    seed_dof: int

    def __len__(self) -> int:
        return len(self.log_m)

    @property
    def error(self) -> Floats:
        """Geometric mean error per shard, shape (k,)."""
        return np.exp(self.log_error)

    @cached_property
    def centred(self) -> Centred:
        """The logs around their means, each run with the same weight."""
        return centred(self.log_m, self.log_error, self.runs)

    def take(self, keep: slice) -> "Shards":
        """The shards of a range, with the seed spread of the whole curve."""
        if keep == slice(0, len(self)):
            return self
        m, log_m, log_error, runs = (c[keep] for c in (self.m, self.log_m, self.log_error, self.runs))
        return Shards(m, log_m, log_error, runs, self.seed_ss, self.seed_dof)

    def noise(self, lack_of_fit: float, dof: int) -> tuple[float, int]:
        """Variance of one run's log error, and its degrees of freedom.

        Args:
            lack_of_fit: the fit's weighted sum of squared residuals over shards.
            dof: shards less parameters; may be 0.
        """
        if self.seed_dof == 0:
            return max(lack_of_fit / max(dof, 1), NOISE_FLOOR**2), max(dof, 1)
        if dof == 0:
            return max(lack_of_fit, self.seed_ss / self.seed_dof, NOISE_FLOOR**2), 1
        if dof * self.seed_ss * POOLING_RATIO >= lack_of_fit * self.seed_dof:
            lack_of_fit, dof = lack_of_fit + self.seed_ss, dof + self.seed_dof
        return max(lack_of_fit / dof, NOISE_FLOOR**2), dof


def gather(m: ArrayLike, error: ArrayLike, seeds: ArrayLike | None = None) -> Shards:
    """Check a curve's points and gather the runs of each shard.

    Args:
        m: shard sizes, shape (n,), > 0; repeated m are runs of one shard.
        error: errors, shape (n,), > 0.
        seeds: labels of the runs' seeds, shape (n,); a seed that shifts its whole curve then counts once.
    Raises:
        ValueError: as `checks.curve`, or seeds of another length.
    """
    m_n, error_n = curve(m, error)
    label_n = None if seeds is None else np.asarray(seeds)
    if label_n is not None and label_n.shape != m_n.shape:
        raise ValueError(f"seeds has shape {label_n.shape} but m has {m_n.shape}; label every point")
    if (m_n[1:] > m_n[:-1]).all():  # one run a shard: nothing to gather
        return Shards(m_n, np.log(m_n), np.log(error_n), np.ones(len(m_n)), 0.0, 0)
    m_k = np.array(sorted(set(m_n.tolist())))
    shard_n, log_n = np.searchsorted(m_k, m_n), np.log(error_n)
    runs_k = np.bincount(shard_n)
    mean_k = np.bincount(shard_n, log_n) / runs_k
    deviation_n, lost = log_n - mean_k[shard_n], len(m_k)
    if label_n is not None and len(m_n) > len(m_k):
        number = {label: i for i, label in enumerate(dict.fromkeys(label_n.tolist()))}
        seed_n = np.array([number[label] for label in label_n.tolist()])
        deviation_n = deviation_n - (np.bincount(seed_n, deviation_n) / np.bincount(seed_n))[seed_n]
        lost += len(number) - 1
    dof = max(len(m_n) - lost, 0)
    spread = float(deviation_n @ deviation_n) * (dof > 0)
    return Shards(m_k, np.log(m_k), mean_k, runs_k.astype(float), spread, dof)
