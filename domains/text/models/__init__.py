"""Language models of one dial. Anyone's class serves as well, if it follows the same signature:

    Model(vocabulary: int, size: int)
    forward(tokens_BT, state) -> (logits_BTV, state)

docs/examples/my_lm.py is one to start from.

tokens_BT are ids, int32 or int64, in [0, vocabulary); logits_BTV the unnormalised log-probabilities of the token
that follows each; state is None at the start of the text, and else whatever the previous call returned (a tensor,
or a tuple of them), detached. A model without memory returns None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

from torch import nn

from steepness.domains.text.models.lstm import LSTM
from steepness.domains.text.models.rhn import RecurrentHighwayNetwork
from steepness.domains.text.models.transformer import Transformer

MODELS: Mapping[str, Callable[..., nn.Module]] = {
    "lstm-2": partial(LSTM, layers=2),
    "lstm-4": partial(LSTM, layers=4),
    "rhn-5": partial(RecurrentHighwayNetwork, layers=5),
    "rhn-10": partial(RecurrentHighwayNetwork, layers=10),
    "transformer": Transformer,
}

SIGNATURE = "Model(vocabulary: int, size: int); forward(tokens_BT, state) -> (logits_BTV, state)"

QUADRATIC: Mapping[str, int] = {"lstm-2": 16, "lstm-4": 32, "rhn-5": 12, "rhn-10": 22, "transformer": 48}
"""Parameters between embedding and softmax, in units of the width squared."""

STEP, WIDEST = 8, 2048


def doubling_widths(vocabulary: int, quadratic: int) -> list[int]:
    """Widths H, ascending multiples of STEP, at which 2 * vocabulary * H + quadratic * H**2 doubles."""
    linear = 2 * vocabulary
    widths, parameters = [2 * STEP], linear * 2 * STEP + quadratic * (2 * STEP) ** 2
    while widths[-1] < WIDEST:
        parameters *= 2
        width = (math.sqrt(linear**2 + 4 * quadratic * parameters) - linear) / (2 * quadratic)
        widths.append(STEP * round(width / STEP))
    return widths
