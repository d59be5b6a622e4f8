"""Models trained by connectionist temporal classification (Graves et al. 2006).

Shapes: B utterances, T frames, F features of a frame, U output frames, V labels, L labels of a transcript, H width.
"""

from __future__ import annotations

import torchaudio
from torch import Tensor, nn
from torch.nn import functional as F

from steepness.domains.speech.labels import BLANK
from steepness.domains.speech.models.layers import (
    BidirectionalLSTM,
    ConvolutionalFrontEnd,
    reduced,
    valid_frames,
)

Frames = tuple[Tensor, Tensor]
"""Logits, shape (B, U, V), and the output frames of each utterance, shape (B,), on the CPU."""


class CTCModel(nn.Module):
    """The loss and the greedy decoding of any model that gives logits per output frame.

    Subclasses write `forward(features_BTF, frames_B)`, which returns the logits, shape (B, U, V), and the output
    frames of each utterance, shape (B,), on the CPU.
    """

    def nats(self, encoded: Frames, labels_BL: Tensor, lengths_B: Tensor) -> Tensor:
        """Negative log-likelihood of each transcript; see `steepness.domains.speech.models`."""
        logits_BUV, frames_B = encoded
        log_probabilities_UBV = logits_BUV.float().log_softmax(-1).transpose(0, 1)
        return F.ctc_loss(
            log_probabilities_UBV, labels_BL, frames_B, lengths_B, blank=BLANK, reduction="none"
        )

    def transcribe(self, encoded: Frames) -> list[list[int]]:
        """The likeliest label of each frame, repeats merged, blanks removed; see `steepness.domains.speech.models`."""
        logits_BUV, frames_B = encoded
        best_BU = logits_BUV.argmax(-1)
        kept_BU = valid_frames(frames_B.to(best_BU.device), best_BU.shape[1]) & (best_BU != BLANK)
        kept_BU[:, 1:] &= best_BU[:, 1:] != best_BU[:, :-1]
        return [
            [label for label, keep in zip(labels, kept, strict=True) if keep]
            for labels, kept in zip(best_BU.tolist(), kept_BU.tolist(), strict=True)
        ]


class DeepSpeech2(CTCModel):
    """Two convolutions, bidirectional LSTMs with layer normalisation between them, CTC.

    Source: Amodei et al. 2015 (arXiv:1512.02595); Hestness et al. 2017, section 4.4, put LSTMs in.

    Args:
        features: of a frame.
        vocabulary: labels, the blank included.
        time_reduction: frames that become one output frame.
        layers: LSTM layers.
        dropout: share of activations dropped after each LSTM layer.
        size: width of an LSTM in each direction; the convolutions have size // 8 channels, 8 at least.
    """

    def __init__(
        self, *, features: int, vocabulary: int, time_reduction: int, layers: int, dropout: float, size: int
    ) -> None:
        super().__init__()
        self.time_reduction = time_reduction
        self.front_end = ConvolutionalFrontEnd(features, max(8, size // 8), time_reduction)
        widths = [self.front_end.width] + [size] * layers
        self.norms = nn.ModuleList(nn.LayerNorm(width) for width in widths)
        self.lstms = nn.ModuleList(BidirectionalLSTM(width, size) for width in widths[:-1])
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(size, vocabulary)

    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Frames:
        """See `CTCModel`."""
        hidden_BUH, left_B = self.front_end(features_BTF, frames_B.to(features_BTF.device))
        for norm, lstm in zip(self.norms, self.lstms, strict=False):
            hidden_BUH = self.dropout(lstm(norm(hidden_BUH), left_B))
        return self.output(self.norms[-1](hidden_BUH)), reduced(frames_B, self.time_reduction)


class Conformer(CTCModel):
    """The convolutional front end, then blocks of attention and convolution, CTC.

    Source: Gulati et al. 2020 (arXiv:2005.08100), torchaudio's implementation. Its convolutions look across an
    utterance's end into the padding, so an output depends a little on the batch it is computed in.

    Args:
        features: of a frame.
        vocabulary: labels, the blank included.
        time_reduction: frames that become one output frame.
        layers: conformer blocks.
        dropout: share of activations dropped in each block.
        size: width of a block, a multiple of 4; the convolutions have size // 8 channels, 8 at least.
    """

    HEADS, CONVOLUTION_KERNEL = 4, 15

    def __init__(
        self, *, features: int, vocabulary: int, time_reduction: int, layers: int, dropout: float, size: int
    ) -> None:
        super().__init__()
        if size % self.HEADS:
            raise ValueError(f"conformer size {size} is no multiple of its {self.HEADS} attention heads")
        self.time_reduction = time_reduction
        self.front_end = ConvolutionalFrontEnd(features, max(8, size // 8), time_reduction)
        self.inputs = nn.Linear(self.front_end.width, size)
        self.blocks = torchaudio.models.Conformer(
            size, self.HEADS, 4 * size, layers, self.CONVOLUTION_KERNEL, dropout
        )
        self.output = nn.Linear(size, vocabulary)

    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Frames:
        """See `CTCModel`."""
        hidden_BUF, left_B = self.front_end(features_BTF, frames_B.to(features_BTF.device))
        hidden_BUH, _ = self.blocks(self.inputs(hidden_BUF), left_B)
        return self.output(hidden_BUH), reduced(frames_B, self.time_reduction)
