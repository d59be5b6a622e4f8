"""Folders of images in class directories, decoded and resized once into the cache.

Shape suffixes: N images, H and W pixels, C channels.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import ImageFolder
from torchvision.transforms import functional as tf

from steepness.data.artefacts import Cache
from steepness.data.preparing import content_of, progress
from steepness.domains.image.pool import IMAGES, TEST, TRAIN, VALIDATION, finish

VERSION = 1
"""Raise it whenever the same files would come out different."""
_BATCH, _FEW = 128, 1_000
_DECODING_FAILED = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)
"""What Pillow raises on broken files, by format."""


@dataclass(frozen=True)
class Listing:
    """The image files under a folder.

    Args:
        root: the folder.
        classes: names, ascending; a label is an index into them.
        paths: of the files.
        labels: class of each file.
        splits: TRAIN, VALIDATION or TEST of each file.
    """

    root: Path
    classes: list[str]
    paths: list[str]
    labels: list[int]
    splits: list[int]

    def identity(self, cache: Cache) -> str:
        """Of the layout and the files' bytes, wherever they are."""
        names = [str(Path(path).relative_to(self.root)) for path in self.paths]
        content = content_of(cache.root, [Path(path) for path in self.paths])
        return json.dumps([self.classes, self.labels, self.splits, names, content])


def list_images(root: Path) -> Listing:
    """Finds out the layout and lists the files, by torchvision's rules for file extensions.

    Args:
        root: either `train/CLASS/*` with `val/CLASS/*` and perhaps `test/CLASS/*`, where `val` is the test set if
            there is no `test` (ImageNet's test labels are not public); or `CLASS/*`, to be split by us.
    Raises:
        ValueError: no such layout, a class without images, or one that is not in every split.
    """
    if not (root / "train").is_dir():
        return _list_splits(root, {root: TRAIN})
    named = {root / "val": VALIDATION, root / "test": TEST}
    held_out = {folder: split for folder, split in named.items() if folder.is_dir()}
    if not held_out:
        raise ValueError(f"{root}: it has train/ but neither val/ nor test/; add one, with the same classes")
    if list(held_out.values()) == [VALIDATION]:
        held_out = {root / "val": TEST}
    return _list_splits(root, {root / "train": TRAIN, **held_out})


def decode_folder(listing: Listing, size: int, cache: Cache) -> Path:
    """A folder for `Pool.load`: each image's shorter side resized to `size` pixels, the middle square kept.

    Decoding goes on where an interrupted run stopped. Files that cannot be read are left out, counted and named.

    Raises:
        ValueError: if no image of some class can be read.
    """
    identity = json.dumps([VERSION, size, listing.identity(cache)])

    def build(folder: Path) -> None:
        workplace = cache.root / "decoding" / hashlib.sha256(identity.encode()).hexdigest()[:12]
        unreadable = _decode(listing.paths, size, workplace)
        keep = [i for i in range(len(listing.paths)) if i not in unreadable]
        labels, splits = [listing.labels[i] for i in keep], [listing.splits[i] for i in keep]
        _check_classes(listing, labels, splits, f"; {len(unreadable):,} files could not be read")
        lines = [f"{listing.paths[i]}: {reason}" for i, reason in sorted(unreadable.items())]
        (workplace / IMAGES).replace(folder / IMAGES)
        shutil.rmtree(workplace)
        (folder / "unreadable.txt").write_text("\n".join(lines))
        finish(folder, (size, size, 3), labels, splits, listing.classes, _notes(lines, len(listing.paths)))

    return cache.prepared("images", identity, build)


def _list_splits(root: Path, folders: dict[Path, int]) -> Listing:
    classes: list[str] = []
    paths: list[str] = []
    labels: list[int] = []
    splits: list[int] = []
    for folder, split in folders.items():
        found = _image_folder(folder)
        classes = classes or found.classes
        if differing := sorted(set(classes) ^ set(found.classes)):
            names = ", ".join(differing[:5])
            raise ValueError(
                f"{folder}: class {names} is here or in train/ but not in both; add or remove it"
            )
        paths += [path for path, _ in found.samples]
        labels += [label for _, label in found.samples]
        splits += [split] * len(found.samples)
    listing = Listing(root, classes, paths, labels, splits)
    _check_classes(listing, labels, splits, "")
    return listing


def _image_folder(folder: Path) -> ImageFolder:
    try:
        return ImageFolder(folder, allow_empty=True)
    except FileNotFoundError as error:
        raise ValueError(
            f"{folder}: no class directories here; give a folder that holds CLASS/*.jpg, "
            "or train/CLASS/*.jpg and val/CLASS/*.jpg"
        ) from error


def _check_classes(listing: Listing, labels: list[int], splits: list[int], why: str) -> None:
    present = set(zip(splits, labels, strict=True))
    for split in sorted(set(listing.splits) | {TRAIN}):
        for label, name in enumerate(listing.classes):
            if (split, label) not in present:
                where = ("train", "val", "test")[split]
                raise ValueError(
                    f'{listing.root}: class "{name}" has no readable image for {where}{why}; '
                    "add images or remove its directory"
                )


def _decode(paths: list[str], size: int, workplace: Path) -> dict[int, str]:
    """Fills `workplace / IMAGES`; returns the files left out, by number, with the reason."""
    workplace.mkdir(parents=True, exist_ok=True)
    state = workplace / "progress.json"
    done, unreadable = _resume(state)
    with (workplace / IMAGES).open("ab") as file:
        file.truncate((done - len(unreadable)) * size * size * 3)
        for images in _decoded(paths[done:], size):
            unreadable |= {done + i: image for i, image in enumerate(images) if isinstance(image, str)}
            file.writelines(image.tobytes() for image in images if not isinstance(image, str))
            file.flush()
            done += len(images)
            draft = state.with_suffix(".draft")
            draft.write_text(json.dumps([done, unreadable]))
            draft.replace(state)
    return unreadable


def _resume(state: Path) -> tuple[int, dict[int, str]]:
    if not state.exists():
        return 0, {}
    done, unreadable = json.loads(state.read_text())
    return done, {int(number): reason for number, reason in unreadable.items()}


class _Files(Dataset[npt.NDArray[np.uint8] | str]):
    """Decoded images, or why there is none."""

    def __init__(self, paths: list[str], size: int) -> None:
        self.paths, self.size = paths, size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8] | str:
        try:
            with Image.open(self.paths[index]) as image:
                resized = tf.resize(image.convert("RGB"), [self.size])
        except _DECODING_FAILED as error:
            return f"{type(error).__name__}: {error}"
        return np.asarray(tf.center_crop(resized, [self.size, self.size]))


def _decoded(paths: list[str], size: int) -> Iterator[list[npt.NDArray[np.uint8] | str]]:
    """Batches in the order of the paths, decoded by as many processes as there are cores, if that pays."""
    workers = 0 if len(paths) < _FEW else os.cpu_count() or 0
    loader = DataLoader(_Files(paths, size), _BATCH, num_workers=workers, collate_fn=list)
    yield from progress(loader, "decoding images")


def _notes(unreadable: list[str], files: int) -> list[str]:
    if not unreadable:
        return []
    shown = "; ".join(unreadable[:3]) + "; ..." * (len(unreadable) > 3)
    return [f"{len(unreadable):,} of {files:,} files could not be read and are left out: {shown}"]
