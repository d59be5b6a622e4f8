"""A curve's rows as they were measured: checked columns, and the log error that each shard's runs amount to."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from steepness.laws import checks
from steepness.laws.amounts import amount
from steepness.laws.forms import Floats

Labels = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Rows:
    """One run a row; shape (n,) each.

    Attributes:
        m: shard sizes, > 0.
        error: errors, >= 0.
        seed: number of the run's seed; None unlabelled.
        permutation: number of the permutation that its shard is a prefix of; None where shards are not known to nest.
        bound: whether the error is an upper bound; None if none is.
        examples: held-out examples behind the error, > 0; None if unknown.
        weight: how many runs each counts as, 1 on average; None where each counts as one.
    """

    m: Floats
    error: Floats
    seed: Labels | None
    permutation: Labels | None
    bound: NDArray[np.bool_] | None
    examples: Floats | None
    weight: Floats | None = None

    def only(self, keep: NDArray[np.bool_]) -> Rows:
        """Some of the rows; their weights average 1 again."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        kept: dict[str, Any] = {name: None if c is None else c[keep] for name, c in columns.items()}
        if self.weight is not None:
            kept["weight"] = kept["weight"] / float(kept["weight"].mean())
        return Rows(**kept)

    def logs(self, shard_n: Labels, m_k: Floats) -> tuple[Floats, Floats, Floats]:
        """Each shard's log error, its weight in runs, and every run's deviation from it in log error.

        Errors above 0 are averaged as logs. With zeros among them errors are averaged first; with counted examples
        half a mistake is added to each shard, and shards weigh as their binomial variance allows.

        Args:
            shard_n: which of the shards `m_k` each row is of.
        Returns:
            Shapes (k,), (k,) and (n,).
        Raises:
            ValueError: all runs of a shard have error 0, and examples are not given.
        """
        runs_k = np.bincount(shard_n).astype(float)
        if self.examples is not None:
            return self._counted(shard_n, runs_k, np.log(m_k))
        if self.weight is not None and self.error.min() > 0:
            return self._weighted(shard_n, self.weight)
        if self.error.min() > 0:
            log_n = np.log(self.error)
            mean_k = np.bincount(shard_n, log_n) / runs_k
            return mean_k, runs_k, log_n - mean_k[shard_n]
        mean_k = np.bincount(shard_n, self.error) / runs_k
        if mean_k.min() == 0:
            raise ValueError(
                f"every run at m = {amount(m_k[mean_k.argmin()])} has error 0, of which no logarithm exists; say "
                "on how many examples each error was measured (counts in Python, --counts COLUMN in a command), or "
                "measure it on more of them"
            )
        return np.log(mean_k), runs_k, self.error / mean_k[shard_n] - 1

    def _weighted(self, shard_n: Labels, weight_n: Floats) -> tuple[Floats, Floats, Floats]:
        log_n, weight_k = np.log(self.error), np.bincount(shard_n, weight_n).astype(float)
        mean_k = np.bincount(shard_n, weight_n * log_n) / weight_k
        return mean_k, weight_k, (log_n - mean_k[shard_n]) * np.sqrt(weight_n)

    def _counted(self, shard_n: Labels, runs_k: Floats, log_m_k: Floats) -> tuple[Floats, Floats, Floats]:
        assert self.examples is not None
        wrong_k, all_k = np.bincount(shard_n, self.error * self.examples), np.bincount(shard_n, self.examples)
        rate_k = (wrong_k + 0.5) / (all_k + 1)
        # weights by the rates of a line, as a shard that was lucky must not weigh less for it
        line = np.polynomial.Polynomial.fit(log_m_k, np.log(rate_k), 1, w=np.sqrt(wrong_k + 0.5))
        expected_k = np.clip(np.exp(line(log_m_k)), 1 / (all_k + 1), all_k / (all_k + 1))
        precision_k = all_k * expected_k / (1 - expected_k)
        weight_k = precision_k * runs_k.sum() / precision_k.sum()
        relative_n = (self.error * self.examples + 0.5) / (self.examples + 1) / rate_k[shard_n] - 1
        return np.log(rate_k), weight_k, relative_n * np.sqrt(weight_k / runs_k)[shard_n]


