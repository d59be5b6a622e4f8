"""Change points in the history of a statistic: nights from which on it is another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import median_abs_deviation
from scipy.stats import t as student

LEAST = 3
"""Nights on either side of a change point."""
CHANCE = 0.001
"""Of a change point in a history without one, at most, before histories are split further."""
ODD = 5.0
"""Typical deviations that a night counts at most: one odd night must not hide a change point, or be one."""


def find_change_points(values: Sequence[float], chance: float = CHANCE) -> list[int]:
    """Where a statistic changed: the best single split by Student's t, then again on either side.

    Args:
        values: the statistic of each night, shape (n,), oldest first.
        chance: of a false change point, shared by Bonferroni's rule among all the splits that were tried.
    Returns:
        Index of the first night after each change point, ascending.
    """
    found = np.asarray(values, dtype=float)
    split, p = _best_split(_tamed(found))
    if split is None or p > chance:
        return []
    return [
        *find_change_points(found[:split].tolist(), chance),
        split,
        *(split + later for later in find_change_points(found[split:].tolist(), chance)),
    ]


def _tamed(values: np.ndarray) -> np.ndarray:
    """Values no further from their median than `ODD` standard deviations, estimated from the median deviation."""
    if len(values) == 0:
        return values
    middle = np.median(values)
    reach = ODD * median_abs_deviation(values, scale="normal")
    return values.clip(middle - reach, middle + reach) if reach > 0 else values


def _best_split(values: np.ndarray) -> tuple[int | None, float]:
    """The split with the largest t, and its two-sided p times the number of splits tried."""
    splits = range(LEAST, len(values) - LEAST + 1)
    if not splits:
        return None, 1.0
    t = [_t(values[:k], values[k:]) for k in splits]
    best = int(np.argmax(t))
    p = 2 * float(student.sf(t[best], len(values) - 2)) * len(splits)
    return splits[best], p


def _t(before: np.ndarray, after: np.ndarray) -> float:
    """Student's two-sample t, absolute; infinite where neither side varies and their means differ."""
    gap = abs(float(after.mean() - before.mean()))
    squares = float(((before - before.mean()) ** 2).sum() + ((after - after.mean()) ** 2).sum())
    spread = (squares / (len(before) + len(after) - 2) * (1 / len(before) + 1 / len(after))) ** 0.5
    return gap / spread if spread > 0 else (float("inf") if gap > 0 else 0.0)
