"""A made-up domain for tests of the harness: synthetic regression, and ways for it to go wrong. The template of a
domain is `docs/examples/table`."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from steepness.data.artefacts import Cache
from steepness.data.shards import nested_order
from steepness.domain import Data, Domain, Metric, Options

FEATURES = 8
ROWS = 4096


class ToyOptions(Options, frozen=True, kw_only=True):
    """Ways in which a trial can go wrong, for tests of what the harness makes of them."""

    noise: float = 0.3
    explode_at_size: int = 0
    raise_at_size: int = 0
    die_at_size: int = 0
    seconds_per_batch: float = 0.0


@dataclass(kw_only=True)
class ToyData(Data):
    x: dict[str, Tensor] = field(default_factory=dict)
    y: dict[str, Tensor] = field(default_factory=dict)

    def to(self, device: torch.device) -> None:
        self.x = {split: x.to(device) for split, x in self.x.items()}
        self.y = {split: y.to(device) for split, y in self.y.items()}


class Network(nn.Module):
    def __init__(self, size: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(FEATURES, size), nn.Tanh(), nn.Dropout(0.1), nn.Linear(size, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)[:, 0]


class Batches(Sequence[Any]):
    def __init__(self, data: ToyData, rows: Tensor, size: int) -> None:
        self.data, self.parts = data, rows.split(min(size, len(rows)))

    def __len__(self) -> int:
        return len(self.parts)

    def __getitem__(self, i: int) -> Any:
        return self.data.x["train"][self.parts[i]], self.data.y["train"][self.parts[i]]


class Toy(Domain[ToyData, Tensor, Any]):
    """Learn a fixed random function of eight numbers."""

    name = "toy"
    unit = "rows"
    metrics = (Metric("squared_error", "squared units"), Metric("absolute_error", "units"))
    models = {"mlp": Network}  # noqa: RUF012
    Options = ToyOptions
    options: ToyOptions

    def load(self, dataset: str, cache: Cache) -> ToyData:
        if dataset != "synthetic":
            raise ValueError(f'unknown data set "{dataset}" of toy. Known: synthetic.')
        draw = torch.Generator().manual_seed(1)
        weights = torch.randn(FEATURES, generator=draw)
        data = ToyData(
            dataset="synthetic",
            fingerprint=f"toy-{self.options.noise}",
            train_units=ROWS,
            chance={"squared_error": 1.0},
        )
        for split, rows in (("train", ROWS), ("validation", 512), ("test", 512)):
            x = torch.randn(rows, FEATURES, generator=draw)
            data.x[split] = x
            data.y[split] = torch.sin(x @ weights) + self.options.noise * torch.randn(rows, generator=draw)
        return data

    def shard(self, data: ToyData, m: int, seed: int) -> Tensor:
        return torch.from_numpy(nested_order(ROWS, seed)[:m].copy())

    def build(self, model: str, size: int, data: ToyData) -> nn.Module:
        if size == self.options.raise_at_size:
            raise RuntimeError("the stranger's model is broken")
        if size == self.options.die_at_size:
            os._exit(9)
        return self.model_class(model)(size=size)

    def batches(self, data: ToyData, shard: Tensor, batch_size: int, key: int, epoch: int) -> Sequence[Any]:
        order = torch.randperm(len(shard), generator=torch.Generator().manual_seed(key))
        return Batches(data, shard[order], batch_size)

    def loss(self, model: nn.Module, batch: Any, state: Any) -> tuple[Tensor, Any]:
        if self.options.seconds_per_batch:
            time.sleep(self.options.seconds_per_batch)
        x, y = batch
        loss = (model(x) - y).square().mean()
        if model.training and self.options.explode_at_size == model.layers[0].out_features:  # type: ignore[union-attr,index]
            loss = loss * float("nan")
        return loss, None

    def evaluate(self, model: nn.Module, data: ToyData, split: str) -> dict[str, float]:
        gap = model(data.x[split]) - data.y[split]
        error = gap.square()
        return {
            "squared_error": error.mean().item(),
            "squared_error_se": (error.std() / len(error) ** 0.5).item(),
            "absolute_error": gap.abs().mean().item(),
        }

    def size_ladder(self, model: str) -> Sequence[int]:
        return (2, 4, 8, 16)

    def units(self, batch: Any) -> int:
        return len(batch[0])
