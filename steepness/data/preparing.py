"""What every domain's preparation of a user's files needs: their identity by content, and a bar while it works."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.progress import track

from steepness.data.archives import DataError
from steepness.data.files import stamp, write_atomically

T = TypeVar("T", covariant=True)
FRESH_SECONDS = 2.0
"""A file written so recently may change once more without its time of writing changing."""


class Countable(Iterable[T], Protocol[T]):
    """What `progress` can show the end of."""

    def __len__(self) -> int: ...


def progress(items: Countable[T], what: str) -> Iterable[T]:
    """The items, with a bar and the time left on a terminal's standard error; one line elsewhere, if they are many."""
    if sys.stderr.isatty():
        return track(items, what, console=Console(stderr=True), total=len(items), transient=True)
    if len(items) > 1:
        Console(stderr=True).print(f"{what}: {len(items):,} to go", highlight=False)
    return items


def save_blocks(
    path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike, blocks: Iterable[npt.ArrayLike]
) -> None:
    """Write what `numpy.save` would, of an array that may exceed the memory.

    Not through a memory map: one of a file with holes ends the process by a signal when the disk is full.

    Args:
        blocks: the array's rows in order, some at a time.
    Raises:
        OSError: there is no room.
    """
    head = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, head)
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype).tobytes())


def content_of(root: Path, files: Sequence[Path]) -> str:
    """The identity of some files: a hash of their bytes in this order, wherever they are and whenever written.

    It is remembered beside the cache under the files' paths, sizes and times, so that they are read again only where
    one of these has changed, or where a file is too fresh for its time to tell.

    Args:
        root: of the cache.
    Returns:
        64 hexadecimal digits.
    Raises:
        DataError: a file cannot be read.
    """
    try:
        stamps = [(str(path.absolute()), *stamp(path)) for path in files]
    except OSError as error:
        raise DataError(f"{error.filename}: {error.strerror}; give readable files") from error
    place = root / "contents" / hashlib.sha256(json.dumps(stamps).encode()).hexdigest()[:24]
    if place.is_file() and len(known := place.read_text()) == 64:
        return known
    found = _read(files)
    if max((changed for *_, changed in stamps), default=0) < (time.time() - FRESH_SECONDS) * 1e9:
        with suppress(OSError):  # a cache that cannot be written is complained of where it matters
            write_atomically(place, found.encode())
    return found


def _read(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in progress(files, "reading files for their identity"):
        try:
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise DataError(f"{path}: {error.strerror}; give readable files") from error
    return digest.hexdigest()
