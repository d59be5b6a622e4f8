"""An epoch of a shard: assembled, augmented and normalised where the images are.

Shape suffixes: N images of the shard, B of a batch, H and W pixels, C channels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, overload

import torch
from torch import Tensor

from steepness.domains.image.data import ImageSet

PAD = 4
"""Pixels of reflection around an image that random crops are taken from (He et al. 2015, section 4.2)."""


class Batch(NamedTuple):
    """Images, shape (B, C, H, W), float32 and normalised, and labels, shape (B,), int64."""

    images_BCHW: Tensor
    labels_B: Tensor


class Epoch(Sequence[Batch]):
    """Every image of a shard once, in the order that the key names.

    The batches differ by at most one image, instead of a last one too small for batch normalisation.

    Args:
        batch_size: images in a batch, at most.
        key: names order, flips and crops.
        augment: whether each image is flipped with probability 1/2 and shifted by up to PAD pixels.
    """

    def __init__(self, shard: ImageSet, batch_size: int, key: int, augment: bool) -> None:
        generator = torch.Generator().manual_seed(key)
        home = shard.images_NHWC.device
        order_N = torch.randperm(len(shard), generator=generator)
        self._shard = shard
        self._rows_N = shard.rows_N[order_N.to(home)]
        self._labels_N = shard.labels_N[order_N.to(shard.labels_N.device)]
        self._steps = math.ceil(len(shard) / batch_size)
        self._crops = _Crops(len(shard), shard.images_NHWC.shape[1:3], generator, home) if augment else None

    def __len__(self) -> int:
        return self._steps

    @overload
    def __getitem__(self, index: int) -> Batch: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Batch]: ...
    def __getitem__(self, index: int | slice) -> Batch | Sequence[Batch]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        count = len(self._rows_N)
        span = slice(index * count // self._steps, (index + 1) * count // self._steps)
        rows_B = self._rows_N[span]
        images_NHWC = self._shard.images_NHWC
        images_BHWC = self._crops.take(images_NHWC, rows_B, span) if self._crops else images_NHWC[rows_B]
        return Batch(self._shard.normalised(images_BHWC), self._labels_N[span])


class _Crops:
    """The source pixel of every pixel of every augmented image, so that gathering a batch augments it."""

    def __init__(
        self, count: int, edges: Sequence[int], generator: torch.Generator, device: torch.device
    ) -> None:
        height, width = edges
        down_N, right_N = torch.randint(-PAD, PAD + 1, (2, count), generator=generator)
        flipped_N = torch.rand(count, generator=generator) < 0.5
        columns_NW = _reflected(torch.arange(width) + right_N[:, None], width)
        self._rows_NH = _reflected(torch.arange(height) + down_N[:, None], height).to(device)
        self._columns_NW = torch.where(flipped_N[:, None], columns_NW.flip(1), columns_NW).to(device)

    def take(self, images_NHWC: Tensor, rows_B: Tensor, span: slice) -> Tensor:
        """The augmented images that stand in `span` of the epoch."""
        return images_NHWC[
            rows_B[:, None, None], self._rows_NH[span][:, :, None], self._columns_NW[span][:, None, :]
        ]


def _reflected(index: Tensor, length: int) -> Tensor:
    """Pixels beyond an edge are those as far inside it."""
    index = index.abs()
    return torch.where(index < length, index, 2 * (length - 1) - index)
