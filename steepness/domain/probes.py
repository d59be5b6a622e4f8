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


def mixes_rows(outputs_of: Callable[[Tensor], Tensor], ids_BT: Tensor) -> str:
    """The fault of a model that lets rows of a batch, which are separate texts, see one another; empty if none."""
    if differ(outputs_of(ids_BT[:1]), outputs_of(ids_BT)[:1]):
        return (
            "rows of a batch see one another: the first row alone gives other outputs than among the others"
        )
    return ""


def shape_of(value: object) -> str:
    """A value's shape for a message, or its type if it is no tensor."""
    return str(tuple(value.shape)) if isinstance(value, torch.Tensor) else f"a {type(value).__name__}"