def read_rows(
    m: ArrayLike,
    error: ArrayLike,
    *,
    seeds: ArrayLike | None = None,
    permutations: ArrayLike | None = None,
    upper_bound: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Rows:
    """Check a curve's columns, shape (n,) each.

    Args:
        m: shard sizes, > 0; repeated m are runs of one shard.
        error: >= 0, or (n, r) with a column for each of r runs; a shard whose runs are all 0 needs `counts`.
        seeds: labels of the runs' seeds; a seed that shifts its whole curve then counts once.
        permutations: labels of the permutations whose prefixes the shards are; None where shards are independent.
        upper_bound: whether each error is an upper bound, as training stopped too early.
        counts: held-out examples behind each error, where it is a share of them.
        weights: how many runs each point counts as, up to a factor.
    Raises:
        ValueError: fewer than 3 distinct m, values not finite, m not positive, a negative error, one above 1 with
            counts, weights beside counts or errors of 0, lengths that differ.
    """
    if np.ndim(error) == 2:
        m, error, seeds = side_by_side(m, error, seeds)
    m_n, error_n = checks.curve(m, error, zero=True)
    if weights is not None and (counts is not None or error_n.min() == 0):
        why = "errors of 0" if counts is None else "counts, by which each error weighs already"
        raise ValueError(f"weights go with no {why}; leave the weights out")
    bound_n = None if upper_bound is None else _aligned(upper_bound, "upper_bound", len(m_n)).astype(bool)
    return Rows(
        m=m_n,
        error=error_n,
        seed=_labels(seeds, "seeds", len(m_n)),
        permutation=_labels(permutations, "permutations", len(m_n)),
        bound=bound_n if bound_n is not None and bound_n.any() else None,
        examples=None if counts is None else _examples(counts, error_n),
        weight=None if weights is None else _shares(weights, len(m_n)),
    )


def side_by_side(
    m: ArrayLike, error: ArrayLike, seeds: ArrayLike | None
) -> tuple[ArrayLike, ArrayLike, ArrayLike]:
    """Runs in columns as one row each: m (n,), error (n, r), seeds (r,) to three columns; empty cells (nan) left out.

    Raises:
        ValueError: shapes that do not fit one another.
    """
    m_n, error_nr = np.asarray(m, dtype=float), np.asarray(error, dtype=float)
    label_r = np.arange(error_nr.shape[1]) if seeds is None else np.asarray(seeds)
    if m_n.shape != error_nr.shape[:1] or label_r.shape != error_nr.shape[1:]:
        raise ValueError(
            f"error has shape {error_nr.shape}, a column for each run, but m has {m_n.shape} and seeds "
            f"{label_r.shape}; give m a value per row, and seeds one per column"
        )
    there = ~np.isnan(error_nr)
    return np.repeat(m_n, there.sum(axis=1)), error_nr[there], np.tile(label_r, len(m_n))[there.ravel()]


def _examples(counts: ArrayLike, error_n: Floats) -> Floats:
    """Held-out examples, of errors that are shares of them."""
    examples_n = checks.positive_column(_aligned(counts, "counts", len(error_n)), "counts")
    if error_n.max() > 1:
        i = int(error_n.argmax())
        raise ValueError(
            f"error[{i}] is {error_n[i]:g}, but counts are of errors that are shares of the examples, 0 to 1; give the "
            "errors as shares (percent divided by 100), or leave the counts out"
        )
    return examples_n


def _shares(weights: ArrayLike, n: int) -> Floats:
    weight_n = checks.positive_column(_aligned(weights, "weights", n), "weights")
    return weight_n / float(weight_n.mean())


def _labels(values: ArrayLike | None, name: str, n: int) -> Labels | None:
    if values is None:
        return None
    numbers: Labels = np.unique(_aligned(values, name, n), return_inverse=True)[1]
    return numbers


def _aligned(values: ArrayLike, name: str, n: int) -> NDArray[np.generic]:
    column = np.asarray(values)
    if column.shape != (n,):
        raise ValueError(f"{name} has shape {column.shape} but m has {(n,)}; label every point")
    return column
