"""Images/s of training, beside a DataLoader loop of the same model that sees the same images in the same order.

    pytest benchmarks/steps/test_image_throughput.py --benchmark-columns=median,iqr,rounds --benchmark-json=image.json

`extra_info` of the JSON file holds images per second. The loop beside ours is what most code does: a Dataset of
PIL images, torchvision's transforms, torch's DataLoader. "input" times the batches alone, "step" training.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms
from torchvision.transforms import functional as tf

from steepness.data.artefacts import Cache
from steepness.domains.image.batches import PAD, Batch, Epoch
from steepness.domains.image.data import ImageData, ImageSet
from steepness.domains.image.domain import Image, ImageOptions
from steepness.training.device import pick_device, set_up_process, synchronize
from steepness.training.optimizers import make_optimizer
from steepness.training.trial import Training

MODEL, SIZE, SHARD, BATCH, STEPS, ROUNDS = "resnet-8", 8, 8192, 64, 8, 10
DEVICE = pick_device()
TRAINING = Training(optimizer="nesterov", learning_rate=0.05)


@pytest.fixture(scope="module")
def data() -> ImageData:
    set_up_process(DEVICE)
    loaded = Image().load("cifar10", Cache.default())
    loaded.to(DEVICE)
    return loaded


class Pictures(Dataset[tuple[Tensor, int]]):
    """The shard as PIL images and torchvision's transforms."""

    def __init__(self, shard: ImageSet, augment: bool) -> None:
        images_NHWC = shard.images_NHWC[shard.rows_N].cpu().permute(0, 3, 1, 2)
        self.pictures = [tf.to_pil_image(image) for image in images_NHWC]
        self.labels = shard.labels_N.tolist()
        mean, std = (shard.mean_C / 255).tolist(), (shard.std_C / 255).tolist()
        plain = [transforms.ToTensor(), transforms.Normalize(mean, std)]
        edge = self.pictures[0].height
        crops = [transforms.RandomCrop(edge, PAD, padding_mode="reflect"), transforms.RandomHorizontalFlip()]
        self.transform = transforms.Compose([*(crops if augment else []), *plain])

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(self.pictures[index]), self.labels[index]


def ours(shard: ImageSet, augment: bool) -> Iterator[Batch]:
    """Epoch after epoch."""
    for epoch in itertools.count():
        batches = Epoch(shard, BATCH, epoch, augment)
        yield from (batches[i] for i in range(len(batches)))


def dataloader(shard: ImageSet, augment: bool, workers: int) -> Iterator[Batch]:
    """The same images in the same order, as `Epoch` draws it."""
    order = [
        torch.randperm(len(shard), generator=torch.Generator().manual_seed(epoch)).tolist()
        for epoch in range(8)
    ]
    sampler = list(itertools.chain.from_iterable(order))
    loader = DataLoader(Pictures(shard, augment), BATCH, sampler=sampler, num_workers=workers)
    for images_BCHW, labels_B in loader:
        images_BCHW = images_BCHW.to(DEVICE, memory_format=torch.channels_last)
        yield Batch(images_BCHW, labels_B.to(DEVICE))


FEEDS: dict[str, Callable[[ImageSet, bool], Iterator[Batch]]] = {
    "ours": ours,
    "dataloader": lambda shard, augment: dataloader(shard, augment, 0),
    "dataloader-2-workers": lambda shard, augment: dataloader(shard, augment, 2),
}


def trainer(data: ImageData) -> Callable[[Batch], Tensor]:
    """A training step of a fresh model."""
    domain = Image()
    torch.manual_seed(0)
    model = domain.build(MODEL, SIZE, data).to(DEVICE)
    optimizer = make_optimizer(model, TRAINING)

    def step(batch: Batch) -> Tensor:
        loss, _ = domain.loss(model, batch, None)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


@pytest.mark.parametrize("augment", [False, True], ids=["plain", "augmented"])
@pytest.mark.parametrize("feed", FEEDS)
@pytest.mark.parametrize("work", ["input", "step"])
def test_images_per_second(
    benchmark: BenchmarkFixture, data: ImageData, work: str, feed: str, augment: bool
) -> None:
    batches = FEEDS[feed](Image(ImageOptions(augment=augment)).shard(data, SHARD, 0), augment)
    train = trainer(data) if work == "step" else lambda batch: batch.images_BCHW

    def run() -> None:
        for _ in range(STEPS):
            train(next(batches))
        synchronize(DEVICE)

    benchmark.pedantic(run, rounds=ROUNDS, warmup_rounds=2)
    benchmark.extra_info["images_per_second"] = STEPS * BATCH / benchmark.stats.stats.median


def test_both_loops_have_the_same_loss(data: ImageData) -> None:
    shard = Image().shard(data, SHARD, 0)
    losses = []
    for feed in ("ours", "dataloader"):
        train, batches = trainer(data), FEEDS[feed](shard, False)
        losses.append(torch.stack([train(next(batches)) for _ in range(STEPS)]))
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-3, atol=1e-3)
