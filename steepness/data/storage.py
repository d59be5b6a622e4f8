"""A folder whose entries appear whole or not at all, whatever dies while they are written."""

import errno
import hashlib
import logging
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

import msgspec
from filelock import FileLock, SoftFileLock, Timeout

from steepness.data.archives import DataError
from steepness.data.sources import BLOCK, Url

NO_FLOCK = (errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK)
"""What file systems say that have none: Lustre and NFS by their options, and some in user space."""
_log = logging.getLogger(__name__)


@contextmanager
def writing(root: Path, name: str) -> Iterator[None]:
    """Holds the lock on one entry of the cache at `root`, against other processes.

    Raises:
        DataError: in place of any OSError inside: a full disk, a folder that cannot be written.
    """
    try:
        (root / "locks").mkdir(parents=True, exist_ok=True)
        with _locked(root / "locks", name):
            yield
    except OSError as error:
        remedy = "free some space there, or set STEEPNESS_CACHE to a folder you can write to"
        raise DataError(f"cannot write to the cache {root} ({error}): {remedy}") from error


def _locked(folder: Path, name: str) -> AbstractContextManager[object]:
    """The lock on an entry, held; where the file system has no flock, by the mere existence of a marker."""
    try:
        return _acquired(FileLock(folder / f"{name}.lock"), name)
    except OSError as error:
        if error.errno not in NO_FLOCK:
            raise
        return _acquired(SoftFileLock(folder / f"{name}.held"), name)


def _acquired(lock: FileLock | SoftFileLock, name: str) -> AbstractContextManager[object]:
    try:
        return lock.acquire(timeout=0)
    except Timeout:
        _log.warning("waiting for another process that is getting %s ready", name)
        return lock.acquire()


@contextmanager
def scratch(root: Path, name: str) -> Iterator[Path]:
    """An empty folder that goes afterwards, except for the part of a download that can be resumed."""
    folder = root / "partial" / name
    folder.mkdir(parents=True, exist_ok=True)
    _clear(folder)  # of what a killed process left
    try:
        yield folder
    finally:
        _clear(folder)
        if not any(folder.iterdir()):
            folder.rmdir()


def sha256(stream: IO[bytes], copy: IO[bytes] | None = None) -> str:
    """Hash of all that is left in a stream, in hexadecimal, copying it on the way if asked to."""
    digest = hashlib.sha256()
    while block := stream.read(BLOCK):
        digest.update(block)
        if copy:
            copy.write(block)
    return digest.hexdigest()


SEAL = "sha256.json"
"""In a prepared folder: size and hash of every other file."""


def seal(folder: Path) -> None:
    """Writes down what the files of a finished folder are, so that `damage` can tell later."""
    seals = {str(file.relative_to(folder)): _facts(file) for file in _files(folder)}
    (folder / SEAL).write_bytes(msgspec.json.encode(seals))


def damage(folder: Path, hashes: bool = True) -> str:
    """What is wrong with a sealed folder, in a few words; empty if nothing is.

    Args:
        hashes: read every byte; else only sizes are compared.
    """
    try:
        seals = msgspec.json.decode((folder / SEAL).read_bytes(), type=dict[str, tuple[int, str]])
        for name, (size, digest) in seals.items():
            file = folder / name
            if file.stat().st_size != size or (hashes and _facts(file)[1] != digest):
                return f"{name} is not as it was written"
    except (OSError, msgspec.MsgspecError) as error:
        return str(error)
    return ""


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SEAL)


def _facts(file: Path) -> tuple[int, str]:
    with file.open("rb") as stream:
        return file.stat().st_size, sha256(stream)


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != Url.PART:
            entry.unlink()
