"""Utterances of similar length side by side.

Shapes: B utterances, T frames (longest of the batch), F features of a frame, L labels (longest of the batch).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from steepness.data.randomness import generator
from steepness.domain.halves import Halves, in_two
from steepness.domains.speech.data import Numbers, SpeechData

_POOL = 16
"""Batches among which utterances are sorted by length; the order between pools stays random."""


@dataclass(kw_only=True, frozen=True)
class Batch:
    """What a model sees; see `steepness.domains.speech.models` for the tensors. `seconds` is the sound in it."""

    features_BTF: Tensor
    frames_B: Tensor
    labels_BL: Tensor
    lengths_B: Tensor
    seconds: float


@dataclass(frozen=True)
class Masking:
    """SpecAugment (Park et al. 2019): stripes of time and of frequency set to the mean.

    Args:
        time_masks: per utterance, each up to a tenth of it long.
        frequency_masks: per utterance, each up to a quarter of the bands wide.
    """

    time_masks: int = 0
    frequency_masks: int = 0


class Epoch(Sequence[Batch]):
    """Batches made when they are asked for, on the data's device.

    Args:
        groups: numbers of the utterances in each batch.
        key: names the masking.
    """

    def __init__(self, data: SpeechData, groups: Sequence[Numbers], masking: Masking, key: int) -> None:
        self._data, self._groups, self._masking, self._key = data, groups, masking, key

    def __len__(self) -> int:
        return len(self._groups)

    def __getitem__(self, index: int) -> Batch:  # type: ignore[override]
        batch = collate(self._data, self._groups[index])
        if self._masking == Masking():
            return batch
        random = generator(self._key, "mask", index)
        kept_BTF = mask(batch.frames_B.numpy(), batch.features_BTF.shape, self._masking, random)
        features_BTF = batch.features_BTF * kept_BTF.to(batch.features_BTF.device, non_blocking=True)
        return Batch(
            features_BTF=features_BTF,
            frames_B=batch.frames_B,
            labels_BL=batch.labels_BL,
            lengths_B=batch.lengths_B,
            seconds=batch.seconds,
        )


def grouped(data: SpeechData, numbers: Numbers, size: int, key: int | None = None) -> list[Numbers]:
    """Batches of `size` utterances of similar length.

    Args:
        numbers: of the utterances, shape (n,).
        key: names the random order; None goes from the shortest to the longest.
    """
    if key is None:
        order = np.argsort(data.utterances.frame_counts[numbers], kind="stable")
        return _cut(numbers[order], size)
    random = generator(key, "order")
    pools = _cut(random.permutation(numbers), size * _POOL)
    groups = [group for pool in pools for group in grouped(data, pool, size)]
    return [groups[index] for index in random.permutation(len(groups))]


def collate(data: SpeechData, numbers: Numbers) -> Batch:
    """The batch of some utterances."""
    frames, lengths = data.utterances.frame_counts[numbers], data.utterances.label_counts[numbers]
    return Batch(
        features_BTF=_padded(data.frames, data.frame_starts[numbers], frames).to(data.device).float(),
        frames_B=torch.from_numpy(frames),
        labels_BL=_padded(data.labels, data.label_starts[numbers], lengths).long(),
        lengths_B=torch.from_numpy(lengths),
        seconds=float(data.utterances.seconds[numbers].sum()),
    )


def halves(batch: Batch) -> Halves:
    """The utterances of a batch in two, each as long as its longest, with their shares of the batch's characters."""
    if len(batch.frames_B) < 2:
        return ()
    characters = float(batch.lengths_B.sum())
    found = [_some(batch, part) for part in in_two(len(batch.frames_B))]
    return [(half, float(half.lengths_B.sum()) / characters) for half in found]


def _some(batch: Batch, part: slice) -> Batch:
    frames_B, lengths_B = batch.frames_B[part], batch.lengths_B[part]
    return Batch(
        features_BTF=batch.features_BTF[part, : int(frames_B.max())],
        frames_B=frames_B,
        labels_BL=batch.labels_BL[part, : int(lengths_B.max())],
        lengths_B=lengths_B,
        seconds=batch.seconds * float(frames_B.sum()) / float(batch.frames_B.sum()),
    )


def mask(frames: Numbers, shape: Sequence[int], masking: Masking, random: np.random.Generator) -> Tensor:
    """False where SpecAugment hides the features.

    Args:
        frames: of each utterance, shape (B,).
        shape: of the features, (B, T, F).
    Returns:
        Shape (B, T, F), bool.
    """
    batch, longest, bands = shape
    kept_BTF = np.ones((batch, longest, bands), dtype=bool)
    for _ in range(masking.time_masks):
        kept_BTF &= ~_stripes(longest, frames, frames // 10, random)[:, :, None]
    for _ in range(masking.frequency_masks):
        band_counts = np.full(batch, bands)
        kept_BTF &= ~_stripes(bands, band_counts, band_counts // 4, random)[:, None, :]
    return torch.from_numpy(kept_BTF)


def _stripes(length: int, valid: Numbers, widest: Numbers, random: np.random.Generator) -> np.ndarray:
    widths = random.integers(0, widest + 1)
    starts = random.integers(0, valid - widths + 1)
    positions = np.arange(length)
    return (positions >= starts[:, None]) & (positions < (starts + widths)[:, None])


def _padded(values: Tensor, starts: Numbers, counts: Numbers) -> Tensor:
    """Pieces of a long tensor as rows, zeros after each; shape (pieces, longest, ...)."""
    offsets = np.arange(counts.max())
    index = torch.from_numpy(starts[:, None] + np.minimum(offsets, counts[:, None] - 1))
    valid = torch.from_numpy(offsets < counts[:, None]).to(values.device, non_blocking=True)
    rows = values[index.to(values.device, non_blocking=True)]
    return rows * valid.view(*valid.shape, *[1] * (rows.dim() - 2))


def _cut(numbers: Numbers, size: int) -> list[Numbers]:
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]
