"""Language models of one dial. Anyone's class serves as well, if it follows the same signature:

    Model(vocabulary: int, size: int)
    forward(tokens_BT, state) -> (logits_BTV, state)

tokens_BT are ids, int32 or int64, in [0, vocabulary); logits_BTV the unnormalised log-probabilities of the token
that follows each; state is None at the start of the text, and else whatever the previous call returned (tensors,
or tuples of them), detached. A model without memory returns None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from torch import nn

from domains.text.models.lstm import LSTM

MODELS: Mapping[str, Callable[..., nn.Module]] = {
    "lstm-2": partial(LSTM, layers=2),
    "lstm-4": partial(LSTM, layers=4),
}
