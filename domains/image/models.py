"""Image classifiers with one size dial, from torchvision's blocks.

Anyone's model has the same signature: `Model(classes=10, channels=3, image_size=32, size=16)`; called with images of
shape (B, C, H, W), float32, normalised, channels last in memory, it returns logits of shape (B, K).
Shape suffixes: B images, C channels, H and W pixels, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from torch import Tensor, nn
from torchvision.models.convnext import CNBlockConfig, ConvNeXt
from torchvision.models.resnet import BasicBlock, Bottleneck, conv1x1

SMALL_IMAGE = 64
"""Up to this edge, in pixels, images are not reduced before the first block."""
SMALLEST = 8
"""Below 8 channels oneDNN's backward pass of a strided 1x1 convolution, channels last, writes beyond its memory
(torch 2.11 on the CPU): the process dies or goes on with wrong numbers."""


class ResNet(nn.Module):
    """He et al. 2015, https://arxiv.org/abs/1512.03385, version with the stride in the 3x3 convolution.

    Args:
        block: torchvision's BasicBlock or Bottleneck.
        depths: blocks in each stage; stage i has size * 2**i channels.
        classes: number of logits.
        channels: of the images.
        image_size: edge of the images, pixels.
        size: channels of the first stage; 64 gives the published networks. At least 8.
        pooled: whether the stem halves small images too, for a quarter of the work.
    Raises:
        ValueError: size below 8.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: Sequence[int],
        *,
        classes: int,
        channels: int,
        image_size: int,
        size: int,
        pooled: bool = False,
    ) -> None:
        super().__init__()
        if size < SMALLEST:
            raise ValueError(f"size {size} is too narrow for a ResNet here: give at least {SMALLEST}")
        self.stem = _stem(channels, size, image_size, pooled)
        stages, width = [], size
        for i, depth in enumerate(depths):
            stages.append(_stage(block, width, size * 2**i, depth, stride=1 if i == 0 else 2))
            width = size * 2**i * block.expansion
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(width, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images_BCHW: Tensor) -> Tensor:
        """Logits, shape (B, K)."""
        features_BCHW = self.stages(self.stem(images_BCHW))
        logits_BK: Tensor = self.head(features_BCHW.mean((2, 3)))
        return logits_BK


def _stem(channels: int, width: int, image_size: int, pooled: bool) -> nn.Sequential:
    """For small images a 3x3 convolution (the paper's CIFAR-10 networks), else 7x7 and pooling, a quarter the edge."""
    small = image_size <= SMALL_IMAGE
    kernel, stride = (3, 1) if small else (7, 2)
    layers = [
        nn.Conv2d(channels, width, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
    ]
    return nn.Sequential(*layers, *([nn.MaxPool2d(3, 2, 1)] if pooled or not small else []))


def _stage(
    block: type[BasicBlock] | type[Bottleneck], width: int, planes: int, depth: int, stride: int
) -> nn.Sequential:
    out = planes * block.expansion
    shortcut = None
    if stride != 1 or width != out:
        shortcut = nn.Sequential(conv1x1(width, out, stride), nn.BatchNorm2d(out))
    return nn.Sequential(
        block(width, planes, stride, shortcut), *(block(out, planes) for _ in range(1, depth))
    )


def convnext(depths: Sequence[int], *, classes: int, channels: int, image_size: int, size: int) -> nn.Module:
    """Liu et al. 2022, https://arxiv.org/abs/2201.03545, without stochastic depth; arguments as of `ResNet`.

    Args:
        size: channels of the first stage; 96 gives ConvNeXt-T.
    """
    widths = [size * 2**i for i in range(len(depths))]
    stages = [
        CNBlockConfig(width, following, depth)
        for width, following, depth in zip(widths, [*widths[1:], None], depths, strict=True)
    ]
    model: nn.Module = ConvNeXt(stages, num_classes=classes)
    patch = 2 if image_size <= SMALL_IMAGE else 4
    stem = nn.Conv2d(channels, size, patch, patch)
    nn.init.trunc_normal_(stem.weight, std=0.02)
    model.set_submodule("features.0.0", stem)
    return model


MODELS: Mapping[str, Callable[..., nn.Module]] = {
    "resnet-8": partial(ResNet, BasicBlock, (1, 1, 1), pooled=True),
    "resnet-18": partial(ResNet, BasicBlock, (2, 2, 2, 2)),
    "resnet-34": partial(ResNet, BasicBlock, (3, 4, 6, 3)),
    "resnet-50": partial(ResNet, Bottleneck, (3, 4, 6, 3)),
    "resnet-101": partial(ResNet, Bottleneck, (3, 4, 23, 3)),
    "convnext-tiny": partial(convnext, (3, 3, 9, 3)),
}
"""resnet-8, of the three stages of He et al.'s CIFAR-10 networks, is for a CPU; the others are their ImageNet ones."""
