"""What domains look for in a stranger's model before it is trained for long."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

TOLERANCE = 1e-3
"""Of the outputs' standard deviation: more than float32 and another order of summation explain."""


def differ(a: Tensor, b: Tensor) -> bool:
    """Whether two outputs of one shape are more than rounding apart; values that are not finite always are."""
    a, b = a.detach().float(), b.detach().float()
    return not bool(((a - b).abs() <= TOLERANCE * b.std().clamp(min=1e-12)).all())


def sees_later(outputs_of: Callable[[Tensor], Tensor], ids_BT: Tensor, vocabulary: int) -> str:
    """The fault of a sequence model whose outputs depend on later inputs; empty if it has none.

    Args:
        outputs_of: the model's outputs, shape (B, T, ...), for ids of shape (B, T).
        ids_BT: integers in [0, vocabulary), T at least 2.
        vocabulary: at least 2.
    """
    steps = ids_BT.shape[1]
    before = outputs_of(ids_BT)
    for start in sorted({1, steps // 2, steps - 1}):
        changed_BT = ids_BT.clone()
        changed_BT[:, start:] = (changed_BT[:, start:] + 1) % vocabulary
        after = outputs_of(changed_BT)
        for t in range(start):
            if differ(after[:, t], before[:, t]):
                return (
                    f"it peeks at the future: its output at step {t + 1} changes with inputs from step "
                    f"{start + 1} on; every output may depend on inputs up to its own step only"
                )
    return ""


def mixes_rows(outputs_of: Callable[[Tensor], Tensor], inputs: Tensor, rows: str = "rows of a batch") -> str:
    """The fault of a model whose outputs for a row depend on the other rows of the batch; empty if none.

    Args:
        outputs_of: the model's outputs, shape (B, ...), for inputs of shape (B, ...).
        inputs: B at least 3; the first two are also looked at without the others.
        rows: what they are, for the sentence.
    """
    if differ(outputs_of(inputs[:2]), outputs_of(inputs)[:2]):
        return (
            f"{rows} see one another: the first two give other outputs among others than by themselves; in eval mode "
            "there must be no statistics of the batch (BatchNorm without running statistics) and no mixing of rows"
        )
    return ""


def probabilities_already(outputs: Tensor) -> str:
    """The fault of a classifier whose outputs went through softmax before the loss does it again; empty if none.

    Args:
        outputs: shape (..., classes), meant to be logits.
    """
    totals = outputs.detach().float().sum(-1)
    if bool((outputs >= 0).all()) and bool(((totals - 1).abs() < TOLERANCE).all()):
        return (
            "its outputs are probabilities already: the loss applies softmax, so return the logits before it"
        )
    return ""


def shape_of(value: object) -> str:
    """A value's shape for a message, or its type if it is no tensor."""
    return str(tuple(value.shape)) if isinstance(value, torch.Tensor) else f"a {type(value).__name__}"
