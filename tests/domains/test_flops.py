"""The FLOPs of every domain's models against counts by hand: 2 n i o for n rows through a matrix of i by o."""

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
from steepness.domains.nmt.models import Transformer as Translator
from steepness.domains.speech.batches import Batch as Utterances
from steepness.domains.speech.domain import Speech
from steepness.domains.speech.models import MODELS as SPEECH_MODELS
from steepness.domains.text.models import MODELS as TEXT_MODELS
from steepness.domains.text.streams import Batch as Tokens
from steepness.domains.word_lm.domain import WordLM
from steepness.training.cost import flops_per_unit

B, T, S, H, V = 2, 6, 5, 16, 11
N = B * T


def counted(domain: Domain[Any, Any, Any], model: nn.Module, batch: Any) -> float:
    """FLOPs of one forward pass over the batch, as trials count them."""
    return flops_per_unit(domain, model, batch) * domain.units(batch) / 3


def linear(rows: int, before: int, after: int) -> int:
    return 2 * rows * before * after


def attention(rows: int, queries: int, keys: int, width: int = H) -> int:
    """Scores, and the mean they weigh; heads share the width."""
    return 2 * linear(rows * queries, width, keys)


def lstm(rows: int, before: int, width: int) -> int:
    return linear(rows, before, 4 * width) + linear(rows, width, 4 * width)


def self_attention(positions: int) -> int:
    return linear(B * positions, H, 4 * H) + attention(B, positions, positions)


def feed_forward(rows: int) -> int:
    return 2 * linear(rows, H, 4 * H)


TEXT = {
    **{f"lstm-{layers}": layers * lstm(N, H, H) for layers in (2, 4)},
    **{f"rhn-{layers}": (layers + 1) * linear(N, H, 2 * H) for layers in (5, 10)},
    "transformer": 4 * (self_attention(T) + feed_forward(N)),
}


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_language_models(name: str) -> None:
    tokens_BT = torch.randint(0, V, (B, T))
    found = counted(WordLM(), TEXT_MODELS[name](vocabulary=V, size=H), Tokens(tokens_BT, tokens_BT))
    assert found == TEXT[name] + linear(N, H, V)


@pytest.fixture
def pairs() -> Pairs:
    return Pairs(torch.randint(1, V, (B, S)), torch.randint(1, V, (B, T + 1)), N)


