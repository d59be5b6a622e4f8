"""What a language model carries from one segment of text to the next: None, tensors, or containers of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

KINDS = "None, a tensor, or tuples, lists or dicts of them"


def detached(state: Any) -> Any:
    """The same state without its history.

    Raises:
        TypeError: it is none of `KINDS`.
    """
    return mapped(Tensor.detach, state)


def elements(state: Any) -> int:
    """Numbers in a state."""
    sizes: list[int] = []
    mapped(lambda tensor: sizes.append(tensor.numel()), state)
    return sum(sizes)


def mapped(change: Callable[[Tensor], Any], state: Any) -> Any:
    """The state with every tensor changed.

    Raises:
        TypeError: it is none of `KINDS`.
    """
    if state is None:
        return None
    if isinstance(state, Tensor):
        return change(state)
    if isinstance(state, dict):
        return {name: mapped(change, part) for name, part in state.items()}
    if isinstance(state, tuple) and hasattr(state, "_fields"):
        return type(state)(*(mapped(change, part) for part in state))
    if isinstance(state, (tuple, list)):
        return type(state)(mapped(change, part) for part in state)
    raise TypeError(f"the state is a {type(state).__name__}; it must be {KINDS}")
