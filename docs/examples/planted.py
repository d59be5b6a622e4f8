"""Faults planted on purpose, to see the nightly run catch them. Each is a domain like any other, so that nothing in
the harness knows of it: it goes by its parent's name, runs its parent's preset, and is held against its baseline.

    steepness nightly --domain docs/examples/planted.py:WorseWordLM    # exit 1, and a list of what moved
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from steepness.domains.char_lm.domain import CharLM
from steepness.domains.text.domain import TextData
from steepness.domains.text.streams import Batch
from steepness.domains.word_lm.domain import WordLM


class WorseWordLM(WordLM):
    """Its errors are 3 % higher."""

    factor = 1.03

    @classmethod
    def preset_folder(cls) -> Path:
        """The parent's, as this file has none beside it."""
        return WordLM.preset_folder()

    def evaluate(self, model: nn.Module, data: TextData, split: str) -> dict[str, float]:
        """The parent's errors, times a factor."""
        return {name: self.factor * value for name, value in super().evaluate(model, data, split).items()}


class TooGoodWordLM(WorseWordLM):
    """Its errors are 5 % lower, as when a few targets leak into the inputs."""

    factor = 0.95


class SlowCharLM(CharLM):
    """Its training steps take 30 % longer."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self._end_of_loss = 0.0
        self._forward = 0.0

    @classmethod
    def preset_folder(cls) -> Path:
        """The parent's, as this file has none beside it."""
        return CharLM.preset_folder()

    def loss(self, model: nn.Module, batch: Batch, state: Any) -> tuple[Tensor, Any]:
        """The parent's loss, after idling for 30 % of what the previous step took."""
        start = time.perf_counter()
        previous = self._forward + start - self._end_of_loss
        if state is not None:  # at the start of an epoch there may be a pause before it
            while time.perf_counter() < start + 0.3 * previous:
                pass  # a sleep this short may last twice as long
        start = time.perf_counter()
        found = super().loss(model, batch, state)
        self._end_of_loss = time.perf_counter()
        self._forward = self._end_of_loss - start
        return found
