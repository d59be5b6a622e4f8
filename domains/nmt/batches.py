"""Batches of sentence pairs of like length, holding about the same number of target tokens each.

Shapes: B rows (sentence pairs), S source positions, T target positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from steepness.domain.halves import Halves, in_two
from steepness.domains.nmt.data import Split
from steepness.domains.nmt.pieces import PAD

Int64s = npt.NDArray[np.int64]


class Batch(NamedTuple):
    """Sentence pairs on the data's device, padded with PAD on the right.

    Args:
        source_BS: pieces and END, shape (B, S), int64.
        target_BT: BEGIN, pieces and END, shape (B, T + 1), int64: all but the last column is what the decoder
            reads, all but the first what it predicts.
        target_tokens: tokens to predict, padding not counted.
    """

    source_BS: Tensor
    target_BT: Tensor
    target_tokens: int


class BucketedBatches(Sequence[Batch]):
    """Rows of a split in batches of like length; `batches[i]` is gathered when asked for.

    Rows are sorted by padded lengths, ties in random order, and cut from the longest down into batches of
    `tokens` padded target tokens; only the last batch, of the shortest, is not full. Padded lengths are few
    (`padded_length`), so shapes repeat from batch to batch and from epoch to epoch.

    Args:
        split: the sentence pairs.
        rows: which of them, shape (n,), int64.
        tokens: padded target tokens in a batch, > 0; a longer sentence is a batch of its own.
        random: order of ties and of batches; None leaves both sorted, longest first.
    """

    def __init__(
        self,
        split: Split,
        rows: Int64s,
        tokens: int,
        random: np.random.Generator | None = None,
    ) -> None:
        source = padded_length(split.source.lengths[rows])
        target = padded_length(split.target_tokens[rows])
        ties = random.permutation(len(rows)) if random else np.arange(len(rows))
        order = np.lexsort((ties, -source, -target))
        self._split = split
        self._rows = torch.from_numpy(rows[order]).to(split.target.device)
        self._begins = _cut(target[order], tokens)
        self._ends = np.append(self._begins[1:], len(rows))
        self._target_widths = target[order][self._begins]
        self._source_widths = np.maximum.reduceat(source[order], self._begins)
        self._target_tokens = np.add.reduceat(split.target_tokens[rows][order], self._begins)
        self._sequence = random.permutation(len(self._begins)) if random else np.arange(len(self._begins))

    def __len__(self) -> int:
        return len(self._begins)

    def __getitem__(self, index: int) -> Batch:  # type: ignore[override]  # slices of an epoch are of no use
        i = self._sequence[index]
        rows_B = self._rows[self._begins[i] : self._ends[i]]
        return Batch(
            self._split.source.rows(rows_B, int(self._source_widths[i])),
            self._split.target.rows(rows_B, int(self._target_widths[i]) + 1),
            int(self._target_tokens[i]),
        )


def halves(batch: Batch) -> Halves:
    """The pairs of a batch in two, with their shares of its target tokens."""
    if len(batch.source_BS) < 2:
        return ()
    found = [_some(batch, part) for part in in_two(len(batch.source_BS))]
    return [(half, half.target_tokens / batch.target_tokens) for half in found]


def _some(batch: Batch, part: slice) -> Batch:
    target_BT = batch.target_BT[part]
    return Batch(batch.source_BS[part], target_BT, int((target_BT[:, 1:] != PAD).sum()))


def padded_length(lengths: Int64s) -> Int64s:
    """Lengths rounded up to four steps an octave: 1-8, 10, 12, 14, 16, 20, 24, 28, 32, 40, ...

    Args:
        lengths: shape (n,), > 0.
    """
    octave = np.floor(np.log2(np.maximum(lengths, 8) - 0.5)).astype(np.int64)
    step = 2 ** (octave - 2)
    return -(-lengths // step) * step


def _cut(widths: Int64s, tokens: int) -> Int64s:
    """Where batches begin in rows sorted by falling width."""
    begins = [0]
    while (end := begins[-1] + max(1, tokens // int(widths[begins[-1]]))) < len(widths):
        begins.append(end)
    return np.array(begins)
