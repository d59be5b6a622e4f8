"""What `check-model` finds of speech models."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from steepness.compare.check import check_model
from steepness.domains.speech.data import SpeechData
from steepness.domains.speech.domain import Speech
from steepness.domains.speech.models import MODELS, CTCModel
from steepness.study.presets import load_preset


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


class Softmaxed(Plain):
    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Any:
        logits_BTV, frames_B = super().forward(features_BTF, frames_B)
        return logits_BTV.softmax(-1), frames_B


class OneMore(Plain):
    def __init__(self, features: int, vocabulary: int, size: int, **_: Any) -> None:
        super().__init__(features, vocabulary + 1, size)


class BatchStatistics(Plain):
    def __init__(self, features: int, vocabulary: int, size: int, **_: Any) -> None:
        super().__init__(features, vocabulary, size)
        self.norm = nn.BatchNorm1d(features, track_running_stats=False)

    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Any:
        return super().forward(self.norm(features_BTF.mT).mT * features_BTF, frames_B)


class Infinite(Plain):
    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Any:
        return super().forward(features_BTF / 0, frames_B)


class Lazy(Plain):
    def __init__(self, features: int, vocabulary: int, size: int, **_: Any) -> None:
        super().__init__(features, vocabulary, size)
        self.layers = nn.Sequential(nn.Linear(features, size), nn.ReLU(), nn.LazyLinear(vocabulary))


class Sparse(Plain):
    """Looks each frame's loudness up in a table."""

    def __init__(self, features: int, vocabulary: int, size: int, **_: Any) -> None:
        super().__init__(features, vocabulary, size)
        self.table = nn.Embedding(2, features, sparse=True)

    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Any:
        return super().forward(features_BTF + self.table(features_BTF.mean(-1).gt(0).long()), frames_B)


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
        (Softmaxed, "its outputs are probabilities already"),
        (OneMore, "30), not (4, frames, 29) = (utterances, frames, labels)"),
        (BatchStatistics, "utterances of a batch see one another"),
        (Infinite, "nats are not all finite and positive"),
        (NoMethods, "it lacks the method nats and transcribe; a CTCModel has both"),
    ],
)
def test_a_fault_is_named(speech: Speech, data: SpeechData, model: type, fault: str) -> None:
    assert any(fault in said for said in probe(speech, data, f"{__name__}:{model.__name__}"))


@pytest.mark.parametrize("model", [*MODELS, f"{__name__}:Plain"])
def test_a_sound_model_passes(speech: Speech, data: SpeechData, model: str) -> None:
    assert list(probe(speech, data, model)) == []


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (Lazy, "layers.2.weight, layers.2.bias has no size before a first batch (a lazy layer)"),
        (Sparse, "the gradient is sparse of table.weight; give sparse=False"),
        (Softmaxed, "its outputs are probabilities already"),
        (Plain, ""),
    ],
)
def test_the_check_of_a_model_names_it(speech: Speech, data: SpeechData, model: type, fault: str) -> None:
    preset = load_preset("speech", "smoke", ("shards.start=60",))
    found = check_model(speech, data, preset, f"{__name__}:{model.__name__}")
    assert any(fault in said for said in found.faults) if fault else not found.faults, found.faults


def test_a_wrong_model_is_told_the_signature(speech: Speech) -> None:
    assert "forward(features_BTF, frames_B)" in speech.signature
