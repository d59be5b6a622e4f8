"""Images that every model is evaluated on besides: another folder's, or the test images corrupted.

Shape suffixes: N images, H and W pixels, C channels.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy.ndimage import gaussian_filter

from steepness.data.artefacts import Cache
from steepness.data.randomness import generator
from steepness.domain import SPLITS, TEST, VALIDATION
from steepness.domain.also import fingerprint_with, names_of
from steepness.domains.image.data import SHOWN, ImageData, ImageSet, glance
from steepness.domains.image.pool import IN_TEST, LEFT_OUT, Numbers, Pool

VERSION = 1
"""Raise it whenever the same images would be corrupted differently."""
NOISE, BLUR, CONTRAST = 0.18, 0.02, 0.2
"""Deviation as a share of the range, deviation as a share of the edge, factor: about severity 3 of 5 in Hendrycks and
Dietterich 2019."""
LEAST_BLUR = 0.5
"""Pixels; less than this changes nothing."""
_AT_ONCE = 256

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


def _noise(images_NHWC: Floats, seed: int) -> Floats:
    spread = generator(0, "corrupted images", seed).normal(0, 255 * NOISE, images_NHWC.shape)
    return (images_NHWC + spread).astype(np.float32)


def _blur(images_NHWC: Floats, _: int) -> Floats:
    deviation = max(BLUR * images_NHWC.shape[1], LEAST_BLUR)
    blurred: Floats = gaussian_filter(images_NHWC, (0, deviation, deviation, 0))
    return blurred


def _contrast(images_NHWC: Floats, _: int) -> Floats:
    mean_N11C = images_NHWC.mean((1, 2), keepdims=True)
    paler: Floats = (images_NHWC - mean_N11C) * CONTRAST + mean_N11C
    return paler


CORRUPTIONS: dict[str, Callable[[Floats, int], Floats]] = {
    "noise": _noise,
    "blur": _blur,
    "contrast": _contrast,
}


def add_others(
    data: ImageData, datasets: Sequence[str], find: Callable[[str], Path], cache: Cache, monitored: int
) -> None:
    """Every set of an `also` option, and what a reader should know of it, into the data.

    Args:
        datasets: "corrupted:noise", "corrupted:blur", "corrupted:contrast": the held-out images so; "corrupted": a
            third of them so each; else what `find` knows.
        find: the prepared folder of a data set.
        monitored: images that stand for the monitor; 0 takes all.
    Raises:
        ValueError: no such corruption; or classes that are not the data's, or no image left that is not trained on.
    """
    prints, notes = [], list(data.notes)
    for name, dataset in names_of(datasets).items():
        kind, _, how = dataset.partition(":")
        if kind == "corrupted":
            data.also[name], content = _corrupted(data, how, cache)
        else:
            pool = Pool.load(find(dataset))
            data.also[name], content = _of_pool(data, pool, dataset, monitored), pool.facts.fingerprint
        prints.append(content)
        notes.append(f"also evaluated on {name} ({dataset}): {len(data.also[name][TEST]):,} images to test")
    data.fingerprint, data.notes = fingerprint_with(data.fingerprint, prints), notes


def _corrupted(data: ImageData, kind: str, cache: Cache) -> tuple[dict[str, ImageSet], str]:
    if kind and kind not in CORRUPTIONS:
        raise ValueError(f'--also: no corruption "{kind}"; give {", ".join(CORRUPTIONS)}, or corrupted alone')
    kinds = [kind] if kind else list(CORRUPTIONS)
    identity = json.dumps(["corrupted", VERSION, data.fingerprint, kinds, NOISE, BLUR, CONTRAST])

    def build(folder: Path) -> None:
        for split in SPLITS:
            own = data.held_out[split]
            np.save(folder / f"{split}.npy", corrupt(own.images_NHWC.numpy()[own.rows_N.numpy()], kinds))

    folder = cache.prepared("corrupted", identity, build)
    found = {split: _moved(data.held_out[split], np.load(folder / f"{split}.npy", "c")) for split in SPLITS}
    rows, watched = (data.held_out[name].rows_N.numpy() for name in (VALIDATION, "monitor"))
    return found | {"monitor": found[VALIDATION].subset(np.searchsorted(rows, watched))}, identity


def corrupt(images_NHWC: Bytes, kinds: Sequence[str]) -> Bytes:
    """The same images corrupted, each in one of the ways, by turns; the same whenever it is asked for.

    Args:
        images_NHWC: shape (N, H, W, C), in [0, 255].
        kinds: of `CORRUPTIONS`.
    """
    changed_NHWC = np.empty_like(images_NHWC)
    for turn, kind in enumerate(kinds):
        rows = np.arange(turn, len(images_NHWC), len(kinds))
        for part in np.split(rows, range(_AT_ONCE, len(rows), _AT_ONCE)):
            values = CORRUPTIONS[kind](images_NHWC[part].astype(np.float32), int(part[0]) if len(part) else 0)
            changed_NHWC[part] = values.round().clip(0, 255).astype(np.uint8)
    return changed_NHWC


def _moved(own: ImageSet, images_NHWC: Bytes) -> ImageSet:
    return replace(own, images_NHWC=torch.from_numpy(images_NHWC), rows_N=torch.arange(len(images_NHWC)))


def _of_pool(data: ImageData, pool: Pool, dataset: str, monitored: int) -> dict[str, ImageSet]:
    """Its test images if it has such, else all, without those that are trained on."""
    if unknown := [name for name in pool.facts.classes if name not in data.classes]:
        known = ", ".join(data.classes[:SHOWN])
        raise ValueError(
            f"--also {dataset}: class {', '.join(unknown[:SHOWN])} is none of those trained on ({known}); rename it"
        )
    if pool.facts.shape != data.shape:
        raise ValueError(f"--also {dataset}: images of {pool.facts.shape}, trained on {data.shape}")
    own = np.flatnonzero(pool.splits_N == IN_TEST)
    rows = own if len(own) else np.flatnonzero(pool.splits_N != LEFT_OUT)
    rows = _not_trained_on(data.train, pool, rows)
    if not len(rows):
        raise ValueError(f"--also {dataset}: none of its images is left beside those that are trained on")
    label_of = np.array([data.classes.index(name) for name in pool.facts.classes])
    images = ImageSet(
        images_NHWC=torch.from_numpy(pool.images_NHWC),
        rows_N=torch.from_numpy(rows),
        labels_N=torch.from_numpy(label_of[pool.labels_N[rows]]),
        mean_C=data.train.mean_C,
        std_C=data.train.std_C,
    )
    return {VALIDATION: images, TEST: images, "monitor": glance(images, monitored)}


def _not_trained_on(train: ImageSet, pool: Pool, rows: Numbers) -> Numbers:
    trained = {_digest(train.images_NHWC[row].numpy()) for row in train.rows_N.tolist()}
    return np.array([row for row in rows.tolist() if _digest(pool.images_NHWC[row]) not in trained], np.int64)


def _digest(image_HWC: Bytes) -> bytes:
    return hashlib.blake2b(image_HWC.tobytes(), digest_size=16).digest()
