"""A long trial's state on disk, written by rename, so that kill -9 costs minutes and never a wrong number."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import torch

SECONDS_BETWEEN = 60.0


class Checkpoint:
    """One trial's checkpoint file; saving is skipped until `seconds_between` have passed since the last."""

    def __init__(self, path: Path, seconds_between: float = SECONDS_BETWEEN) -> None:
        self.path, self.seconds_between = path, seconds_between
        self._last = time.monotonic()

    def load(self, device: torch.device) -> dict[str, Any] | None:
        """What was saved last, tensors on the device; None if there is nothing."""
        if not self.path.exists():
            return None
        return torch.load(self.path, map_location=device, weights_only=False)  # type: ignore[no-any-return]

    def save_if_due(self, state: dict[str, Any]) -> None:
        """Save, unless the last save was a moment ago."""
        if time.monotonic() - self._last < self.seconds_between:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(f".tmp{os.getpid()}")
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        self._last = time.monotonic()

    def delete(self) -> None:
        """Forget the checkpoint: its trial has a record now."""
        self.path.unlink(missing_ok=True)
