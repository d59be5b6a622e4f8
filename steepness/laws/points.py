"""Points of one curve gathered per shard: the mean of the logs, and the spread between seeds."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtri

from steepness.laws.cells import Cells, gather_cells
from steepness.laws.forms import Floats
from steepness.laws.projection import Centred, centred
from steepness.laws.rows import Labels, Rows, read_rows

# Lack of fit is blamed on noise only while it stays below this multiple of the spread between seeds.
POOLING_RATIO = 2.0
# Probability of a lack of fit as large if it is the seeds' noise, below which shards scatter by themselves.
OWN_SCATTER = 0.05
# Its variance is then expected to be this many times that of the seeds, which counts for so many degrees of freedom.
USUAL_RATIO, USUAL_DOF = 4.0, 3
# A relative error below this is beyond any measurement; it keeps exact fits from zero-width intervals.
NOISE_FLOOR = 1e-5


@dataclass(kw_only=True, frozen=True)
class Shards:
    """A curve with one row per distinct m, ascending.

    Attributes:
        m: shard sizes, shape (k,).
        log_m: their natural logs, shape (k,).
        log_error: mean over runs of the log error, shape (k,).
        runs: what each shard weighs, in runs, shape (k,).
        rows: how many rows it was gathered from, shape (k,): their weights may differ.
        seed_ss: sum of squared log deviations of runs from their shard's mean, less seed effects.
        seed_dof: degrees of freedom of `seed_ss`.
        run_ss: sum of squared log deviations of each shard's runs from its mean, shape (k,).
        bound: whether a shard's error is an upper bound, shape (k,); None if none is.
        cells: the runs by shard and permutation; None where shards are not known to nest.
    """

    m: Floats
    log_m: Floats
    log_error: Floats
    runs: Floats
    rows: NDArray[np.intp]
    seed_ss: float
    seed_dof: int
    run_ss: Floats
    bound: NDArray[np.bool_] | None = None
    cells: Cells | None = None

    def __len__(self) -> int:
        return len(self.log_m)

    @property
    def error(self) -> Floats:
        """Geometric mean error per shard, shape (k,)."""
        return np.exp(self.log_error)

    @property
    def repeats(self) -> int:
        """Rows beyond the first of each shard."""
        return int(self.rows.sum()) - len(self)

    @cached_property
    def centred(self) -> Centred:
        """The logs around their means, each run with the same weight."""
        return centred(self.log_m, self.log_error, self.runs)

    def take(self, keep: slice) -> "Shards":
        """The shards of a range, with the seed spread of the whole curve."""
        return self if keep == slice(0, len(self)) else self.only(np.arange(len(self))[keep])

    def only(self, keep: NDArray[np.generic]) -> "Shards":
        """Some of the shards, by flag or number, with the seed spread of the whole curve."""
        m, log_m, log_error, runs, run_ss = (
            c[keep] for c in (self.m, self.log_m, self.log_error, self.runs, self.run_ss)
        )
        bound = None if self.bound is None else self.bound[keep]
        cells = None if self.cells is None else self.cells.only(np.arange(len(self))[keep])
        return Shards(
            m=m,
            log_m=log_m,
            log_error=log_error,
            runs=runs,
            rows=self.rows[keep],
            seed_ss=self.seed_ss,
            seed_dof=self.seed_dof,
            run_ss=run_ss,
            bound=bound,
            cells=cells,
        )

    def binned(self, bins: int) -> tuple["Shards", NDArray[np.intp]]:
        """At most so many groups of neighbouring shards, evenly wide in log m, and the first shard of each.

        What shards of a group scatter around a common slope counts as the spread of runs, as runs of one shard do.
        """
        place_k = (self.log_m - self.log_m[0]) / (self.log_m[-1] - self.log_m[0])
        # the tiny offset keeps points on an edge in their bin however m is scaled
        starts = np.flatnonzero(np.diff(np.floor(place_k * (1 - 1e-6) * bins + 1e-7), prepend=-1.0))
        runs_g = np.add.reduceat(self.runs, starts)
        x_g, y_g = (np.add.reduceat(self.runs * c, starts) / runs_g for c in (self.log_m, self.log_error))
        counts = np.diff(starts, append=len(self))
        x_k, y_k = self.log_m - np.repeat(x_g, counts), self.log_error - np.repeat(y_g, counts)
        slope = float((self.runs * x_k) @ y_k) / max(float((self.runs * x_k) @ x_k), 1e-300)
        square_k = self.runs * (y_k - slope * x_k) ** 2
        dof = max(len(self) - len(starts) - 1, 0)
        run_ss = np.add.reduceat(square_k + self.run_ss, starts)
        spread = float(square_k.sum()) * (dof > 0)
        return Shards(
            m=np.exp(x_g), log_m=x_g, log_error=y_g, runs=runs_g, rows=np.add.reduceat(self.rows, starts),
            seed_ss=self.seed_ss + spread, seed_dof=self.seed_dof + dof, run_ss=run_ss,
            bound=None if self.bound is None else np.logical_or.reduceat(self.bound, starts),
            cells=None if self.cells is None else self.cells.renumbered(np.repeat(np.arange(len(starts)), counts)),
        ), starts  # fmt: skip

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

    def noise_to_test(self, lack_of_fit: ArrayLike, dof: ArrayLike) -> tuple[Any, Any]:
        """As `noise`, for F tests; of one fit or several, shapes (s,).

        Seeds count as long as the lack of fit may be theirs. Beyond, shards scatter by themselves, by a variance that
        few of them do not tell: it is moderated (Smyth 2004) by what shards usually have beside such seeds.
        """
        lack_s: Floats = np.asarray(lack_of_fit, dtype=np.float64)
        dof_s: Floats = np.maximum(np.asarray(dof, dtype=np.float64), 0.0)
        if not self.seed_dof:
            least_s = np.maximum(dof_s, 1.0)
            return np.maximum(lack_s / least_s, NOISE_FLOOR**2), least_s
        between = self.seed_ss / self.seed_dof
        most_s = between * fdtri(np.maximum(dof_s, 1.0), self.seed_dof, 1 - OWN_SCATTER)
        theirs_s = (dof_s > 0) & (lack_s <= most_s * dof_s)
        usual = min(USUAL_DOF, self.seed_dof)
        squares_s = lack_s + np.where(theirs_s, self.seed_ss, usual * USUAL_RATIO * between)
        whole_s = dof_s + np.where(theirs_s, self.seed_dof, usual)
        return np.maximum(squares_s / whole_s, NOISE_FLOOR**2), whole_s


def shards_of(
    m: ArrayLike,
    error: ArrayLike,
    seeds: ArrayLike | None = None,
    *,
    counts: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Shards:
    """The shards of a curve of which no more is known than that; as `read_rows` and `gather`."""
    return gather(read_rows(m, error, seeds=seeds, counts=counts, weights=weights))


def gather(rows: Rows) -> Shards:
    """The runs of each shard.

    Raises:
        ValueError: a shard has no error above 0 and no counts.
    """
    m_k, shard_n = np.unique(rows.m, return_inverse=True)
    mean_k, runs_k, deviation_n = rows.logs(shard_n, m_k)
    spread, dof = _seed_spread(deviation_n, rows.seed, len(m_k))
    return Shards(
        m=m_k, log_m=np.log(m_k), log_error=mean_k, runs=runs_k, rows=np.bincount(shard_n),
        seed_ss=spread, seed_dof=dof,
        run_ss=np.bincount(shard_n, deviation_n**2).astype(float),
        bound=None if rows.bound is None else np.bincount(shard_n, rows.bound) > 0,
        cells=None if rows.permutation is None else gather_cells(rows, shard_n, mean_k, deviation_n),
    )  # fmt: skip


def _seed_spread(deviation_n: Floats, seed_n: Labels | None, shards: int) -> tuple[float, int]:
    """Squares of the runs' deviations, less the effects of labelled seeds, and their degrees of freedom."""
    lost = shards
    if seed_n is not None and len(deviation_n) > shards:
        counts = np.bincount(seed_n)  # of a curve's first shards some seeds may have no run
        deviation_n = deviation_n - (np.bincount(seed_n, deviation_n) / np.maximum(counts, 1))[seed_n]
        lost += int(np.count_nonzero(counts)) - 1
    dof = max(len(deviation_n) - lost, 0)
    return float(deviation_n @ deviation_n) * (dof > 0), dof
