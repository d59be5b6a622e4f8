"""A domain to start from: classify the rows of a CSV file. docs/own-domain.md goes through it step by step.

Shapes: N rows of a split, B of a batch, F features, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steepness.data.artefacts import Cache
from steepness.data.preparing import content_of
from steepness.data.shards import nested_order
from steepness.domain import PARTS, TRAIN, Data, Domain, Metric
from steepness.domain.estimates import ratio

Batch = tuple[Tensor, Tensor]


def mlp(features: int, classes: int, size: int) -> nn.Module:
    """One hidden layer; its width is the size dial."""
    return nn.Sequential(nn.Linear(features, size), nn.ReLU(), nn.Linear(size, classes))


@dataclass
class Rows(Data):
    """Features (N, F) and classes (N,) of each split."""

    parts: dict[str, Batch] = field(default_factory=dict)
    classes: int = 0

    def to(self, device: torch.device) -> None:
        self.parts = {split: (x_NF.to(device), y_N.to(device)) for split, (x_NF, y_N) in self.parts.items()}


class Table(Domain[Rows, Tensor, Batch]):
    """Name the class of a row, its last column."""

    name = "table"
    unit = "rows"
    metrics = (Metric("cross_entropy_nats", "nats per row"), Metric("error", "fraction of rows"))
    models = {"mlp": mlp}  # noqa: RUF012
    signature = "Model(features: int, classes: int, size: int); forward(x_BF) -> logits_BK"

    def load(self, dataset: str, cache: Cache) -> Rows:
        """csv:/path/to/table.csv, numbers only; a fifth of the rows each validate and test."""
        path = Path(dataset.removeprefix("csv:"))
        if not path.is_file():
            raise ValueError(f'unknown data set "{dataset}"; give csv:/path/to/table.csv')
        table = torch.from_numpy(np.loadtxt(path, delimiter=",", dtype=np.float32))
        shuffled = table[torch.from_numpy(nested_order(len(table), seed=0))]
        held = len(table) // 5
        sizes = dict(zip(PARTS, (len(table) - 2 * held, held, held), strict=True))
        rows = zip(sizes, shuffled.split(list(sizes.values())), strict=True)
        parts = {name: (rows_NF[:, :-1], rows_NF[:, -1].long()) for name, rows_NF in rows}
        classes = int(table[:, -1].max()) + 1
        return Rows(
            dataset, content_of(cache.root, [path]), sizes[TRAIN], parts=parts, classes=classes,
            splits={name: f"{n:,} rows" for name, n in sizes.items()},
            chance={"cross_entropy_nats": float(np.log(classes))},
        )  # fmt: skip

    def shard(self, data: Rows, m: int, seed: int) -> Tensor:
        """Numbers of the first m rows of the permutation."""
        return torch.from_numpy(nested_order(data.train_units, seed)[:m].copy())

    def build(self, model: str, size: int, data: Rows) -> nn.Module:
        return self.model_class(model)(data.parts[TRAIN][0].shape[1], data.classes, size)

    def batches(self, data: Rows, shard: Tensor, batch_size: int, key: int, epoch: int) -> Sequence[Any]:
        order = shard[torch.from_numpy(nested_order(len(shard), key))]
        x_NF, y_N = data.parts[TRAIN]
        return [(x_NF[rows_B], y_N[rows_B]) for rows_B in order.split(batch_size)]

    def loss(self, model: nn.Module, batch: Batch, state: Any) -> tuple[Tensor, Any]:
        """Mean cross-entropy, nats; nothing is carried on."""
        return F.cross_entropy(model(batch[0]), batch[1]), None

    def evaluate(self, model: nn.Module, data: Rows, split: str) -> dict[str, float]:
        """Both metrics with their standard errors."""
        logits_NK, y_N = model(data.parts[split][0]), data.parts[split][1]
        nats, error = F.cross_entropy(logits_NK, y_N, reduction="none"), logits_NK.argmax(1) != y_N
        found = {}
        for metric, each_N in zip(self.metrics, (nats.double(), error.double()), strict=True):
            found[metric.name], found[f"{metric.name}_se"] = ratio(each_N, torch.ones_like(each_N))
        return found

    def size_ladder(self, model: str) -> Sequence[int]:
        return (8, 16, 32, 64)

    def units(self, batch: Batch) -> int:
        return len(batch[1])
