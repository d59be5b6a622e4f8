"""The modern challenger: a decoder-only transformer.

Shapes: B rows, T steps, N heads, D width of a head, H width, V vocabulary.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEAD = 32
"""Width of a head, or the largest divisor it shares with the model's width."""
ROTARY_BASE = 10_000.0


class Transformer(nn.Module):
    """Pre-norm blocks of causal attention with rotary positions and a GELU network of four times the width.

    It has no memory: a segment of the text is all it sees, so `context` is its reach.

    Source: Radford et al. 2019 (GPT-2, the block), Su et al. 2021 (arXiv:2104.09864, rotary positions). Not in the
    paper: it came too late for it.

    Args:
        vocabulary: number of token ids.
        size: width, even; multiples of 32 have the intended heads.
        layers: blocks.
    """

    def __init__(self, vocabulary: int, size: int, layers: int = 4) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, size)
        self.blocks = nn.ModuleList(Block(size) for _ in range(layers))
        self.norm = nn.LayerNorm(size)
        self.softmax = nn.Linear(size, vocabulary)
        for name, parameter in self.named_parameters():
            if name.endswith("out.weight"):  # so that the sum over blocks starts no larger than one (GPT-2)
                nn.init.normal_(parameter, std=0.02 / (2 * layers) ** 0.5)
            elif parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)
            elif name.endswith("bias"):
                nn.init.zeros_(parameter)

    def forward(self, tokens_BT: Tensor, state: None = None) -> tuple[Tensor, None]:
        """Logits of each next token, shape (B, T, V), and no state."""
        hidden_BTH = self.embedding(tokens_BT)
        for block in self.blocks:
            hidden_BTH = block(hidden_BTH)
        return self.softmax(self.norm(hidden_BTH)), None


class Block(nn.Module):
    """Attention, then a feed-forward network, each reading a normalised sum and adding to it."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(size)
        self.attention = Attention(size)
        self.feed_forward_norm = nn.LayerNorm(size)
        self.feed_forward = FeedForward(size)

    def forward(self, hidden_BTH: Tensor) -> Tensor:
        """Same shape."""
        attended_BTH: Tensor = hidden_BTH + self.attention(self.attention_norm(hidden_BTH))
        changed_BTH: Tensor = self.feed_forward(self.feed_forward_norm(attended_BTH))
        return attended_BTH + changed_BTH


class FeedForward(nn.Module):
    """Two linear maps around a GELU."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.inner = nn.Linear(size, 4 * size)
        self.out = nn.Linear(4 * size, size)

    def forward(self, hidden_BTH: Tensor) -> Tensor:
        """Same shape."""
        changed_BTH: Tensor = self.out(F.gelu(self.inner(hidden_BTH)))
        return changed_BTH


class Attention(nn.Module):
    """Causal self-attention with rotary positions."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.head = math.gcd(size, HEAD)
        if self.head < 2:
            raise ValueError(
                f"transformer of size {size}: its width must be even; multiples of {HEAD} are best"
            )
        self.queries_keys_values = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)

    def forward(self, hidden_BTH: Tensor) -> Tensor:
        """Same shape; step t reads steps up to t."""
        rows, steps, size = hidden_BTH.shape
        heads_3BNTD = (
            self.queries_keys_values(hidden_BTH)
            .view(rows, steps, 3, size // self.head, self.head)
            .permute(2, 0, 3, 1, 4)
        )
        queries, keys = rotate(heads_3BNTD[:2])
        mixed_BNTD = F.scaled_dot_product_attention(queries, keys, heads_3BNTD[2], is_causal=True)
        changed_BTH: Tensor = self.out(mixed_BNTD.transpose(1, 2).reshape(rows, steps, size))
        return changed_BTH


def rotate(x_TD: Tensor) -> Tensor:
    """Turns the pair (d, d + D/2) of position t by the angle t * ROTARY_BASE ** (-2d / D).

    Args:
        x_TD: shape (..., T, D), D even.
    """
    steps, half = x_TD.shape[-2], x_TD.shape[-1] // 2
    rates_D = ROTARY_BASE ** (-torch.arange(half, device=x_TD.device) / half)
    angles_TD = torch.outer(torch.arange(steps, device=x_TD.device), rates_D)
    cosine, sine = angles_TD.cos().to(x_TD.dtype), angles_TD.sin().to(x_TD.dtype)
    first, second = x_TD.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)
