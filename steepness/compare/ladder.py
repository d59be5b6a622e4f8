"""Sizes for a model that the preset has no ladder for: those of about the parameters of the preset's own model."""

from __future__ import annotations

import functools
import json
import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from steepness.domain import Data, Domain
from steepness.press.words import number
from steepness.study.prepare import Prepared
from steepness.training.cost import count_parameters

UNMET = 1.5
"""Factor of parameters between a size and its counterpart from which on they are not alike."""
LARGEST = 4096
"""No size beyond this is tried while a ladder is matched."""


@dataclass(frozen=True)
class Matched:
    """Settings that give a model its ladder, and why it may not be like the reference's; both empty if it has one."""

    settings: tuple[str, ...] = ()
    doubt: str = ""


def matched_sizes(ready: Prepared, model: str, reference: str) -> Matched:
    """A ladder for a model that has none, like the reference's.

    A ladder is cut for one architecture; another one's widths of the same number would be of other capacity, and
    the search looks at few sizes of each shard.

    Raises:
        ValueError: as `match_ladder`.
    """
    if model in ready.preset.sizes or model == reference:
        return Matched()
    ladder = ready.preset.ladder(ready.domain, reference)
    wanted = [_parameters(ready.domain, ready.data, reference, size) for size in ladder]
    sizes = match_ladder(ready.domain, ready.data, model, wanted, math.gcd(*ladder))
    have = [_parameters(ready.domain, ready.data, model, size) for size in sizes]
    return Matched((f"sizes={{{json.dumps(model)} = {sizes}}}",), _unmet(wanted, have, reference))


def _unmet(wanted: Sequence[int], have: Sequence[int], reference: str) -> str:
    """What there is to say if a size of the reference has no counterpart."""
    nearest = {count: min(have, key=lambda h: abs(math.log(h / count))) for count in wanted}
    worst = max(wanted, key=lambda count: abs(math.log(nearest[count] / count)))
    ratio = nearest[worst] / worst
    if 1 / UNMET <= ratio <= UNMET:
        return ""
    return (
        f"its sizes could not be matched to those of {reference}: where that has {worst:,} parameters, the nearest has "
        f"{number(ratio)} times as many, so a shift may be one of capacity; give its sizes with --candidate-set."
    )


def match_ladder(
    domain: Domain[Any, Any, Any], data: Data, model: str, wanted: Sequence[int], step: int
) -> list[int]:
    """Sizes of a model, ascending multiples of `step`, whose parameters come nearest to those wanted.

    Raises:
        ValueError: the model cannot be built at one of them.
    """

    @functools.cache
    def parameters(size: int) -> int:
        try:
            return _parameters(domain, data, model, size)
        except Exception as error:  # a stranger's class may raise anything
            sizes = shlex.quote(f'sizes={{"{model}"=[16,32]}}')
            raise ValueError(
                f"{model} cannot be built at size {size}, which was tried to match the parameters of the preset's own "
                f"model ({type(error).__name__}: {error}); give its sizes: --set {sizes}"
            ) from error

    sizes = set()
    for count in wanted:
        low, high = 1, 1
        while parameters(high * step) < count and high * step < LARGEST:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if parameters(middle * step) < count else (low, middle)
        sizes.add(min((low * step, high * step), key=lambda s: abs(math.log(parameters(s) / count))))
    return sorted(sizes)


def _parameters(domain: Domain[Any, Any, Any], data: Data, model: str, size: int) -> int:
    return count_parameters(domain.build(model, size, data))["parameters"]
