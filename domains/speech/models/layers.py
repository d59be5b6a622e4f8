"""What the speech models share.

Shapes: B utterances, T frames (longest of the batch), F features of a frame, C channels, H width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

KERNEL = 5


def reduced(frames_B: Tensor, factor: int) -> Tensor:
    """Frames left when every `factor` of them become one, the last group perhaps smaller."""
    return (frames_B + factor - 1) // factor


def valid_frames(frames_B: Tensor, longest: int) -> Tensor:
    """True within each utterance, False in the padding after it; shape (B, longest)."""
    return torch.arange(longest, device=frames_B.device) < frames_B[:, None]


class ConvolutionalFrontEnd(nn.Module):
    """Two convolutions over time and frequency, each with batch normalisation (Amodei et al. 2015, section 3.2).

    Args:
        features: of a frame.
        channels: of both convolutions.
        time_reduction: frames that become one, 2, 4 or 8; frequency is reduced by 4.
    """

    def __init__(self, features: int, channels: int, time_reduction: int) -> None:
        super().__init__()
        self.strides = (2, time_reduction // 2)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, channels, KERNEL, (stride, 2), padding=KERNEL // 2)
            for before, stride in zip((1, channels), self.strides, strict=True)
        )
        self.norms = nn.ModuleList(nn.BatchNorm2d(channels) for _ in self.strides)
        self.width = channels * -(-features // 4)

    def forward(self, features_BTF: Tensor, frames_B: Tensor) -> tuple[Tensor, Tensor]:
        """Shapes (B, T, F) and (B,) to (B, ceil(T / time_reduction), width) and the frames left of each."""
        hidden_BCTF = features_BTF[:, None]
        for stride, convolution, norm in zip(self.strides, self.convolutions, self.norms, strict=True):
            frames_B = reduced(frames_B, stride)
            hidden_BCTF = norm(convolution(hidden_BCTF)).relu()
            # The next convolution would see the padding's activations at an utterance's end.
            hidden_BCTF = hidden_BCTF * valid_frames(frames_B, hidden_BCTF.shape[2])[:, None, :, None]
        return hidden_BCTF.transpose(1, 2).flatten(2), frames_B


class BidirectionalLSTM(nn.Module):
    """An LSTM each way over utterances of different lengths; the outputs of the two are added.

    torch's own bidirectional LSTM would start the backward pass in the padding, or need packed sequences, which
    its fast CPU kernel does not take (3-6x slower, measured).

    Args:
        before: width of the input.
        width: of the output.
    """

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.forwards = nn.LSTM(before, width, batch_first=True)
        self.backwards = nn.LSTM(before, width, batch_first=True)

    def forward(self, inputs_BTF: Tensor, frames_B: Tensor) -> Tensor:
        """Shape (B, T, before) to (B, T, width)."""
        backwards_BTH = self.backwards(_reversed(inputs_BTF, frames_B))[0]
        both: Tensor = self.forwards(inputs_BTF)[0] + _reversed(backwards_BTH, frames_B)
        return both


def _reversed(inputs_BTF: Tensor, frames_B: Tensor) -> Tensor:
    """Each utterance's frames back to front, its padding where it was."""
    time_T = torch.arange(inputs_BTF.shape[1], device=inputs_BTF.device)
    source_BT = torch.where(time_T < frames_B[:, None], frames_B[:, None] - 1 - time_T, time_T)
    return inputs_BTF.gather(1, source_BT[:, :, None].expand_as(inputs_BTF))
