"""Files that appear whole or not at all: the one writer. Apart from the cache's storage, as every command needs it."""

import os
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from steepness.data.processes import born

TEMPORARY = ".tmp"
ABANDONED_SECONDS = 24 * 3600.0


def land(draft: Path, path: Path) -> None:
    """Gives a finished file or folder its final name, once its bytes are on disk; the one way to appear."""
    for file in [draft, *draft.rglob("*")]:
        if file.is_file():
            with file.open("rb+") as written:
                os.fsync(written.fileno())
    path.parent.mkdir(parents=True, exist_ok=True)
    draft.replace(path)


def stamp(path: Path) -> tuple[int, int, int]:
    """What changes when a file does: its size, its time of last writing, and that of the last change of any kind,
    which no tool sets back."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def write_atomically(path: Path, content: bytes | Callable[[IO[bytes]], object]) -> None:
    """Write a whole file or nothing: temporary name, fsync, rename.

    Args:
        content: the bytes, or what writes them to a file that is open and can be sought in.
    Raises:
        OSError: the folder is read-only or the disk is full; the temporary file is removed.
    """
    draft = temporary(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            content(file) if callable(content) else file.write(content)
        land(draft, path)
    except OSError as error:  # a full disk names no file by itself
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def temporary(path: Path) -> Path:
    """Beside a file, one of this process that `sweep` removes should the process be killed."""
    return path.with_name(f".{path.name}{_mark(os.getpid())}")


def _mark(pid: int) -> str:
    """How the names of a living process's temporary files end."""
    return f".{socket.gethostname()}.{pid}.{born(pid)}{TEMPORARY}"


def sweep(folder: Path) -> None:
    """Remove the temporary files that processes left when they were killed: of this host's dead, or long untouched."""
    for path in folder.glob(f".*.*.*.*{TEMPORARY}"):
        host, pid, _ = path.name.removesuffix(TEMPORARY).rsplit(".", 2)
        ours = pid.isdigit() and host.endswith(f".{socket.gethostname()}")
        dead = ours and not path.name.endswith(_mark(int(pid)))
        with suppress(FileNotFoundError):  # a living process has given it its name meanwhile
            if dead or time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


def write_json(path: Path, value: Any) -> None:
    """A struct as an indented JSON file, whole or not at all."""
    write_atomically(path, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
