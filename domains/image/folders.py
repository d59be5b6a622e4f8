"""Folders of images in class directories, decoded and resized once into the cache.

Shape suffixes: N images, H and W pixels, C channels.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from steepness.data.artefacts import Cache
from steepness.data.files import write_json
from steepness.data.preparing import progress
from steepness.domains.image.layout import Listing
from steepness.domains.image.pixels import FULL_DEPTH, Files, Peaks, depth_of
from steepness.domains.image.pool import IMAGES, LEFT_OUT, finish

VERSION = 3
"""Raise it whenever the same files would come out different."""
EXAMPLES = 3
SHALLOW = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".gif", ".bmp", ".webp"})
"""Kinds of files that hold 8 bits a channel at most."""
_BATCH, _FEW = 128, 1_000

T = TypeVar("T")


def decode_folder(listing: Listing, size: int, cache: Cache) -> Path:
    """A folder for `Pool.load`: each image's shorter side resized to `size` pixels, the middle square kept.

    Decoding goes on where an interrupted run stopped. Files that cannot be read are left out, counted and named.

    Raises:
        ValueError: if no image of some class can be read.
    """
    identity = json.dumps([VERSION, size, listing.identity(cache)])

    def build(folder: Path) -> None:
        workplace = cache.root / "decoding" / hashlib.sha256(identity.encode()).hexdigest()[:12]
        bits, depths = _depth(listing.paths)
        unreadable = _decode(listing.paths, size, bits, workplace)
        keep = [i for i in range(len(listing.paths)) if i not in unreadable]
        labels, splits = [listing.labels[i] for i in keep], [listing.splits[i] for i in keep]
        (workplace / IMAGES).replace(folder / IMAGES)  # into the draft, which lands whole when all is there
        shutil.rmtree(workplace)
        kept, repeats = without_repeats(folder, size, labels, splits)
        listing.check_classes(labels, kept, f"; {len(unreadable):,} files could not be read")
        lines = [f"{listing.paths[i]}: {reason}" for i, reason in sorted(unreadable.items())]
        (folder / "unreadable.txt").write_text("\n".join(lines))
        notes = [*listing.skipped_in_words(), *_unreadable(lines, len(listing.paths)), *depths, *repeats]
        examples = [_described(listing, i) for i in keep[:: max(1, len(keep) // EXAMPLES)][:EXAMPLES]]
        finish(folder, (size, size, 3), labels, kept, listing.classes, notes, examples)

    return cache.prepared("images", identity, build)


def _depth(paths: list[str]) -> tuple[int, list[str]]:
    """Bits that all 16-bit grey images together use, and a note of how they are scaled: a camera's 12 bits would be
    nearly black if they were read as 16."""
    candidates = [path for path in paths if Path(path).suffix.lower() not in SHALLOW]
    peaks = sorted(
        peak for part in _each(Peaks(candidates), "looking for 16-bit images") for peak in part if peak
    )
    if not peaks:
        return FULL_DEPTH, []
    bits = depth_of(peaks[-1])
    return bits, [
        f"{len(peaks):,} images of 16-bit grey hold values up to {peaks[-1]:,} (half of them up to "
        f"{peaks[len(peaks) // 2]:,}) and are scaled as {bits} bits: 0 is black, {2**bits - 1:,} white"
    ]


def _decode(paths: list[str], size: int, bits: int, workplace: Path) -> dict[int, str]:
    """Fills `workplace / IMAGES`; returns the files left out, by number, with the reason."""
    workplace.mkdir(parents=True, exist_ok=True)
    state, each = workplace / "progress.json", size * size * 3
    with (workplace / IMAGES).open("ab") as file:
        done, unreadable = _resume(state, file.tell() // each)
        file.truncate((done - len(unreadable)) * each)
        for images in _decoded(paths[done:], size, bits):
            unreadable |= {done + i: image for i, image in enumerate(images) if isinstance(image, str)}
            file.writelines(image.tobytes() for image in images if not isinstance(image, str))
            file.flush()
            done += len(images)
            write_json(state, [done, unreadable])
    return unreadable


def _resume(state: Path, images: int) -> tuple[int, dict[int, str]]:
    """Where an interrupted run stopped; nowhere, if so many images were never brought to disk."""
    if not state.exists():
        return 0, {}
    done, unreadable = json.loads(state.read_text())
    if done - len(unreadable) > images:
        return 0, {}
    return done, {int(number): reason for number, reason in unreadable.items()}


def _decoded(paths: list[str], size: int, bits: int) -> Iterator[list[npt.NDArray[np.uint8] | str]]:
    """In the order of the paths; see `Files`."""
    return _each(Files(paths, size, bits), "decoding images")


def _each(files: Dataset[T], what: str) -> Iterator[list[T]]:
    """Batches in the files' order, read by as many processes as there are cores, if that pays."""
    count = len(files)  # type: ignore[arg-type]  # of ours, every one has a length
    workers = 0 if count < _FEW else os.cpu_count() or 0
    loader = DataLoader(files, _BATCH, num_workers=workers, collate_fn=list)
    yield from progress(loader, what)


def without_repeats(
    folder: Path, size: int, labels: Sequence[int], splits: Sequence[int]
) -> tuple[list[int], list[str]]:
    """The splits with every image once, where an error is measured before where it trains; and a note of the rest."""
    images = np.memmap(folder / IMAGES, np.uint8, "r", shape=(len(labels), size, size, 3))
    kept, label_of, others = list(splits), dict[bytes, int](), 0
    for i in sorted(range(len(labels)), key=lambda i: -splits[i]):
        digest = hashlib.blake2b(images[i].tobytes(), digest_size=16).digest()
        if digest in label_of:
            kept[i] = LEFT_OUT
            others += label_of[digest] != labels[i]
        label_of.setdefault(digest, labels[i])
    if not (count := kept.count(LEFT_OUT)):
        return kept, []
    odd = f", {others:,} of them under another class" if others else ""
    return kept, [f"{count:,} images that repeat another, pixel by pixel, are left out{odd}"]


def _described(listing: Listing, number: int) -> str:
    with Image.open(listing.paths[number]) as image:
        where = Path(listing.paths[number]).relative_to(listing.root)
        return f"{where}: {listing.classes[listing.labels[number]]}, {image.width} x {image.height}, mode {image.mode}"


def _unreadable(unreadable: list[str], files: int) -> list[str]:
    if not unreadable:
        return []
    shown = "; ".join(unreadable[:3]) + "; ..." * (len(unreadable) > 3)
    return [f"{len(unreadable):,} of {files:,} files could not be read and are left out: {shown}"]
