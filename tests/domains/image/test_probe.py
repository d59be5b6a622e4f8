"""What `check-model` finds of image classifiers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import MobileNetV2

from steepness.compare.check import check_model
from steepness.study.prepare import Prepared, Request, prepare
from tests.domains.inputs import write_classes


class Plain(nn.Module):
    def __init__(self, classes: int, channels: int, image_size: int, size: int) -> None:
        super().__init__()
        self.convolution, self.head = nn.Conv2d(channels, size, 3), nn.Linear(size, classes)

    def features(self, images_BCHW: Tensor) -> Tensor:
        return self.convolution(images_BCHW).relu().mean((2, 3))  # type: ignore[no-any-return]

    def forward(self, images_BCHW: Tensor) -> Any:
        return self.head(self.features(images_BCHW))


class TooFew(Plain):
    def __init__(self, classes: int, channels: int, image_size: int, size: int) -> None:
        super().__init__(classes - 1, channels, image_size, size)


class ImageNetHead(MobileNetV2):
    def __init__(self, classes: int, channels: int, image_size: int, size: int) -> None:
        super().__init__(width_mult=size / 32)


class Softmaxed(Plain):
    def forward(self, images_BCHW: Tensor) -> Any:
        return super().forward(images_BCHW).softmax(-1)


class Tuple(Plain):
    def forward(self, images_BCHW: Tensor) -> Any:
        return super().forward(images_BCHW), images_BCHW


class BatchStatistics(Plain):
    def __init__(self, classes: int, channels: int, image_size: int, size: int) -> None:
        super().__init__(classes, channels, image_size, size)
        self.norm = nn.BatchNorm1d(size, track_running_stats=False)

    def features(self, images_BCHW: Tensor) -> Tensor:
        return self.norm(super().features(images_BCHW))  # type: ignore[no-any-return]


class LooksAround(Plain):
    def features(self, images_BCHW: Tensor) -> Tensor:
        x_BH = super().features(images_BCHW)
        return x_BH + x_BH.roll(1, 0)


class Lazy(Plain):
    def __init__(self, classes: int, channels: int, image_size: int, size: int) -> None:
        super().__init__(classes, channels, image_size, size)
        self.head = nn.LazyLinear(classes)


class Sparse(Plain):
    """Looks its brightness up in a table."""

    def __init__(self, classes: int, channels: int, image_size: int, size: int) -> None:
        super().__init__(classes, channels, image_size, size)
        self.table = nn.Embedding(8, size, sparse=True)

    def features(self, images_BCHW: Tensor) -> Tensor:
        return super().features(images_BCHW) + self.table(images_BCHW.mean((1, 2, 3)).gt(0).long())  # type: ignore[no-any-return]


class Infinite(Plain):
    def forward(self, images_BCHW: Tensor) -> Any:
        return super().forward(images_BCHW) / 0


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    folder = write_classes(tmp_path_factory.mktemp("images"), {"cat": 30, "dog": 30}, edge=32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEEPNESS_CACHE", str(folder / "cache"))
        settings = (
            f"dataset=folder:{folder}",
            "options={image_size=32}",
            "shards.start=16",
            "shards.count=1",
        )
        return prepare(Request(domain="image", preset="smoke", settings=settings, device="cpu", offline=True))


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (TooFew, "wrong output shape: logits are (8, 1), not (8, 2) = (images, classes)"),
        (ImageNetHead, "wrong output shape: logits are (8, 1000), not (8, 2)"),
        (Softmaxed, "its outputs are probabilities already"),
        (Tuple, "wrong output shape: logits are a tuple"),
        (BatchStatistics, "images of a batch see one another"),
        (LooksAround, "images of a batch see one another"),
        (Lazy, "it has no size before a first batch (a lazy layer)"),
        (Sparse, "the gradient is sparse of table.weight; give sparse=False"),
        (Infinite, "its logits are not all finite"),
    ],
)
def test_a_fault_is_named(ready: Prepared, model: type, fault: str) -> None:
    found = check_model(ready.domain, ready.data, ready.preset, f"{__name__}:{model.__name__}")
    assert any(fault in said for said in found.faults), found.faults


@pytest.mark.parametrize("model", [f"{__name__}:Plain", "resnet-8", "convnext-tiny"])
def test_a_sound_model_passes(ready: Prepared, model: str) -> None:
    assert check_model(ready.domain, ready.data, ready.preset, model).faults == ()


def test_running_statistics_are_no_fault(ready: Prepared) -> None:
    torch.manual_seed(0)
    network = ready.domain.build("resnet-18", 8, ready.data).eval()
    with torch.no_grad():
        assert ready.domain.probe(network, ready.data, ready.domain.shard(ready.data, 16, 0)) == []
