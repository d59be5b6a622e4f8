"""Nested shards: prefixes of one seeded permutation."""

import numpy as np
import numpy.typing as npt

from steepness.data.randomness import generator

Int64s = npt.NDArray[np.int64]


def nested_order(n: int, seed: int) -> Int64s:
    """The permutation of n items whose prefixes are the shards of this data seed.

    Returns:
        Item numbers, shape (n,), int64.
    """
    return generator(seed, "shards").permutation(n).astype(np.int64)


def balanced_order(labels: npt.ArrayLike, seed: int) -> Int64s:
    """A permutation of labelled items whose every prefix has equally many of each class, to within one.

    Where classes differ in size that holds until the smallest is used up; the others then go on in balance.

    Args:
        labels: class of each item, shape (n,), integers.
        seed: of the data.
    Returns:
        Item numbers, shape (n,), int64.
    """
    order = nested_order(len(np.asarray(labels)), seed)
    return order[np.argsort(rank_in_class(np.asarray(labels)[order]), kind="stable")]


def rank_in_class(labels: npt.ArrayLike) -> Int64s:
    """Of each item among those of its label, from 0 in the order given; shape (n,)."""
    by_class = np.argsort(np.asarray(labels), kind="stable")
    counts = np.unique(np.asarray(labels), return_counts=True)[1]
    ranks = np.empty_like(by_class, dtype=np.int64)
    ranks[by_class] = np.arange(len(by_class)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ranks


def prefix(lengths: npt.ArrayLike, order: Int64s, m: int) -> tuple[Int64s, int]:
    """The first items of an order that hold exactly m units, the last of them cut.

    Args:
        lengths: units in each item, shape (n,), integers >= 0.
        order: permutation of the items, shape (n,), from `nested_order`.
        m: size of the shard, units, > 0.
    Returns:
        Item numbers of the shard, shape (k,), int64, and how many units of the last of them belong to it.
    Raises:
        ValueError: if there are fewer than m units.
    """
    ends = np.cumsum(np.asarray(lengths, dtype=np.int64)[order])
    available = int(ends[-1]) if len(ends) else 0
    if not 0 < m <= available:
        raise ValueError(
            f"a shard of {m:,} units cannot be cut from {available:,}: lower the preset's shard start, count "
            "or factor, or choose a larger data set"
        )
    last = int(np.searchsorted(ends, m))
    return order[: last + 1], m - int(ends[last - 1] if last else 0)
