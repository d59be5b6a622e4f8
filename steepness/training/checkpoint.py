"""A long trial's state on disk, written by rename, so that kill -9 costs a minute and never a wrong number."""

from __future__ import annotations

import hashlib
import io
import logging
import pickle
import time
from pathlib import Path
from typing import IO, Any

import torch

from steepness import __version__
from steepness.data.files import write_atomically

SECONDS_BETWEEN = 60.0
DIGEST = hashlib.sha256
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The trial was told to stop; it goes on from its checkpoint."""


class Checkpoint:
    """One trial's state as of the last time it was due, and as of the time before, should the last be damaged.

    A file is the SHA-256 of what it is called, this version of steepness and the rest, then the state as torch writes
    it; nothing but tensors and plain values is ever read back, and only if the hash holds: what is damaged, another
    trial's, or another version's is never gone on from.

    Args:
        path: of the last, named after the trial; the one before stands beside it.
        seconds_between: from one to the next.
    """

    def __init__(self, path: Path, seconds_between: float | None = None) -> None:
        self.path, self.before = path, path.with_suffix(f".before{path.suffix}")
        self.seconds_between = SECONDS_BETWEEN if seconds_between is None else seconds_between
        self._last = time.monotonic()
        self._stopping = False

    def stop(self) -> None:
        """Have the trial save itself after its present step and raise `Stopped`; for a signal's handler."""
        self._stopping = True

    @property
    def due(self) -> bool:
        """Whether to save now."""
        return self._stopping or time.monotonic() - self._last >= self.seconds_between

    def load(self, device: torch.device) -> dict[str, Any] | None:
        """What was saved last, tensors on the device; None if there is nothing, or nothing undamaged."""
        for path in (self.path, self.before):
            try:
                return self._read(path, device)
            except FileNotFoundError:
                continue
            except (OSError, ValueError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
                _log.warning("%s is damaged or foreign and not used (%s)", path, str(error).split("\n")[0])
        return None

    def save(self, state: dict[str, Any]) -> None:
        """Save the state of a trial; a disk that refuses costs the checkpoint, not the trial.

        Raises:
            Stopped: after saving, if `stop` was called.
        """
        try:
            if self.path.exists():
                self.path.replace(self.before)
            write_atomically(self.path, lambda file: self._write(state, file))
        except (OSError, RuntimeError) as error:  # torch turns an error of the file it writes to into its own
            _log.warning("no checkpoint was saved: %s; the trial goes on without", error)
        self._last = time.monotonic()
        if self._stopping:
            raise Stopped

    def delete(self) -> None:
        """Forget the checkpoint: its trial has a record now."""
        self.path.unlink(missing_ok=True)
        self.before.unlink(missing_ok=True)

    def _digest(self) -> Any:
        return DIGEST(f"{self.path.stem} {__version__}".encode())

    def _write(self, state: dict[str, Any], file: IO[bytes]) -> None:
        hashing = _Hashing(file, self._digest())
        file.write(bytes(hashing.digest.digest_size))  # the hash is known at the end only
        torch.save(state, hashing)  # type: ignore[arg-type]
        file.seek(0)
        file.write(hashing.digest.digest())

    def _read(self, path: Path, device: torch.device) -> dict[str, Any]:
        whole, digest = path.read_bytes(), self._digest()
        told, saved = whole[: digest.digest_size], whole[digest.digest_size :]
        digest.update(saved)
        if digest.digest() != told:
            raise ValueError("its hash does not hold")
        found: dict[str, Any] = torch.load(io.BytesIO(saved), map_location=device, weights_only=True)
        return found


class _Hashing:
    """A file to write to that adds all that is written to a hash."""

    def __init__(self, file: IO[bytes], digest: Any) -> None:
        self.file, self.digest = file, digest

    def write(self, part: bytes) -> int:
        self.digest.update(part)
        return self.file.write(part)

    def flush(self) -> None:
        self.file.flush()
