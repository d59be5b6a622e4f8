"""The made-up domain with faults planted; each goes by its parent's name, and is held against its baseline."""

from __future__ import annotations

import time
from typing import Any

from torch import Tensor, nn

from tests.toy import Toy, ToyData


class Broken(Toy):
    """Errors half as high again, steps 2 ms longer, a field more in its records."""

    def evaluate(self, model: nn.Module, data: ToyData, split: str) -> dict[str, float]:
        return {name: 1.5 * value for name, value in super().evaluate(model, data, split).items()}

    def loss(self, model: nn.Module, batch: Any, state: Any) -> tuple[Tensor, Any]:
        time.sleep(0.002)
        return super().loss(model, batch, state)

    def exhibit(self, model: nn.Module, data: ToyData) -> dict[str, Any]:
        return {"surprise": "a new field"}


class TooGood(Toy):
    """Errors halved."""

    def evaluate(self, model: nn.Module, data: ToyData, split: str) -> dict[str, float]:
        return {name: 0.5 * value for name, value in super().evaluate(model, data, split).items()}
