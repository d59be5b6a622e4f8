"""What a language model must do before it is worth training: see `steepness.domains.text.models` for the signature.

Shapes: B rows, T steps, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from steepness.domain.probes import differ, mixes_rows, probabilities_already, sees_later, shape_of
from steepness.domains.text.states import detached, elements

SEGMENTS = 3


def probe(model: nn.Module, tokens_BT: Tensor, vocabulary: int) -> Sequence[str]:
    """Faults in shape, causality, independence of rows and carried state, a sentence each.

    Args:
        tokens_BT: int32, T at least 2.
    """
    answer = model(tokens_BT, None)
    if not isinstance(answer, tuple) or len(answer) != 2:
        return [
            f"wrong output: forward(tokens_BT, state) must return (logits_BTV, state), not {shape_of(answer)}"
        ]
    logits_BTV, state = answer
    wanted = (*tokens_BT.shape, vocabulary)
    if not isinstance(logits_BTV, Tensor) or logits_BTV.shape != wanted:
        return [
            f"wrong output shape: logits are {shape_of(logits_BTV)}, not {wanted} = (rows, steps, vocabulary)"
        ]
    if not torch.isfinite(logits_BTV).all():
        return ["its logits are not all finite"]

    try:
        detached(state)
    except TypeError as error:
        return [str(error)]

    def logits_of(ids_BT: Tensor) -> Tensor:
        logits_BTV: Tensor = model(ids_BT, None)[0]
        return logits_BTV

    faults = [
        probabilities_already(logits_BTV),
        sees_later(logits_of, tokens_BT, vocabulary),
        mixes_rows(logits_of, tokens_BT),
        "" if state is None else _grows(model, tokens_BT) or _carries(model, tokens_BT, logits_BTV),
    ]
    return [fault for fault in faults if fault]


def _grows(model: nn.Module, tokens_BT: Tensor) -> str:
    """Whether each segment makes the state larger, so that a long text needs ever more memory and positions."""
    state, sizes = None, []
    for t in range(min(SEGMENTS, tokens_BT.shape[1])):
        _, state = model(tokens_BT[:, t : t + 1], state)
        sizes.append(elements(state))
    if len(sizes) == SEGMENTS and all(a < b for a, b in pairwise(sizes)):
        numbers = ", ".join(f"{size:,}" for size in sizes)
        return f"the state it carries grows with every segment ({numbers} numbers); it must keep its size"
    return ""


def _carries(model: nn.Module, tokens_BT: Tensor, whole_BTV: Tensor) -> str:
    """Whether segments read one after the other give what one long pass gives."""
    state, parts, steps = None, [], tokens_BT.shape[1]
    for start, end in pairwise((0, steps // 2, steps // 2 + 1, steps)):
        if start < end:
            logits_BTV, state = model(tokens_BT[:, start:end], state)
            parts.append(logits_BTV)
    if differ(torch.cat(parts, dim=1), whole_BTV):
        return (
            "its carried state loses something: a text read in segments, each with the state of the one before, "
            "gives other logits than the same text in one pass"
        )
    return ""
