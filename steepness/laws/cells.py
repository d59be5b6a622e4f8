"""Runs by shard and permutation: where shards are prefixes of one permutation, its runs share the luck of the draw."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from steepness.laws.forms import Floats
from steepness.laws.rows import Labels, Rows


@dataclass(kw_only=True, frozen=True)
class Cells:
    """One row per shard and permutation, permutation by permutation with shards ascending; shape (c,) each.

    Attributes:
        shard: number of the shard in its curve.
        permutation: number of the permutation.
        log_error: mean log error of the cell's runs.
        runs: how many they are.
        spread: squared log deviations of runs from their cell's mean, less seed effects.
        dof: degrees of freedom of `spread`.
    """

    shard: Labels
    permutation: Labels
    log_error: Floats
    runs: Floats
    spread: float
    dof: int

    def __len__(self) -> int:
        return len(self.shard)

    def only(self, shards: Labels) -> Cells:
        """The cells of some shards, renumbered in that order, with the spread of all."""
        place = np.full(max(int(self.shard.max()), int(shards.max())) + 1, -1)
        place[shards] = np.arange(len(shards))
        return self._chosen(place[self.shard] >= 0, place[self.shard])

    def renumbered(self, group_k: Labels) -> Cells:
        """Shards joined into groups, shape (k,) of group numbers: cells of one group and permutation are averaged."""
        key = self.permutation * (int(group_k.max()) + 1) + group_k[self.shard]
        names, of_c = np.unique(key, return_inverse=True)
        runs = np.bincount(of_c, self.runs).astype(float)
        mean = np.bincount(of_c, self.runs * self.log_error) / runs
        permutation, shard = np.divmod(names, int(group_k.max()) + 1)
        return replace(self, shard=shard, permutation=permutation, log_error=mean, runs=runs)

    def of_first(self, permutations: int) -> Cells:
        """The cells of so many permutations only."""
        return self._chosen(self.permutation < permutations, self.shard)

    def _chosen(self, inside: NDArray[np.bool_], shard: Labels) -> Cells:
        return replace(
            self, shard=shard[inside], permutation=self.permutation[inside],
            log_error=self.log_error[inside], runs=self.runs[inside],
        )  # fmt: skip


def gather_cells(rows: Rows, shard_n: Labels, mean_k: Floats, deviation_n: Floats) -> Cells:
    """The runs of each shard and permutation.

    Args:
        shard_n: each row's shard, shape (n,).
        mean_k: log error of each shard, shape (k,).
        deviation_n: log error of each row less its shard's, shape (n,).
    """
    assert rows.permutation is not None
    names, cell_n = np.unique(rows.permutation * len(mean_k) + shard_n, return_inverse=True)
    permutation, shard = np.divmod(names, len(mean_k))
    runs = np.bincount(cell_n).astype(float)
    of_cell = np.bincount(cell_n, deviation_n) / runs
    left_n, lost = deviation_n - of_cell[cell_n], len(names)
    if rows.seed is not None and len(left_n) > len(names):
        pair, pair_n = np.unique(
            rows.permutation * (int(rows.seed.max()) + 1) + rows.seed, return_inverse=True
        )
        left_n = left_n - (np.bincount(pair_n, left_n) / np.bincount(pair_n))[pair_n]
        lost += len(pair) - len(np.unique(rows.permutation))
    dof = max(len(left_n) - lost, 0)
    spread = float(left_n @ left_n) * (dof > 0)
    return Cells(
        shard=shard,
        permutation=permutation,
        log_error=mean_k[shard] + of_cell,
        runs=runs,
        spread=spread,
        dof=dof,
    )
