"""The error at m below the largest shard: there it is read off what was measured, not carried on.

Where the fitted law holds, it is the law with its band. Elsewhere (another region, or no law at all) it is the line in
log-log between the neighbouring shards; the spread of each shard around the line between its own neighbours, which
holds noise and bend alike, gives the bounds.
Suffixes: k shards, q places.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from steepness.laws.cautions import MIN_R2, bends
from steepness.laws.fit import Fit
from steepness.laws.forms import Floats
from steepness.laws.points import NOISE_FLOOR, Shards


@dataclass(frozen=True)
class Inside:
    """Log errors at each place, shape (q,): the law, and half the widths of its bounds and of a new measurement's."""

    log_value: Floats
    law: Floats
    new: Floats


def inside(shards: Shards, law: Fit | None, m: Floats, level: float) -> Inside:
    """What the measured range says.

    Args:
        shards: the curve, not too dense for neighbours to differ.
        law: its fit; None where it was refused.
        m: places up to the largest shard, shape (q,); below the smallest one the law is carried on, or the first line.
        level: confidence of the bounds.
    """
    between = _between(shards, np.log(m), level)
    if law is None or law.recommended.r2 < MIN_R2 or bends(law):
        return between
    lawful, at = _lawful(law, m), _on_the_law(law, m)
    return Inside(
        np.where(lawful, at.log_value, between.log_value),
        np.where(lawful, at.law, between.law),
        np.where(lawful, at.new, between.new),
    )


def _lawful(law: Fit, m: Floats) -> NDArray[np.bool_]:
    """Whether each place lies in the region that the recommended law describes, or below a curve that is all law."""
    region = law.region_of(law.recommended)
    first = law.shards.m[region.start] if region.start else 0.0
    return np.asarray((m >= first) & (m <= law.shards.m[region.stop - 1] * (1 + 1e-9)))


def _on_the_law(law: Fit, m: Floats) -> Inside:
    chosen = law.recommended
    value, (low, high) = chosen.predict(m), chosen.band(m, law.level)
    half = np.maximum(np.log(high / value), np.log(value / low))
    run = float(stdtrit(chosen.dof, 0.5 + law.level / 2)) * chosen.noise
    return Inside(np.log(value), half, np.hypot(half, run))


def _between(shards: Shards, log_m: Floats, level: float) -> Inside:
    x_k, y_k = shards.log_m, shards.log_error
    right = np.clip(np.searchsorted(x_k, log_m), 1, len(x_k) - 1)
    share_q = (log_m - x_k[right - 1]) / (x_k[right] - x_k[right - 1])
    value_q = y_k[right - 1] + share_q * (y_k[right] - y_k[right - 1])
    share_k = (x_k[1:-1] - x_k[:-2]) / (x_k[2:] - x_k[:-2])
    away_k = y_k[1:-1] - y_k[:-2] - share_k * (y_k[2:] - y_k[:-2])
    # of independent shards the three would differ by so many variances of one
    spread = float(np.sqrt(np.mean(away_k**2 / (1 + share_k**2 + (1 - share_k) ** 2))))
    reach = float(stdtrit(len(away_k), 0.5 + level / 2)) * max(spread, NOISE_FLOOR)
    law_q = reach * np.hypot(share_q, 1 - share_q)
    return Inside(value_q, law_q, np.hypot(law_q, reach))
