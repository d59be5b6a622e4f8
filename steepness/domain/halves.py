"""A batch in two, for a machine on which the whole of it has no room: the gradient of its mean loss is the weighted sum
of the halves' gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.utils._pytree import tree_flatten, tree_unflatten

Halves = Sequence[tuple[Any, float]]
"""Two batches with their shares of the whole, which add up to 1; empty where there is nothing to divide."""


def halves_of_rows(batch: Any) -> Halves:
    """Tensors, and tuples, lists and dicts of them, cut along their first axis, which must be as long in all of them;
    a half's share is its share of the rows. Empty for one row, and for what holds anything else."""
    leaves, form = tree_flatten(batch)
    if not leaves or not all(isinstance(leaf, Tensor) and leaf.dim() for leaf in leaves):
        return ()
    rows = len(leaves[0])
    if rows < 2 or any(len(leaf) != rows for leaf in leaves):
        return ()
    return [
        (tree_unflatten([leaf[part] for leaf in leaves], form), (part.stop - part.start) / rows)
        for part in in_two(rows)
    ]


def in_two(rows: int) -> tuple[slice, slice]:
    """The first half of some rows, which is the larger of an odd number, and the second."""
    middle = (rows + 1) // 2
    return slice(0, middle), slice(middle, rows)
