"""Models: torchvision's parameters at multiplier 1, shapes, sizes, initialisation."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision import models as reference

from steepness.domains.image.models import MODELS


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def make(name: str, size: int, image_size: int = 32, classes: int = 10, channels: int = 3) -> nn.Module:
    return MODELS[name](classes=classes, channels=channels, image_size=image_size, size=size)


@pytest.mark.parametrize("depth", [18, 34, 50, 101])
def test_width_64_has_torchvisions_parameters(depth: int) -> None:
    with torch.device("meta"):
        ours = make(f"resnet-{depth}", 64, image_size=224, classes=1000)
        theirs = getattr(reference, f"resnet{depth}")()
        small = make(f"resnet-{depth}", 64, classes=1000)
    assert parameters(ours) == parameters(theirs)
    assert parameters(theirs) - parameters(small) == 64 * 3 * (7 * 7 - 3 * 3), "only the stem differs"


def test_width_96_is_convnext_tiny() -> None:
    with torch.device("meta"):
        ours = make("convnext-tiny", 96, image_size=224, classes=1000)
        assert parameters(ours) == parameters(reference.convnext_tiny())


def test_same_parameters_give_torchvisions_logits() -> None:
    """Torchvision's ResNet-18 and ours are the same function of the same parameters."""
    torch.manual_seed(0)
    theirs = reference.resnet18().eval()
    ours = make("resnet-18", 64, image_size=224, classes=1000).eval()
    for target, source in zip(ours.parameters(), theirs.parameters(), strict=True):
        target.data = source.data
    images = torch.randn(2, 3, 96, 96)
    with torch.no_grad():
        torch.testing.assert_close(ours(images), theirs(images))


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("image_size", "channels"), [(28, 1), (32, 3), (96, 3)])
def test_one_logit_a_class_and_gradients_everywhere(name: str, image_size: int, channels: int) -> None:
    model = make(name, 8, image_size, classes=7, channels=channels).to(memory_format=torch.channels_last)
    images = torch.randn(2, channels, image_size, image_size).contiguous(memory_format=torch.channels_last)
    logits = model(images)
    assert logits.shape == (2, 7)
    logits.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_same_seed_same_model() -> None:
    def built(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return nn.utils.parameters_to_vector(make("resnet-8", 8).parameters())

    assert torch.equal(built(1), built(1))
    assert not torch.equal(built(1), built(2))


def test_too_narrow_says_how_wide() -> None:
    with pytest.raises(ValueError, match="size 4 is too narrow for a ResNet here: give at least 8"):
        make("resnet-18", 4)
