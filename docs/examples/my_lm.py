"""A language model to start from: `steepness compare` takes it as it is.

    steepness check-model char_lm docs/examples/my_lm.py:MyLM
    steepness compare char_lm --baseline lstm-2 --candidate docs/examples/my_lm.py:MyLM --preset smoke

The signature is that of every language model here (word_lm and char_lm):

    Model(vocabulary: int, size: int)                  size is the one dial; parameters must grow with it
    forward(tokens_BT, state) -> (logits_BTV, state)   state: None at first, then what the last call returned

Shapes: B rows, T steps, H width, V vocabulary.
"""

import torch
from torch import Tensor, nn


class MinGRU(nn.Module):
    """h_t = (1 - z_t) h_{t-1} + z_t c_t with gate and candidate from the input alone.

    Source: Feng et al. 2024, "Were RNNs All We Needed?", arXiv:2410.01201.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(size)
        self.gate_and_candidate = nn.Linear(size, 2 * size)
        self.out = nn.Linear(size, size)

    def forward(self, x_BTH: Tensor, state_BH: Tensor) -> tuple[Tensor, Tensor]:
        """The input plus what the recurrence makes of it, same shape, and the last h."""
        gate_BTH, candidate_BTH = self.gate_and_candidate(self.norm(x_BTH)).chunk(2, dim=-1)
        states = []
        for z_BH, c_BH in zip(gate_BTH.sigmoid().unbind(1), candidate_BTH.unbind(1), strict=True):
            state_BH = torch.lerp(state_BH, c_BH, z_BH)
            states.append(state_BH)
        return x_BTH + self.out(torch.stack(states, dim=1)), state_BH


class MyLM(nn.Module):
    """Embedding, residual minimal GRUs, softmax; all of one width."""

    def __init__(self, vocabulary: int, size: int, layers: int = 2) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, size)
        self.layers = nn.ModuleList(MinGRU(size) for _ in range(layers))
        self.softmax = nn.Linear(size, vocabulary)

    def forward(
        self, tokens_BT: Tensor, state: tuple[Tensor, ...] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits of each next token, and each layer's h, shape (B, H)."""
        x_BTH = self.embedding(tokens_BT)
        if state is None:
            state = tuple(torch.zeros_like(x_BTH[:, 0]) for _ in self.layers)
        after = []
        for layer, before_BH in zip(self.layers, state, strict=True):
            x_BTH, h_BH = layer(x_BTH, before_BH)
            after.append(h_BH)
        return self.softmax(x_BTH), tuple(after)
