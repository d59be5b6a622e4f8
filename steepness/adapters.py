"""Models of other libraries as models of ours, in ten lines each: docs/examples/hugging_face.py, torchvision_model.py.

Shapes: B rows, T steps, V vocabulary; B images, C channels, H and W pixels, K classes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

_POSITIONS = ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx")
"""What the configurations of Hugging Face call the longest text that a model has positions for."""


class CausalLM(nn.Module):
    """A causal language model of Hugging Face for word_lm and char_lm; nothing is carried from segment to segment.

    Args:
        model: called with `input_ids`, it answers with `logits`; its own dropout is part of what is trained.
        positions: longest text it reads at once, tokens; its configuration says, unless told. A longer one, as in the
            samples of a report, is read in pieces.
    """

    def __init__(self, model: nn.Module, positions: int | None = None) -> None:
        super().__init__()
        self.model = model
        config = getattr(model, "config", None)
        said = (getattr(config, name, None) for name in _POSITIONS)
        self.positions = positions or next((n for n in said if isinstance(n, int) and n > 0), None)

    def forward(self, tokens_BT: Tensor, state: Any) -> tuple[Tensor, None]:
        """Logits of each next token, shape (B, T, V); no state."""
        step, length = self.positions or tokens_BT.shape[1], tokens_BT.shape[1]
        pieces = [tokens_BT[:, start : start + step].long() for start in range(0, length, step)]
        logits = [self.model(input_ids=piece_BT, use_cache=False).logits for piece_BT in pieces]
        return torch.cat(logits, dim=1), None


class Classifier(nn.Module):
    """An image classifier of torchvision, or like one: it takes three channels and answers with logits.

    Args:
        model: built for as many classes as the data has. Auxiliary answers in training (GoogLeNet, Inception) are left
            out.
        channels: of the images; grey ones are shown to it as grey in all three.
    """

    def __init__(self, model: nn.Module, channels: int) -> None:
        super().__init__()
        self.model, self.repeats = model, 3 // channels

    def forward(self, images_BCHW: Tensor) -> Tensor:
        """Logits, shape (B, K)."""
        answer = self.model(images_BCHW.repeat(1, self.repeats, 1, 1) if self.repeats > 1 else images_BCHW)
        logits_BK: Tensor = answer if isinstance(answer, Tensor) else answer.logits
        return logits_BK
