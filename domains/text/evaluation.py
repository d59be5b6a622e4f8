"""Cross-entropy on a held-out split, with a standard error that does not take tokens for independent.

Shapes: B rows, T steps, V vocabulary, P paragraphs, N tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from steepness.domain.estimates import ratio
from steepness.domains.text.corpus import Paragraphs
from steepness.domains.text.streams import Epoch, shard_of

ORDER_SEED = 0
"""Of the one permutation of held-out paragraphs whose prefix every model is evaluated on."""
ROWS = 64


@dataclass(frozen=True)
class HeldOut:
    """A prefix of a held-out split as rows of text, evaluated in the same layout whatever the training batch.

    Args:
        epoch: its segments, inputs and targets.
        paragraph_BT: which paragraph each target belongs to, int64, 0...paragraphs-1.
        paragraphs: how many there are.
    """

    epoch: Epoch
    paragraph_BT: Tensor
    paragraphs: int

    @property
    def tokens(self) -> int:
        """Tokens that are evaluated."""
        return self.paragraph_BT.numel()

    def to(self, device: torch.device) -> HeldOut:
        """The same text there."""
        return HeldOut(self.epoch.to(device), self.paragraph_BT.to(device), self.paragraphs)


def held_out(split: Paragraphs, units: int, context: int) -> HeldOut:
    """The first `units` tokens of a fixed permutation of the split's paragraphs, or all of them if units is 0."""
    available = len(split.tokens)
    stream = shard_of(split, min(units or available, available), ORDER_SEED)
    epoch = Epoch(stream.tokens_M, ROWS, context)
    starts_here_M = torch.zeros(len(stream), dtype=torch.int64)
    starts_here_M[stream.starts_P[1:]] = 1
    rows, length = epoch.shape
    paragraph_BT = starts_here_M.cumsum(0)[: rows * length].view(rows, length)
    return HeldOut(epoch, paragraph_BT, len(stream.starts_P))


def cross_entropy(model: nn.Module, data: HeldOut) -> tuple[float, float]:
    """Mean negative log-likelihood of a token, and its standard error over paragraphs, in nats.

    Tokens of one paragraph share a subject, so they are no independent sample. State is carried from segment to
    segment, never reset.
    """
    losses_P = torch.zeros(data.paragraphs, dtype=torch.float64, device=data.paragraph_BT.device)
    state, column = None, 0
    for inputs_BT, targets_BT in data.epoch:
        logits_BTV, state = model(inputs_BT, state)
        loss_N = token_losses(logits_BTV, targets_BT)
        paragraph_BT = data.paragraph_BT[:, column : column + inputs_BT.shape[1]]
        losses_P.index_add_(0, paragraph_BT.flatten(), loss_N.double())
        column += inputs_BT.shape[1]
    return ratio(losses_P, torch.bincount(data.paragraph_BT.flatten(), minlength=data.paragraphs))


def token_losses(logits_BTV: Tensor, targets_BT: Tensor) -> Tensor:
    """Negative log-likelihood of each token, nats, shape (B * T,), float32."""
    return F.cross_entropy(logits_BTV.flatten(0, 1).float(), targets_BT.flatten().long(), reduction="none")


def unigram_cross_entropy(split: Paragraphs, counts: npt.NDArray[np.int64]) -> float:
    """Error on a split of a model that knows how frequent each token is in training and nothing else, nats.

    Args:
        counts: of each vocabulary entry in the training split, shape (V,); one is added to each.
    """
    log_likelihood_V = np.log((counts + 1) / (counts + 1).sum())
    return float(-log_likelihood_V[split.tokens].mean())
