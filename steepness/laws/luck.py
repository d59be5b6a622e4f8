"""How much wider an interval is where nested shards share the luck of their permutation.

Runs of one permutation are of shards that hold one another, so what its first examples happen to be moves all their
errors together, and more seeds do not average it away. Log errors at m and m' of one permutation then have the
covariance sigma^2 / runs + tau^2 / max(m, m'), as means over nested samples have. The share of tau is integrated over
by its restricted likelihood (Patterson and Thompson 1971) under a half-Cauchy prior on tau / sigma at the first shard.
Suffixes: k shards, c cells, p parameters, g values of that ratio, e contrasts that are free of the law.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import stdtr, stdtrit

from steepness.laws.cells import Cells
from steepness.laws.forms import Floats
from steepness.laws.points import NOISE_FLOOR, Shards

# tau / sigma at the first shard, each as likely as the next before any data: quantiles of a half-Cauchy of scale 2.
_RATIO = 2 * np.tan(np.pi / 2 * (np.arange(16) + 0.5) / 16)
_PERMUTATIONS, _CELLS = 16, 128  # beyond these the likelihood has seen enough
_HALVINGS = 30


def half_widths(shards: Shards, residual_k: Floats, slopes_pk: Floats, level: float) -> Floats:
    """Half the width of each parameter's interval, shape (p,), of a law fitted with the shards' runs as weights.

    Args:
        shards: of which cells are known.
        residual_k: log errors less the law, shape (k,).
        slopes_pk: derivatives of the law's log by its parameters, shape (p, k).
        level: confidence of the intervals.
    """
    assert shards.cells
    weight_g, variance_g, dof = _posterior(shards, residual_k, slopes_pk)
    own_p, shared_p = _variances(shards, shards.cells, slopes_pk)
    spread_pg = np.sqrt(variance_g * (own_p[:, None] + _RATIO**2 * shared_p[:, None]))
    low_p, high_p = (stdtrit(dof, 0.5 + level / 2) * edge(axis=1) for edge in (spread_pg.min, spread_pg.max))
    for _ in range(_HALVINGS):
        middle_p = (low_p + high_p) / 2
        covered_p = stdtr(dof, middle_p[:, None] / spread_pg) @ weight_g
        wide = covered_p > 0.5 + level / 2
        low_p, high_p = np.where(wide, low_p, middle_p), np.where(wide, middle_p, high_p)
    return np.asarray(high_p)


def _variances(shards: Shards, cells: Cells, slopes_pk: Floats) -> tuple[Floats, Floats]:
    """Each parameter's variance by unit noise of a run, and by unit luck at the first shard, shape (p,) each."""
    weighted_pk = slopes_pk * shards.runs
    influence_pk = np.linalg.solve(weighted_pk @ slopes_pk.T, weighted_pk)
    share_c = cells.runs / shards.runs[cells.shard]
    pull_pc = influence_pk[:, cells.shard] * share_c
    relative_c = shards.m[cells.shard] / shards.m[0]
    # sums over the shards below of the same permutation, so that memory grows with the cells and not their square
    below_pc = pull_pc.cumsum(axis=1) - pull_pc
    first_c = np.searchsorted(cells.permutation, cells.permutation)
    below_pc -= below_pc[:, first_c]
    return (pull_pc**2 / cells.runs).sum(axis=1), (pull_pc / relative_c * (pull_pc + 2 * below_pc)).sum(
        axis=1
    )


def _posterior(shards: Shards, residual_k: Floats, slopes_pk: Floats) -> tuple[Floats, Floats, int]:
    """Weight and noise variance of each ratio, shape (g,) each, and the degrees of freedom."""
    cells, column_pc, relative_c, residual_c = _reduced(shards, residual_k, slopes_pk)
    root_c = np.sqrt(cells.runs)
    of_permutation = np.arange(int(cells.permutation.max()) + 1)[:, None] == cells.permutation
    free_ce = _free_of(np.vstack([column_pc, of_permutation[1:]]) * root_c)
    same_cc = cells.permutation[:, None] == cells.permutation
    luck_cc = same_cc * np.outer(root_c, root_c) / np.maximum.outer(relative_c, relative_c)
    size_e, axes_ee = np.linalg.eigh(free_ce.T @ luck_cc @ free_ce)
    contrast_e = axes_ee.T @ (free_ce.T @ (root_c * residual_c))
    growth_ge = 1 + np.outer(_RATIO**2, np.maximum(size_e, 0))
    squares_g = (contrast_e**2 / growth_ge).sum(axis=1) + cells.spread
    dof = max(len(size_e) + cells.dof, 1)
    log_g = -0.5 * np.log(growth_ge).sum(axis=1) - dof / 2 * np.log(np.maximum(squares_g, 1e-300))
    weight_g = np.exp(log_g - log_g.max())
    return weight_g / weight_g.sum(), np.maximum(squares_g / dof, NOISE_FLOOR**2), dof


def _reduced(shards: Shards, residual_k: Floats, slopes_pk: Floats) -> tuple[Cells, Floats, Floats, Floats]:
    """The cells that the likelihood is taken of, with their slopes, m over the first one, and residuals."""
    assert shards.cells
    cells = shards.cells
    cells = replace(
        cells, log_error=cells.log_error - shards.log_error[cells.shard] + residual_k[cells.shard]
    )
    cells = cells.of_first(_PERMUTATIONS)
    log_m = shards.log_m - shards.log_m[0]
    if len(cells) > _CELLS:
        wanted = _CELLS // (int(cells.permutation.max()) + 1)
        place_k = np.floor(log_m / log_m[-1] * (1 - 1e-6) * wanted)
        starts = np.flatnonzero(np.diff(place_k, prepend=-1.0))
        counts = np.diff(starts, append=len(shards))
        cells = cells.renumbered(np.repeat(np.arange(len(starts)), counts))
        log_m, slopes_pk = (np.add.reduceat(c, starts, axis=-1) / counts for c in (log_m, slopes_pk))
    return cells, slopes_pk[:, cells.shard], np.exp(log_m[cells.shard]), cells.log_error


def _free_of(columns_pc: Floats) -> Floats:
    """An orthonormal basis of all that the columns do not span, shape (c, e)."""
    whole, triangle = np.linalg.qr(columns_pc.T, mode="complete")
    rank = int((np.abs(np.diag(triangle)) > 1e-9 * np.abs(triangle).max()).sum())
    return np.asarray(whole[:, rank:])
