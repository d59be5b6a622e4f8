"""Image classification (Hestness et al. 2017, section 4.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steepness import domain
from steepness.data.artefacts import Artefact, Cache
from steepness.data.shards import balanced_order
from steepness.domain import Metric
from steepness.domain.also import errors_with, metrics_with
from steepness.domain.estimates import ratio
from steepness.domain.probes import mixes_rows, probabilities_already, shape_of
from steepness.domains.image.also import add_others
from steepness.domains.image.batches import Batch, Epoch
from steepness.domains.image.data import ImageData, ImageSet, load_splits
from steepness.domains.image.models import MODELS
from steepness.domains.image.sources import CIFAR10_PNG, FASHION_MNIST, find_images

PROBED_IMAGES = 8
_PIXELS_AT_ONCE = {"cpu": 2**16, "cuda": 2**22}
"""Of an evaluation's batch: what a core's cache and a GPU's memory hold of the widest layers."""


class ImageOptions(domain.Options, frozen=True, kw_only=True):
    """Dials of image classification."""

    validation_images: int = 0
    """Class-balanced, carved from the training images unless the source has its own; 0: a tenth, or all its own."""
    test_images: int = 0
    """Class-balanced, of the official test set; 0: all of it, or a tenth of the training images if there is none."""
    monitor_images: int = 1000
    """Class-balanced, of the validation images: those that say when a model is at its best; 0: all of them."""
    image_size: int = 64
    """Edge, in pixels, that the images of a folder are resized to; other data sets keep theirs."""
    augment: bool = False
    """Random flips and crops of the training images: a regulariser in effect, hence off for the reproduction."""
    also: tuple[str, ...] = ()
    """Other images that every model is evaluated on besides: "folder:PATH" with classes of the same names, "corrupted"
    or "corrupted:noise" (blur, contrast) for the held-out images so; each adds its metrics."""

    added: ClassVar[frozenset[str]] = frozenset({"also"})


class Image(domain.Domain[ImageData, ImageSet, Batch]):
    """Name the class of an image."""

    name = "image"
    unit = "images"
    monitor = "monitor"
    metrics = (
        Metric("cross_entropy_nats", "nats per image"),
        Metric("top1_error", "fraction of images"),
        Metric("top5_error", "fraction of images"),
    )
    models: ClassVar[Mapping[str, Callable[..., nn.Module]]] = MODELS
    signature = (
        "Model(classes: int, channels: int, image_size: int, size: int); forward(images_BCHW) -> logits_BK"
    )
    artefacts: ClassVar[tuple[Artefact, ...]] = (CIFAR10_PNG, *FASHION_MNIST)
    Options: ClassVar[type[domain.Options]] = ImageOptions
    options: ImageOptions

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.metrics = metrics_with(type(self).metrics, self.options.also)  # type: ignore[misc, assignment]

    def load(self, dataset: str, cache: Cache) -> ImageData:
        """See `find_images` for the data sets."""
        options = self.options

        def find(wanted: str) -> Path:
            return find_images(wanted, options.image_size, cache)

        data = load_splits(
            dataset, find(dataset), options.validation_images, options.test_images, options.monitor_images
        )
        add_others(data, options.also, find, cache, options.monitor_images)
        return data

    def shard(self, data: ImageData, m: int, seed: int) -> ImageSet:
        """m images, equally many of each class to within one, on the device if they fit."""
        order = balanced_order(data.train.labels_N.numpy(), seed)
        return data.train.subset(order[:m]).to(data.device)

    def build(self, model: str, size: int, data: ImageData) -> nn.Module:
        """See `steepness.domains.image.models` for the signature."""
        height, _, channels = data.shape
        facts = {"classes": len(data.classes), "channels": channels, "image_size": height}
        network = self.model_class(model)(**facts, size=size)
        return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload,no-any-return]

    def batches(
        self, data: ImageData, shard: ImageSet, batch_size: int, key: int, epoch: int
    ) -> Sequence[Batch]:
        """Every image once, reshuffled and, if asked for, augmented anew."""
        return Epoch(shard, batch_size, key, self.options.augment)

    def loss(self, model: nn.Module, batch: Batch, state: Any) -> tuple[Tensor, Any]:
        """Mean cross-entropy, nats; nothing is carried from batch to batch."""
        return F.cross_entropy(model(batch.images_BCHW), batch.labels_B), None

    def evaluate(self, model: nn.Module, data: ImageData, split: str) -> dict[str, float]:
        """All metrics over the whole split, and their standard errors over images."""
        pixels = _PIXELS_AT_ONCE[data.device.type]
        others = {name: self._means(model, its[split], pixels) for name, its in data.also.items()}
        return errors_with(self._means(model, data.held_out[split], pixels), others)

    def _means(self, model: nn.Module, images: ImageSet, pixels: int) -> dict[str, float]:
        step = max(1, pixels // images.images_NHWC[0, ..., 0].numel())
        parts = [_errors(model, images, slice(start, start + step)) for start in range(0, len(images), step)]
        errors_NM = torch.cat(parts).double()
        one_N, result = torch.ones(len(images), dtype=torch.float64), dict[str, float]()
        for metric, errors_N in zip(type(self).metrics, errors_NM.T, strict=True):
            result[metric.name], result[f"{metric.name}_se"] = ratio(errors_N, one_N)
        return result

    def probe(self, model: nn.Module, data: ImageData, shard: ImageSet) -> Sequence[str]:
        """One logit per class; no image sees another; no softmax before the loss."""
        images_BCHW = self.batches(data, shard, PROBED_IMAGES, 0, 0)[0].images_BCHW
        logits_BK: Any = model(images_BCHW)
        wanted = (len(images_BCHW), len(data.classes))
        if not isinstance(logits_BK, Tensor) or logits_BK.shape != wanted:
            return [f"wrong output shape: logits are {shape_of(logits_BK)}, not {wanted} = (images, classes)"]
        if not torch.isfinite(logits_BK).all():
            return ["its logits are not all finite"]
        faults = [probabilities_already(logits_BK), mixes_rows(model, images_BCHW, "images of a batch")]
        return [fault for fault in faults if fault]

    def units(self, batch: Batch) -> int:
        """Images."""
        return len(batch.labels_B)

    def size_ladder(self, model: str) -> Sequence[int]:
        """Widths of the first stage, about a factor of 2 apart in parameters."""
        return (8, 12, 16, 24, 32, 48, 64, 96, 128)


def _errors(model: nn.Module, images: ImageSet, span: slice) -> Tensor:
    """Per image: cross-entropy in nats, and whether the label is not among the best 1 and 5; shape (B, 3)."""
    logits_BK = model(images.normalised(images.images_NHWC[images.rows_N[span]])).float()
    labels_B = images.labels_N[span]
    best_BT = logits_BK.topk(min(5, logits_BK.shape[1])).indices
    hit_BT = best_BT == labels_B[:, None]
    cross_entropy_B = F.cross_entropy(logits_BK, labels_B, reduction="none")
    return torch.stack([cross_entropy_B, ~hit_BT[:, 0], ~hit_BT.any(1)], 1)
