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

from steepness.data.files import write_atomically

SECONDS_BETWEEN = 60.0
DIGEST = hashlib.sha256
_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The trial was told to stop; it goes on from its checkpoint."""


class Checkpoint:
    """One trial's state as of the last time it was due, and as of the time before, should the last be damaged.

    A file is the SHA-256 of the rest, then the state as torch writes it; nothing but tensors and plain values is
    ever read back, and only if the hash holds.

    Args:
        path: of the last; the one before stands beside it.
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
                return _read(path, device)
            except FileNotFoundError:
                continue
            except (OSError, ValueError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
                _log.warning("%s is damaged and not used (%s)", path, str(error).split("\n")[0])
        return None

    def save(self, state: dict[str, Any]) -> None:
        """Save the state of a trial; a disk that refuses costs the checkpoint, not the trial.

        Raises:
            Stopped: after saving, if `stop` was called.
        """
        try:
            if self.path.exists():
                self.path.replace(self.before)
            write_atomically(self.path, lambda file: _write(state, file))
        except (OSError, RuntimeError) as error:  # torch turns an error of the file it writes to into its own
            _log.warning("no checkpoint was saved: %s; the trial goes on without", error)
        self._last = time.monotonic()
        if self._stopping:
            raise Stopped

    def delete(self) -> None:
        """Forget the checkpoint: its trial has a record now."""
        self.path.unlink(missing_ok=True)
        self.before.unlink(missing_ok=True)


class _Hashing:
    """A file to write to that keeps the hash of all that was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, DIGEST()

    def write(self, part: bytes) -> int:
        self.digest.update(part)
        return self.file.write(part)

    def flush(self) -> None:
        self.file.flush()


def _write(state: dict[str, Any], file: IO[bytes]) -> None:
    file.write(bytes(DIGEST().digest_size))  # the hash is known at the end only
    hashing = _Hashing(file)
    torch.save(state, hashing)  # type: ignore[arg-type]
    file.seek(0)
    file.write(hashing.digest.digest())


def _read(path: Path, device: torch.device) -> dict[str, Any]:
    whole = path.read_bytes()
    digest, saved = whole[: DIGEST().digest_size], whole[DIGEST().digest_size :]
    if DIGEST(saved).digest() != digest:
        raise ValueError("its hash does not hold")
    found: dict[str, Any] = torch.load(io.BytesIO(saved), map_location=device, weights_only=True)
    return found
