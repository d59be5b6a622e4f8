"""What a speech model must do before it is worth training: see `steepness.domains.speech.models`.

Shapes: B utterances, T frames, F features of a frame, L labels of a transcript.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from steepness.domain.probes import mixes_rows, probabilities_already, shape_of
from steepness.domains.speech.batches import Batch
from steepness.domains.speech.models import CTCModel, SpeechModel

ROWS = 4


def probe(model: nn.Module, one: Batch, vocabulary: int) -> Sequence[str]:
    """Faults in what `nats` and `transcribe` return, and in the independence of utterances, a sentence each.

    Args:
        one: a single utterance; all rows that are looked at are made of it, so that none is padded.
        vocabulary: labels, the blank included.
    """
    if missing := [name for name in ("nats", "transcribe") if not callable(getattr(model, name, None))]:
        return [f"it lacks the method {' and '.join(missing)}; a CTCModel has both"]
    speech_model = cast(SpeechModel, model)
    # later and louder: a shift alone would leave what a batch has on average as it is
    shifted_BTF = torch.cat([one.features_BTF.roll(3 * by, 1) * (1 + by / ROWS) for by in range(ROWS)])
    nats_B: Any = _nats(speech_model, shifted_BTF, one)
    if not isinstance(nats_B, Tensor) or nats_B.shape != (ROWS,):
        return [f"wrong output shape: nats are {shape_of(nats_B)}, not {(ROWS,)} = (utterances,)"]
    if not torch.isfinite(nats_B).all() or bool((nats_B < 0).any()):
        return [
            "its nats are not all finite and positive: they are negative log-likelihoods of whole transcripts"
        ]
    encoded = model(shifted_BTF, _repeated(one.frames_B, len(shifted_BTF)))
    if isinstance(model, CTCModel) and (fault := _logits(encoded, vocabulary)):
        return [fault]
    written = speech_model.transcribe(encoded)
    faults = [
        _transcripts(written, vocabulary),
        mixes_rows(
            lambda features_BTF: _nats(speech_model, features_BTF, one), shifted_BTF, "utterances of a batch"
        ),
    ]
    return [fault for fault in faults if fault]


def _logits(encoded: Any, vocabulary: int) -> str:
    """What a subclass of CTCModel, whose loss is ours, must return."""
    logits_BUV = encoded[0] if isinstance(encoded, tuple) and encoded else encoded
    if not isinstance(logits_BUV, Tensor) or logits_BUV.ndim != 3 or logits_BUV.shape[-1] != vocabulary:
        wanted = f"({ROWS}, frames, {vocabulary}) = (utterances, frames, labels)"
        return f"wrong output shape: logits are {shape_of(logits_BUV)}, not {wanted}"
    return probabilities_already(logits_BUV)


def _nats(model: SpeechModel, features_BTF: Tensor, one: Batch) -> Tensor:
    frames_B, lengths_B = (_repeated(one_B, len(features_BTF)) for one_B in (one.frames_B, one.lengths_B))
    labels_BL = one.labels_BL.repeat(len(features_BTF), 1)
    return model.nats(model(features_BTF, frames_B), labels_BL, lengths_B)


def _repeated(one_B: Tensor, rows: int) -> Tensor:
    return one_B.repeat(rows)


def _transcripts(written: Any, vocabulary: int) -> str:
    if not isinstance(written, list) or len(written) != ROWS:
        return f"transcribe must return {ROWS} lists of labels for {ROWS} utterances, not {shape_of(written)}"
    labels = [label for row in written for label in row]
    if any(type(label) is not int or not 0 < label < vocabulary for label in labels):
        return f"transcribe must return int labels from 1 to {vocabulary - 1}, without blanks"
    return ""
