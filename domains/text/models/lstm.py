"""Stacked LSTM language models.

Shapes: B rows, T steps, L layers, H width, V vocabulary.
"""

from __future__ import annotations

from torch import Tensor, nn

from steepness.domains.text.models.recurrent import Recurrent

State = tuple[Tensor, Tensor]


class LSTM(Recurrent):
    """Embedding, LSTM layers and an untied softmax, all of one width; no dropout.

    Source: Hestness et al. 2017, section 4 and appendix A (models after Jozefowicz et al. 2016).

    Args:
        vocabulary: number of token ids.
        size: width of embedding and hidden state.
        layers: LSTM layers, 2 or 4 in the paper.
    """

    def __init__(self, vocabulary: int, size: int, layers: int = 2) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, size)
        self.lstm = nn.LSTM(size, size, layers, batch_first=True)
        self.softmax = nn.Linear(size, vocabulary)
        self.initialise()

    def forward(self, tokens_BT: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Logits of each next token, shape (B, T, V), and (h_LBH, c_LBH) after the last step."""
        hidden_BTH, state = self.lstm(self.embedding(tokens_BT), state)
        return self.softmax(hidden_BTH), state
