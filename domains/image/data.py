"""The data sets as the domain uses them: three disjoint splits, read where training runs.

Shape suffixes: N images of a split, B of a batch, H and W pixels, C channels.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from steepness import domain
from steepness.data.shards import balanced_order, rank_in_class
from steepness.domain import PARTS, TEST, VALIDATION
from steepness.domains.image.pool import IN_TEST, IN_TRAIN, IN_VALIDATION, Numbers, Pool

HELD_OUT_SHARE = 0.1
"""Of the training images, where neither the source nor the options say how many to hold out."""
BALANCED = 0.9
"""Share of the training images by which a class that runs out is nothing to mention."""
SHOWN = 20
_CARVING_SEED = 2017


@dataclass(kw_only=True, frozen=True)
class ImageSet:
    """Some of a data set's images, wherever they are.

    Args:
        images_NHWC: uint8; memory-mapped on the CPU and shared by all sets, or this set's own on the device.
        rows_N: which of them are the set's, where the images are.
        labels_N: class numbers, on the device.
        mean_C: of each channel over the training images, in [0, 255], on the device.
        std_C: likewise.
    """

    images_NHWC: Tensor
    rows_N: Tensor
    labels_N: Tensor
    mean_C: Tensor
    std_C: Tensor

    def __len__(self) -> int:
        return len(self.labels_N)

    def subset(self, indices_N: Numbers) -> ImageSet:
        """The images at these places of the set, in this order."""
        chosen_N = torch.from_numpy(indices_N)
        return replace(
            self,
            rows_N=self.rows_N[chosen_N.to(self.rows_N.device)],
            labels_N=self.labels_N[chosen_N.to(self.labels_N.device)],
        )

    def to(self, device: torch.device) -> ImageSet:
        """Copied to a GPU if that fills less than half of what is free there; else batches are, one by one."""
        constants = {name: getattr(self, name).to(device) for name in ("labels_N", "mean_C", "std_C")}
        bytes_needed = len(self) * self.images_NHWC[0].nbytes
        if device.type == "cuda" and bytes_needed < torch.cuda.mem_get_info(device)[0] / 2:
            constants["images_NHWC"] = self.images_NHWC[self.rows_N].to(device)
            constants["rows_N"] = torch.arange(len(self), device=device)
        return replace(self, **constants)

    def normalised(self, images_BHWC: Tensor) -> Tensor:
        """Float images of mean 0 and deviation 1 on the device, shape (B, C, H, W), channels last in memory."""
        images_BCHW = images_BHWC.to(self.mean_C.device, non_blocking=True).permute(0, 3, 1, 2)
        return (images_BCHW - self.mean_C[:, None, None]) / self.std_C[:, None, None]


@dataclass(kw_only=True)
class ImageData(domain.Data):
    """The splits of a data set.

    Args:
        classes: their names.
        shape: (H, W, C) of every image.
        train: what shards are cut from; stays on the CPU, a shard goes to the device when it is cut.
        held_out: "validation" and "test"; "monitor", a part of validation.
        device: where batches are made.
    """

    classes: list[str]
    shape: tuple[int, int, int]
    train: ImageSet
    held_out: dict[str, ImageSet]
    device: torch.device = field(default=torch.device("cpu"))
    also: dict[str, dict[str, ImageSet]] = field(default_factory=dict)
    """Of each other set, what stands for each split."""

    def to(self, device: torch.device) -> None:
        """Held-out images go there now; a shard does when it is cut."""
        self.device = device
        self.held_out = {split: images.to(device) for split, images in self.held_out.items()}
        self.also = {
            n: {split: images.to(device) for split, images in its.items()} for n, its in self.also.items()
        }


def chance(classes: int) -> dict[str, float]:
    """Errors of a model that has learnt no more than that the classes of a shard are balanced."""
    return {
        "cross_entropy_nats": float(np.log(classes)),
        "top1_error": 1 - 1 / classes,
        "top5_error": max(0.0, 1 - 5 / classes),
    }


def load_splits(
    dataset: str, folder: Path, validation_images: int = 0, test_images: int = 0, monitor_images: int = 0
) -> ImageData:
    """Train, validation and test, disjoint, each class-balanced as far as the source is.

    Args:
        folder: for `Pool.load`.
        validation_images: how many; 0 takes the source's own, or a tenth of its training images.
        test_images: likewise.
        monitor_images: how many of the validation images; 0, or more than there are, takes all of them.
    Raises:
        ValueError: if more images are asked for than can be held out.
    """
    pool = Pool.load(folder)
    given = np.flatnonzero(pool.splits_N == IN_TRAIN)
    test, train = _held_out(pool, IN_TEST, given, given, test_images)
    validation, train = _held_out(pool, IN_VALIDATION, given, train, validation_images)
    counts_K = np.bincount(pool.labels_N[train], minlength=len(pool.facts.classes))
    held_out = {VALIDATION: _image_set(pool, validation), TEST: _image_set(pool, test)}
    held_out["monitor"] = glance(held_out[VALIDATION], monitor_images)
    classes = len(pool.facts.classes)
    return ImageData(
        dataset=dataset,
        fingerprint="-".join([pool.facts.fingerprint, *(str(len(held)) for held in held_out.values())]),
        train_units=len(train),
        splits={split: f"{len(held_out[split]):,} images" for split in domain.SPLITS},
        chance=chance(classes),
        shown_as=("images per class", float(classes)),
        notes=[_class_counts(pool, counts_K), *pool.facts.notes],
        doubts=_doubts(pool, counts_K, held_out),
        examples=pool.facts.examples,
        classes=list(pool.facts.classes),
        shape=pool.facts.shape,
        train=_image_set(pool, train),
        held_out=held_out,
    )


def glance(images: ImageSet, count: int) -> ImageSet:
    """Some of a set's images, class-balanced; all of them if count is 0 or more than there are."""
    return images.subset(np.sort(balanced_order(images.labels_N.numpy(), _CARVING_SEED)[: count or None]))


