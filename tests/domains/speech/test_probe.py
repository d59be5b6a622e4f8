"""What `check-model` finds of speech models."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from steepness.domains.speech.data import SpeechData
from steepness.domains.speech.domain import Speech
from steepness.domains.speech.models import MODELS, CTCModel


class Plain(CTCModel):
    def __init__(self, features: int, vocabulary: int, size: int, **_: Any) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, size), nn.ReLU(), nn.Linear(size, vocabulary))

    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Any:
        return self.layers(features_BTF), frames_B


class LooksAround(Plain):
    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Any:
        return super().forward(features_BTF - features_BTF.mean(0), frames_B)


class Mean(Plain):
    def nats(self, *given: Any) -> Tensor:
        return super().nats(*given).mean()


class Negative(Plain):
    def nats(self, *given: Any) -> Tensor:
        return -super().nats(*given)


class Blanks(Plain):
    def transcribe(self, encoded: Any) -> list[list[int]]:
        return encoded[0].argmax(-1).clamp(max=0).tolist()  # type: ignore[no-any-return]


class OneText(Plain):
    def transcribe(self, encoded: Any) -> list[list[int]]:
        return super().transcribe(encoded)[:1]


class NoMethods(nn.Module):
    def __init__(self, **_: Any) -> None:
        super().__init__()


def probe(speech: Speech, data: SpeechData, model: str) -> Any:
    torch.manual_seed(0)
    with torch.no_grad():
        return speech.probe(speech.build(model, 16, data).eval(), data, speech.shard(data, 60, 0))


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (LooksAround, "utterances of a batch see one another"),
        (Mean, "wrong output shape: nats are (), not (4,) = (utterances,)"),
        (Negative, "nats are not all finite and positive"),
        (Blanks, "transcribe must return int labels from 1 to 28, without blanks"),
        (OneText, "transcribe must return 4 lists of labels for 4 utterances"),
        (NoMethods, "it lacks the method nats and transcribe; a CTCModel has both"),
    ],
)
def test_a_fault_is_named(speech: Speech, data: SpeechData, model: type, fault: str) -> None:
    assert any(fault in said for said in probe(speech, data, f"{__name__}:{model.__name__}"))


@pytest.mark.parametrize("model", [*MODELS, f"{__name__}:Plain"])
def test_a_sound_model_passes(speech: Speech, data: SpeechData, model: str) -> None:
    assert list(probe(speech, data, model)) == []


def test_a_wrong_model_is_told_the_signature(speech: Speech) -> None:
    assert "forward(features_BTF, frames_B)" in speech.signature
