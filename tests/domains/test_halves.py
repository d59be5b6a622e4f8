"""Half a batch at a time, every domain learns what it learns from the whole of it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from steepness.domain import Domain
from steepness.domains.image.batches import Batch as Images
from steepness.domains.image.domain import Image
from steepness.domains.image.models import MODELS as IMAGE_MODELS
from steepness.domains.nmt.batches import Batch as Pairs
from steepness.domains.nmt.domain import NMT
from steepness.domains.nmt.models import AttentionLSTM
from steepness.domains.speech.batches import Batch as Utterances
from steepness.domains.speech.domain import Speech
from steepness.domains.speech.models import MODELS as SPEECH_MODELS
from steepness.domains.text.models import MODELS as TEXT_MODELS
from steepness.domains.text.streams import Batch as Tokens
from steepness.domains.word_lm.domain import WordLM

H, V = 16, 11


def language(name: str) -> tuple[Domain[Any, Any, Any], nn.Module, Any]:
    tokens_BT = torch.randint(0, V, (5, 6))
    return WordLM(), TEXT_MODELS[name](vocabulary=V, size=H), Tokens(tokens_BT, tokens_BT.roll(1))


def translation() -> tuple[Domain[Any, Any, Any], nn.Module, Any]:
    """Sentences of 1, 2, ... pieces, padded to the longest."""
    kept_BT = torch.arange(7) < torch.arange(2, 7)[:, None]
    target_BT = torch.randint(1, V, (5, 7)) * kept_BT
    pairs = Pairs(torch.randint(1, V, (5, 6)), target_BT, int(kept_BT[:, 1:].sum()))
    return NMT(), AttentionLSTM(V, V, size=H), pairs


def images(name: str) -> tuple[Domain[Any, Any, Any], nn.Module, Any]:
    model = IMAGE_MODELS[name](classes=V, channels=3, image_size=32, size=8)
    return Image(), model, Images(torch.randn(5, 3, 32, 32), torch.arange(5))


def speech(name: str) -> tuple[Domain[Any, Any, Any], nn.Module, Any]:
    """Utterances of one length, as convolutions see a little of the padding, with transcripts of 1, 2, ... labels."""
    model = SPEECH_MODELS[name](features=20, vocabulary=V, time_reduction=4, layers=2, dropout=0.1, size=H)
    labels_BL = torch.randint(1, V, (5, 5)) * (torch.arange(5) < torch.arange(1, 6)[:, None])
    batch = Utterances(
        features_BTF=torch.randn(5, 40, 20), frames_B=torch.full((5,), 40),
        labels_BL=labels_BL, lengths_B=torch.tensor([1, 2, 3, 4, 5]), seconds=7.0,
    )  # fmt: skip
    return Speech(), model, batch


CASES = [
    *((language, name) for name in ("lstm-2", "transformer")),
    *((images, name) for name in ("resnet-8", "convnext-tiny")),
    *((speech, name) for name in SPEECH_MODELS),
]


@pytest.mark.parametrize(
    "case", [*CASES, (translation,)], ids=lambda case: case[-1] if len(case) > 1 else "nmt"
)
def test_gradients_of_halves_add_up_to_those_of_the_batch(case: Any) -> None:
    torch.manual_seed(0)
    make, *name = case
    domain, model, batch = make(*name)
    model.eval()  # what is drawn, and the statistics of a batch, are the halves' own
    halves = domain.halves(batch)
    assert len(halves) == 2
    assert sum(share for _, share in halves) == pytest.approx(1)
    whole, _ = domain.loss(model, batch, None)
    mean = torch.stack([share * domain.loss(model, half, None)[0] for half, share in halves]).sum()
    torch.testing.assert_close(mean, whole, rtol=1e-5, atol=1e-6)
    wanted = list(model.parameters())
    pair = [torch.autograd.grad(loss, wanted, allow_unused=True) for loss in (whole, mean)]
    for one, other in zip(*pair, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)
    assert sum(domain.units(half) for half, _ in halves) == pytest.approx(domain.units(batch), abs=1)