def _held_out(pool: Pool, split: int, given: Numbers, train: Numbers, count: int) -> tuple[Numbers, Numbers]:
    """The numbers of a held-out split, and the training images that are left.

    Args:
        given: the training images before anything was carved from them.
        train: those that are left.
        count: as asked for; 0 for the source's own, or a tenth.
    """
    own = np.flatnonzero(pool.splits_N == split)
    source = own if len(own) else train
    order = source[balanced_order(pool.labels_N[source], _CARVING_SEED)]
    if not len(own):
        order = order[
            rank_in_class(pool.labels_N[order]) < _allowed(pool, split, given, train)[pool.labels_N[order]]
        ]
    wanted = count or (len(own) or min(round(len(train) * HELD_OUT_SHARE), len(order)))
    if wanted > len(order) or not wanted:
        option = f"{PARTS[split]}_images"
        raise ValueError(
            f"options.{option} is {wanted:,}, but only {len(order):,} can be held out (of training images at most a "
            "quarter of each class); ask for fewer, or add images"
        )
    return np.sort(order[:wanted]), train if len(own) else np.setdiff1d(train, order[:wanted])


def _allowed(pool: Pool, split: int, given: Numbers, train: Numbers) -> Numbers:
    """How many images each class may give to a split that is carved: with the other one a quarter of what it has.

    Where a quarter is odd, classes take turns in whose the odd one is.
    """
    classes = len(pool.facts.classes)
    had_K, has_K = (np.bincount(pool.labels_N[numbers], minlength=classes) for numbers in (given, train))
    quarter_K = had_K // 4
    if split == IN_TEST and not (pool.splits_N == IN_VALIDATION).any():
        return quarter_K // 2 + (quarter_K % 2) * (np.arange(classes) % 2)
    return np.maximum(quarter_K - (had_K - has_K), 0)


def _class_counts(pool: Pool, counts_K: Numbers) -> str:
    names = [f"{name} {count:,}" for name, count in zip(pool.facts.classes, counts_K.tolist(), strict=True)]
    more = f", ... {names[-1]}" if len(names) > SHOWN else ""
    return f"{len(names):,} classes, images to train on: {', '.join(names[:SHOWN])}{more}"


def _doubts(pool: Pool, counts_K: Numbers, held_out: dict[str, ImageSet]) -> list[str]:
    """Where classes run out along the curve, and where there is none of a class to measure an error on."""
    ends = [(int(np.minimum(counts_K, count).sum()), name, count)
            for name, count in zip(pool.facts.classes, counts_K.tolist(), strict=True)]  # fmt: skip
    early = sorted(end for end in ends if end[0] < BALANCED * counts_K.sum())
    found = []
    if early:
        named = ", ".join(f"{name} ({count:,} images) at m = {m:,}" for m, name, count in early[:SHOWN])
        more = f" and {len(early) - SHOWN} more" if len(early) > SHOWN else ""
        found.append(
            f"Classes run out along the curve: {named}{more}; larger shards are less balanced, and harder."
        )
    for split in domain.SPLITS:
        counts = held_out[split].labels_N.bincount(minlength=len(pool.facts.classes)).tolist()
        if none := [name for name, count in zip(pool.facts.classes, counts, strict=True) if not count]:
            found.append(f"No image of {', '.join(none[:SHOWN])} is in {split}: too few to hold any out.")
    return found


def _image_set(pool: Pool, numbers: Numbers) -> ImageSet:
    return ImageSet(
        images_NHWC=torch.from_numpy(pool.images_NHWC),
        rows_N=torch.from_numpy(numbers),
        labels_N=torch.from_numpy(pool.labels_N[numbers]),
        mean_C=torch.tensor(pool.facts.mean),
        std_C=torch.tensor(pool.facts.std),
    )
