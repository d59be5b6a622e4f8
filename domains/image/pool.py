"""Decoded images in the cache: written once, memory-mapped ever after.

Shape suffixes: N images, H and W pixels, C channels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from steepness.domain import PARTS

IMAGES = "images.u8"
IN_TRAIN, IN_VALIDATION, IN_TEST = range(len(PARTS))
"""What `splits_N` says of an image, a place in `PARTS`: where its source puts it."""
LEFT_OUT = len(PARTS)
"""Of an image that repeats another."""
_CHUNK_BYTES = 1 << 24

Numbers = npt.NDArray[np.int64]


@dataclass(kw_only=True, frozen=True)
class Facts:
    """What is known of the images beside the arrays.

    Args:
        shape: (H, W, C) of every image.
        classes: names, in the order of the labels.
        mean: of each channel over the training images, in [0, 255].
        std: likewise.
        fingerprint: hash of pixels, labels and splits.
        notes: what a reader should know.
        examples: some of the images, in words.
    """

    shape: tuple[int, int, int]
    classes: Sequence[str]
    mean: Sequence[float]
    std: Sequence[float]
    fingerprint: str
    notes: Sequence[str]
    examples: Sequence[str] = ()


@dataclass(frozen=True)
class Pool:
    """All images of a data set.

    Args:
        images_NHWC: uint8, memory-mapped.
        labels_N: class numbers.
        splits_N: IN_TRAIN, IN_VALIDATION or IN_TEST.
        facts: the rest.
    """

    images_NHWC: npt.NDArray[np.uint8]
    labels_N: Numbers
    splits_N: Numbers
    facts: Facts

    @classmethod
    def load(cls, folder: Path) -> Pool:
        """Opens what `finish` left."""
        table: dict[str, Any] = json.loads((folder / "facts.json").read_text())
        facts = Facts(**(table | {"shape": tuple(table["shape"])}))
        labels_N, splits_N = np.load(folder / "labels.npy"), np.load(folder / "splits.npy")
        return cls(_mapped(folder, len(labels_N), facts.shape), labels_N, splits_N, facts)


def finish(
    folder: Path,
    shape: tuple[int, int, int],
    labels_N: Sequence[int] | Numbers,
    splits_N: Sequence[int] | Numbers,
    classes: Sequence[str],
    notes: Sequence[str],
    examples: Sequence[str] = (),
) -> Facts:
    """Completes a folder that holds `IMAGES`, raw bytes image after image, so that `Pool.load` can open it."""
    labels, splits = np.asarray(labels_N, np.int64), np.asarray(splits_N, np.int64)
    assert (folder / IMAGES).stat().st_size == len(labels) * np.prod(shape)
    assert len(labels) == len(splits)
    images_NHWC = _mapped(folder, len(labels), shape)
    digest, counts_CV = hashlib.sha256(), np.zeros((shape[2], 256), np.int64)
    for rows in _chunks(len(labels), int(np.prod(shape))):
        digest.update(images_NHWC[rows].data)
        seen = images_NHWC[rows][splits[rows] == IN_TRAIN]
        counts_CV += [np.bincount(seen[..., c].ravel(), minlength=256) for c in range(shape[2])]
    digest.update(labels.tobytes() + splits.tobytes())
    mean, std = _moments(counts_CV)
    facts = Facts(
        shape=shape,
        classes=classes,
        mean=mean,
        std=std,
        fingerprint=digest.hexdigest()[:16],
        notes=notes,
        examples=examples,
    )
    np.save(folder / "labels.npy", labels)
    np.save(folder / "splits.npy", splits)
    (folder / "facts.json").write_text(json.dumps(asdict(facts)))
    return facts


def _mapped(folder: Path, count: int, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """Copy-on-write, because torch warns of arrays that cannot be written; nothing here writes."""
    return np.memmap(folder / IMAGES, np.uint8, "c", shape=(count, *shape))


def _chunks(count: int, image_bytes: int) -> list[slice]:
    step = max(1, _CHUNK_BYTES // image_bytes)
    return [slice(start, start + step) for start in range(0, count, step)]


def _moments(counts_CV: Numbers) -> tuple[list[float], list[float]]:
    """Exact mean and standard deviation of each channel from how often each value occurs."""
    values_V = np.arange(256)
    total_C = counts_CV.sum(1)
    mean_C = counts_CV @ values_V / total_C
    variance_C = counts_CV @ values_V**2 / total_C - mean_C**2
    # A channel that never varies is passed on as it is.
    std_C = np.where(variance_C > 0, np.sqrt(np.maximum(variance_C, 0)), 1.0)
    return mean_C.tolist(), std_C.tolist()