def test_lstm_with_attention(pairs: Pairs) -> None:
    encoder = 2 * lstm(B * S, H, H // 2)
    decoder = linear(B, H, 2 * H) + lstm(N, H, H) + linear(N, H, H) + attention(B, T, S)
    output = linear(N, 2 * H, H) + linear(N, H, V)
    assert counted(NMT(), AttentionLSTM(V, V, size=H), pairs) == encoder + decoder + output


def test_translating_transformer(pairs: Pairs) -> None:
    encoder = self_attention(S) + feed_forward(B * S)
    across = linear(N, H, 2 * H) + linear(B * S, H, 2 * H) + attention(B, T, S)
    decoder = self_attention(T) + across + feed_forward(N)
    found = counted(NMT(), Translator(V, V, size=H, dropout=0.1), pairs)
    assert found == 3 * (encoder + decoder) + linear(N, H, V)


def convolution(images: int, edge: int, before: int, after: int, kernel: int) -> int:
    """Of that many images whose edge is that after it."""
    return linear(images * edge**2, before * kernel**2, after)


def resnet(depths: tuple[int, ...], bottleneck: bool, edge: int) -> int:
    """From the first stage on, at that edge and 8 channels."""
    flops, before = 0, 8
    for stage, depth in enumerate(depths):
        width, entering = 8 * 2**stage, edge
        edge //= 1 if stage == 0 else 2
        after = 4 * width if bottleneck else width
        for block in range(depth):
            if bottleneck:  # the stride is in the second convolution
                flops += convolution(B, entering, before, width, 1)
                flops += convolution(B, edge, width, width, 3) + convolution(B, edge, width, after, 1)
            else:
                flops += convolution(B, edge, before, width, 3) + convolution(B, edge, width, width, 3)
            if block == 0 and (stage or before != after):
                flops += convolution(B, edge, before, after, 1)
            before, entering = after, edge
    return flops + linear(B, before, V)


def convnext(depths: tuple[int, ...], edge: int) -> int:
    """From the first stage on; convolutions of 7 by 7 see one channel each."""
    flops, width = 0, 8
    for stage, depth in enumerate(depths):
        if stage:
            edge, width = edge // 2, 2 * width
            flops += convolution(B, edge, width // 2, width, 2)
        flops += depth * (convolution(B * width, edge, 1, 1, 7) + 2 * linear(B * edge**2, width, 4 * width))
    return flops + linear(B, width, V)


IMAGE = {
    "resnet-8": convolution(B, 32, 3, 8, 3) + resnet((1, 1, 1), False, 16),
    "resnet-18": convolution(B, 32, 3, 8, 3) + resnet((2, 2, 2, 2), False, 32),
    "resnet-34": convolution(B, 32, 3, 8, 3) + resnet((3, 4, 6, 3), False, 32),
    "resnet-50": convolution(B, 32, 3, 8, 3) + resnet((3, 4, 6, 3), True, 32),
    "resnet-101": convolution(B, 32, 3, 8, 3) + resnet((3, 4, 23, 3), True, 32),
    "convnext-tiny": convolution(B, 16, 3, 8, 2) + convnext((3, 3, 9, 3), 16),
}


@pytest.mark.parametrize("name", IMAGE_MODELS)
def test_image_classifiers(name: str) -> None:
    model = IMAGE_MODELS[name](classes=V, channels=3, image_size=32, size=8)
    batch = Images(torch.randn(B, 3, 32, 32), torch.zeros(B, dtype=torch.long))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert counted(Image(), model, batch) == IMAGE[name]
    after = model.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items()), "batch norm is untouched"


FRAMES, MELS, LABELS, LAYERS = 24, 20, 3, 2
U = FRAMES // 4
FRONT = 2 * B * 8 * (FRAMES // 2 * MELS // 2 * 25 + U * MELS // 4 * 25 * 8)
FRONT_WIDTH = 8 * MELS // 4
PLACES = B * U
CONVOLUTIONS = linear(PLACES, H, 2 * H) + linear(PLACES * H, 15, 1) + linear(PLACES, H, H)
LOOK = linear(B, H, H) + linear(PLACES, 15, 8) + linear(PLACES, 8, H) + 2 * linear(PLACES, H, 1)
SPEECH = {
    "deepspeech2": FRONT
    + 2 * (lstm(PLACES, FRONT_WIDTH, H) + (LAYERS - 1) * lstm(PLACES, H, H))
    + linear(PLACES, H, V),
    "attention": 2 * (lstm(B * FRAMES // 2, 2 * MELS, H) + lstm(PLACES, 2 * H, H))
    + linear(PLACES, H, H)
    + (LABELS + 1) * (lstm(B, 2 * H, H) + LOOK + linear(B, 2 * H, V)),
    "conformer": FRONT
    + linear(PLACES, FRONT_WIDTH, H)
    + LAYERS * (2 * feed_forward(PLACES) + self_attention(U) + CONVOLUTIONS)
    + linear(PLACES, H, V),
}


@pytest.mark.parametrize("name", SPEECH_MODELS)
def test_speech_models(name: str) -> None:
    model = SPEECH_MODELS[name](
        features=MELS, vocabulary=V, time_reduction=4, layers=LAYERS, dropout=0.1, size=H
    )
    labels_BL, lengths_B = torch.randint(1, V, (B, LABELS)), torch.full((B,), LABELS)
    batch = Utterances(
        features_BTF=torch.randn(B, FRAMES, MELS), frames_B=torch.full((B,), FRAMES), labels_BL=labels_BL,
        lengths_B=lengths_B, seconds=7.0,
    )  # fmt: skip
    assert counted(Speech(), model, batch) == pytest.approx(SPEECH[name])
