"""Attention encoder-decoder.

Shapes: B utterances, T frames, F features of a frame, U encoder frames, H width, C channels, V labels, L labels of a
transcript.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steepness.domains.speech.labels import BLANK
from steepness.domains.speech.models.layers import BidirectionalLSTM, reduced, valid_frames

_LOCATION_CHANNELS, _LOCATION_KERNEL = 8, 15
_CHECK_EVERY = (
    16  # steps of decoding between looks at whether all utterances have ended, a wait for the device
)
END = BLANK


class Memory(NamedTuple):
    """The encoded utterances: what attention reads, its projection, and where there is only padding."""

    encoded_BUH: Tensor
    keys_BUH: Tensor
    padding_BU: Tensor


class DecoderState(NamedTuple):
    """What the decoder carries from label to label."""

    hidden_BH: Tensor
    cell_BH: Tensor
    context_BH: Tensor
    weights_BU: Tensor


class PyramidalEncoder(nn.Module):
    """Bidirectional LSTMs; the first ones halve time, two frames side by side (Chan et al. 2016)."""

    def __init__(self, features: int, time_reduction: int, layers: int, dropout: float, size: int) -> None:
        super().__init__()
        self.halvings = time_reduction.bit_length() - 1
        if self.halvings > layers:
            raise ValueError(f"{layers} layers cannot reduce time by {time_reduction}; raise layers")
        widths = [2 * features if self.halvings else features]
        widths += [2 * size if layer < self.halvings else size for layer in range(1, layers)]
        self.norms = nn.ModuleList(nn.LayerNorm(width) for width in [*widths, size])
        self.lstms = nn.ModuleList(BidirectionalLSTM(width, size) for width in widths)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden_BTF: Tensor, frames_B: Tensor) -> tuple[Tensor, Tensor]:
        """Shapes (B, T, F) and (B,) to (B, ceil(T / time_reduction), H) and the frames left of each."""
        hidden = hidden_BTF
        for layer, (norm, lstm) in enumerate(zip(self.norms, self.lstms, strict=False)):
            if layer < self.halvings:
                hidden = F.pad(hidden, (0, 0, 0, hidden.shape[1] % 2))
                hidden = hidden.reshape(len(hidden), -1, 2 * hidden.shape[2])
                frames_B = reduced(frames_B, 2)
            # Padding beside an utterance's last frame must be silent, whatever the layer below made of it.
            hidden = self.dropout(lstm(norm(hidden), frames_B))
            hidden = hidden * valid_frames(frames_B, hidden.shape[1])[:, :, None]
        return self.norms[-1](hidden), frames_B


class LocationAwareAttention(nn.Module):
    """Content and previous weights decide where to look (Chorowski et al. 2015, equations 5-9)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.keys = nn.Linear(size, size)
        self.query = nn.Linear(size, size, bias=False)
        self.location = nn.Conv1d(
            1, _LOCATION_CHANNELS, _LOCATION_KERNEL, padding=_LOCATION_KERNEL // 2, bias=False
        )
        self.location_projection = nn.Linear(_LOCATION_CHANNELS, size, bias=False)
        self.energy = nn.Linear(size, 1, bias=False)

    def forward(self, query_BH: Tensor, weights_BU: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """The context, shape (B, H), and the weights it was read with, shape (B, U)."""
        location_BUC = self.location(weights_BU[:, None]).transpose(1, 2)
        mixed_BUH = memory.keys_BUH + self.query(query_BH)[:, None] + self.location_projection(location_BUC)
        energy_BU = self.energy(mixed_BUH.tanh()).squeeze(-1)
        weights_BU = energy_BU.masked_fill(memory.padding_BU, float("-inf")).float().softmax(-1)
        return torch.einsum(
            "bu,buh->bh", weights_BU.to(memory.encoded_BUH.dtype), memory.encoded_BUH
        ), weights_BU


class Attention(nn.Module):
    """Pyramidal bidirectional LSTM encoder, LSTM decoder with hybrid (content and location) attention.

    Source: Chorowski et al. 2015 (arXiv:1506.07503), Chan et al. 2016 (arXiv:1508.01211), as in Hestness et al. 2017,
    section 4.4.

    Args:
        features: of a frame.
        vocabulary: labels, the end of the utterance included.
        time_reduction: frames that become one encoder frame, a power of 2.
        layers: LSTM layers of the encoder.
        dropout: share of activations dropped after each encoder layer and before the output.
        size: width of everything.
    """

    def __init__(
        self, *, features: int, vocabulary: int, time_reduction: int, layers: int, dropout: float, size: int
    ) -> None:
        super().__init__()
        self.encoder = PyramidalEncoder(features, time_reduction, layers, dropout, size)
        self.attention = LocationAwareAttention(size)
        self.embedding = nn.Embedding(vocabulary, size)
        self.decoder = nn.LSTMCell(2 * size, size)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(2 * size, vocabulary)

    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> Memory:
        """What the decoder attends to."""
        encoded_BUH, frames_B = self.encoder(features_BTF, frames_B.to(features_BTF.device))
        padding_BU = ~valid_frames(frames_B, encoded_BUH.shape[1])
        return Memory(encoded_BUH, self.attention.keys(encoded_BUH), padding_BU)

    def nats(self, encoded: Memory, labels_BL: Tensor, lengths_B: Tensor) -> Tensor:
        """Negative log-likelihood of each transcript and its end; see `steepness.domains.speech.models`."""
        state = self._start(encoded)
        targets_BL = F.pad(labels_BL, (0, 1), value=END)
        inputs_BLH = self.embedding(F.pad(labels_BL, (1, 0), value=END))
        outputs = []
        for input_BH in inputs_BLH.unbind(1):
            state = self._step(input_BH, state, encoded)
            outputs.append(torch.cat([state.hidden_BH, state.context_BH], dim=-1))
        logits_BLV = self.output(self.dropout(torch.stack(outputs, dim=1)))
        nats_BL = F.cross_entropy(logits_BLV.float().transpose(1, 2), targets_BL, reduction="none")
        ends_B = lengths_B.to(nats_BL.device) + 1
        return (nats_BL * valid_frames(ends_B, nats_BL.shape[1])).sum(1)

    def transcribe(self, encoded: Memory) -> list[list[int]]:
        """The likeliest label after the likeliest before it, up to the end or one label per encoder frame."""
        state = self._start(encoded)
        frames_B = (~encoded.padding_BU).sum(1)
        label_B = torch.full_like(frames_B, END)
        ended_B, labels = torch.zeros_like(label_B, dtype=torch.bool), []
        for step in range(encoded.encoded_BUH.shape[1]):
            state = self._step(self.embedding(label_B), state, encoded)
            label_B = self.output(torch.cat([state.hidden_BH, state.context_BH], dim=-1)).argmax(-1)
            ended_B = ended_B | (label_B == END) | (step >= frames_B)
            labels.append(label_B.masked_fill(ended_B, END))
            if step % _CHECK_EVERY == 0 and bool(ended_B.all()):
                break
        return [[label for label in row if label != END] for row in torch.stack(labels, dim=1).tolist()]

    def _start(self, memory: Memory) -> DecoderState:
        zeros_BH = torch.zeros_like(memory.encoded_BUH[:, 0])
        first_BU = torch.zeros_like(memory.encoded_BUH[:, :, 0])
        first_BU[:, 0] = 1
        return DecoderState(zeros_BH, zeros_BH, zeros_BH, first_BU)

    def _step(self, input_BH: Tensor, state: DecoderState, memory: Memory) -> DecoderState:
        hidden_BH, cell_BH = self.decoder(
            torch.cat([input_BH, state.context_BH], dim=-1), (state.hidden_BH, state.cell_BH)
        )
        context_BH, weights_BU = self.attention(hidden_BH, state.weights_BU, memory)
        return DecoderState(hidden_BH, cell_BH, context_BH, weights_BU)
