"""What `check-model` finds of translation models."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from steepness.compare.check import check_model
from steepness.study.prepare import Prepared, Request, prepare
from tests.domains.inputs import write_pairs


class Plain(nn.Module):
    """The mean of the source, and the last target piece."""

    def __init__(self, source_vocabulary: int, target_vocabulary: int, *, size: int, dropout: float) -> None:
        super().__init__()
        self.source, self.target = (nn.Embedding(n, size) for n in (source_vocabulary, target_vocabulary))
        self.output = nn.Linear(size, target_vocabulary)

    def hidden(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        there_BS1 = (source_BS != 0)[..., None]
        mean_BH = (self.source(source_BS) * there_BS1).sum(1) / there_BS1.sum(1)
        return self.target(target_BT) + mean_BH[:, None]  # type: ignore[no-any-return]

    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Any:
        return self.output(self.hidden(source_BS, target_BT))


class OneMore(Plain):
    """A piece that there is not."""

    def __init__(self, source_vocabulary: int, target_vocabulary: int, *, size: int, dropout: float) -> None:
        super().__init__(source_vocabulary, target_vocabulary + 1, size=size, dropout=dropout)


class Tuple(Plain):
    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Any:
        return super().forward(source_BS, target_BT), None


class Peeks(Plain):
    def hidden(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        return super().hidden(source_BS, target_BT).roll(-1, 1)


class LooksAround(Plain):
    def hidden(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        return super().hidden(source_BS, target_BT) + self.source(source_BS[:, 0]).sum(0)  # type: ignore[no-any-return]


class BatchStatistics(Plain):
    def hidden(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        x_BTH = super().hidden(source_BS, target_BT)
        return x_BTH - x_BTH[:, :1].mean(0)


class Softmaxed(Plain):
    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Any:
        return super().forward(source_BS, target_BT).softmax(-1)


class Infinite(Plain):
    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Any:
        return super().forward(source_BS, target_BT) / 0


class Lazy(Plain):
    def __init__(self, source_vocabulary: int, target_vocabulary: int, *, size: int, dropout: float) -> None:
        super().__init__(source_vocabulary, target_vocabulary, size=size, dropout=dropout)
        self.output = nn.LazyLinear(target_vocabulary)


class Sparse(Plain):
    def __init__(self, source_vocabulary: int, target_vocabulary: int, *, size: int, dropout: float) -> None:
        super().__init__(source_vocabulary, target_vocabulary, size=size, dropout=dropout)
        self.source = nn.Embedding(source_vocabulary, size, sparse=True)


class DiesTranslating(Plain):
    """Which begins with a single piece."""

    def hidden(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        if not self.training and target_BT.shape[1] == 1:
            raise IndexError("one step is too few")
        return super().hidden(source_BS, target_BT)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = tmp_path_factory.mktemp("pairs")
    settings = (
        f"dataset=tsv:{write_pairs(folder, 'export')}", "options.vocabulary=300", "options.held_out=50",
        "shards.start=500", "shards.count=1",
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEEPNESS_CACHE", str(folder / "cache"))
        return prepare(Request(domain="nmt", preset="smoke", settings=settings, device="cpu", offline=True))


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (OneMore, "wrong output shape: logits are "),
        (Tuple, "wrong output shape: logits are a tuple"),
        (Peeks, "it peeks at the future"),
        (LooksAround, "rows of a batch see one another"),
        (BatchStatistics, "rows of a batch see one another"),
        (Softmaxed, "its outputs are probabilities already"),
        (Infinite, "its logits are not all finite"),
        (Lazy, "output.weight, output.bias has no size before a first batch (a lazy layer)"),
        (Sparse, "the gradient is sparse of source.weight; give sparse=False"),
        (DiesTranslating, "it cannot be evaluated: IndexError: one step is too few"),
    ],
)
def test_a_fault_is_named(ready: Prepared, model: type, fault: str) -> None:
    found = check_model(ready.domain, ready.data, ready.preset, f"{__name__}:{model.__name__}")
    assert any(fault in said for said in found.faults), found.faults


@pytest.mark.parametrize("model", ["lstm", "transformer", f"{__name__}:Plain"])
def test_a_sound_model_passes(ready: Prepared, model: str) -> None:
    torch.manual_seed(0)
    assert check_model(ready.domain, ready.data, ready.preset, model).faults == ()
