"""The models of speech, and what a stranger's must look like.

A model is a module built as `Model(features=, vocabulary=, time_reduction=, layers=, dropout=, size=)`, with

    forward(features_BTF, frames_B) -> encoded
        Whatever the other two need.
    nats(encoded, labels_BL, lengths_B) -> nats_B
        Negative log-likelihood of each transcript, nats, shape (B,).
    transcribe(encoded) -> list[list[int]]
        Labels recognised in each utterance, without blanks.

    features_BTF: float32, shape (B, T, F), zeros after an utterance's end.
    frames_B, lengths_B: frames of each utterance and labels of each transcript, shape (B,), int64, on the CPU, where
        ctc_loss reads them without waiting for the device.
    labels_BL: int64, shape (B, L), in [1, vocabulary), zeros after a transcript's end.

A model that gives logits per frame has less to write: `steepness.domains.speech.models.ctc.CTCModel` has the last two.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from torch import Tensor, nn

from steepness.domains.speech.models.attention import Attention
from steepness.domains.speech.models.ctc import Conformer, CTCModel, DeepSpeech2

__all__ = ["MODELS", "SIGNATURE", "Attention", "CTCModel", "Conformer", "DeepSpeech2", "SpeechModel"]


class SpeechModel(Protocol):
    """The three methods above."""

    def __call__(self, features_BTF: Tensor, frames_B: Tensor) -> Any: ...

    def nats(self, encoded: Any, labels_BL: Tensor, lengths_B: Tensor) -> Tensor: ...

    def transcribe(self, encoded: Any) -> list[list[int]]: ...


MODELS: Mapping[str, Callable[..., nn.Module]] = {
    "deepspeech2": DeepSpeech2,
    "attention": Attention,
    "conformer": Conformer,
}

SIGNATURE = (
    "Model(*, features: int, vocabulary: int, time_reduction: int, layers: int, dropout: float, size: int); "
    "forward(features_BTF, frames_B) -> encoded; nats(encoded, labels_BL, lengths_B) -> nats_B; "
    "transcribe(encoded) -> lists of labels"
)
"""Told to whoever gets it wrong."""
