"""Shards and batches of a token stream, for truncated back-propagation with carried state.

Shapes: B rows, T steps, M tokens of a shard, P paragraphs.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from steepness.data.shards import nested_order, prefix
from steepness.domains.text.corpus import Paragraphs
from steepness.domains.text.tokens import END


class Batch(NamedTuple):
    """inputs_BT and the tokens that follow them, targets_BT; views, int32, on the data's device."""

    inputs_BT: Tensor
    targets_BT: Tensor


@dataclass(frozen=True)
class Stream:
    """Whole paragraphs end to end; only the last may be cut.

    Args:
        tokens_M: ids, int32.
        starts_P: where each paragraph starts, int64.
    """

    tokens_M: Tensor
    starts_P: Tensor

    def __len__(self) -> int:
        return len(self.tokens_M)

    def to(self, device: torch.device) -> Stream:
        """The same stream there."""
        return Stream(self.tokens_M.to(device), self.starts_P.to(device))

    def shuffled(self, key: int) -> Tensor:
        """The tokens with their paragraphs in the order that key names, shape (M,), int32."""
        # Drawn on the CPU: the order must not depend on the device.
        order_P = torch.randperm(len(self.starts_P), generator=torch.Generator().manual_seed(key))
        order_P = order_P.to(self.starts_P.device)
        ends_P = torch.cat([self.starts_P[1:], self.starts_P.new_tensor([len(self)])])
        lengths_P = (ends_P - self.starts_P)[order_P]
        moved_by_P = self.starts_P[order_P] - (lengths_P.cumsum(0) - lengths_P)
        moved_by_M = torch.repeat_interleave(moved_by_P, lengths_P, output_size=len(self))
        return self.tokens_M[torch.arange(len(self), device=moved_by_M.device) + moved_by_M]


def shard_of(paragraphs: Paragraphs, m: int, seed: int) -> Stream:
    """The first m tokens of the permutation of paragraphs that seed names; on the CPU.

    Raises:
        ValueError: if there are fewer than m tokens.
    """
    chosen, last = prefix(paragraphs.lengths, nested_order(len(paragraphs.lengths), seed), m)
    lengths = paragraphs.lengths[chosen]
    lengths[-1] = last
    starts = np.cumsum(lengths) - lengths
    where = np.arange(m) + np.repeat(paragraphs.starts[chosen] - starts, lengths)
    tokens = paragraphs.tokens[where].astype(np.int32)
    return Stream(torch.from_numpy(tokens), torch.from_numpy(starts))


class Epoch(Sequence[Batch]):
    """A stream laid out as contiguous rows, cut into segments that follow one another.

    Row boundaries move from epoch to epoch with the order of the paragraphs. Segments are of equal length to
    within rounding, at most `context`, so that no step sees much less text than another. What does not fill a
    last column (fewer than B tokens) is left out of this epoch.

    Args:
        tokens_M: the stream.
        rows: wanted; fewer where the stream has not `context` tokens for each.
        context: longest segment, tokens.
    """

    def __init__(self, tokens_M: Tensor, rows: int, context: int) -> None:
        rows = min(rows, max(1, len(tokens_M) // context))
        length = len(tokens_M) // rows
        targets_BT = tokens_M[: rows * length].view(rows, length)
        # Each row's first input is the token before it; the stream's own is END, as after a paragraph.
        before_M = torch.cat([tokens_M.new_tensor([END]), tokens_M[: rows * length - 1]])
        self._inputs_BT, self._targets_BT = before_M.view(rows, length), targets_BT
        self._steps = -(-length // context)
        self._length = -(-length // self._steps)

    def to(self, device: torch.device) -> Epoch:
        """The same segments there."""
        moved = copy(self)
        moved._inputs_BT, moved._targets_BT = self._inputs_BT.to(device), self._targets_BT.to(device)
        return moved

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, tokens in each)."""
        rows, length = self._targets_BT.shape
        return rows, length

    def __len__(self) -> int:
        return self._steps

    def __getitem__(self, i: int) -> Batch:  # type: ignore[override]  # no slices
        if not 0 <= i < self._steps:
            raise IndexError(i)
        segment = slice(i * self._length, (i + 1) * self._length)
        return Batch(self._inputs_BT[:, segment], self._targets_BT[:, segment])
