"""Errors of a split: how the harness asks for them, and their standard errors, written once for all domains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from steepness.domain.contract import Data, Domain

if TYPE_CHECKING:
    from torch import nn


class NotAgreed(ValueError):
    """What a domain returns is not what its contract says, whatever the model: nothing of it can be trained."""


class NotFinite(ValueError):
    """An error of a split is infinite or no number: the training has diverged."""


def errors_of(domain: Domain[Any, Any, Any], model: nn.Module, data: Data, split: str) -> dict[str, float]:
    """What `evaluate` returns, checked: every declared metric is there, and all are finite Python floats.

    Args:
        model: in eval mode, gradients off.
        split: one of `SPLITS`, or the domain's `monitor`.
    Raises:
        NotAgreed: a metric is missing or no float, naming it.
        NotFinite: an error is infinite or no number.
    """
    errors, where = domain.evaluate(model, data, split), f"{domain.name}: evaluate(model, data, {split!r})"
    if not isinstance(errors, dict):
        raise NotAgreed(f"{where} returns a {type(errors).__name__}, not a dict of metrics")
    if missing := [metric.name for metric in domain.metrics if metric.name not in errors]:
        raise NotAgreed(f"{where} lacks {', '.join(missing)}, which its metrics declare")
    for name, value in errors.items():
        if not isinstance(value, float):
            raise NotAgreed(f"{where} returns {name} as a {type(value).__name__}; give float(...)")
    if wrong := [name for name, value in errors.items() if not math.isfinite(value)]:
        raise NotFinite(f"{where}: {', '.join(wrong)} is not finite")
    return errors


def ratio(totals: Any, counts: Any) -> tuple[float, float]:
    """Sum over sum of n groups, with the ratio estimator's standard error over groups.

    Tokens of a sentence, or characters of an utterance, err together and are no independent sample; the groups are.

    Args:
        totals: errors or nats of each group, numpy or torch, shape (n,), float64 or integers.
        counts: units in each group, of the same kind and shape; a group without units is none.
    Returns:
        Errors per unit, and their standard error (Cochran 1977, section 2.11).
    """
    n, units = int((counts > 0).sum()), float(counts.sum())
    mean = totals.sum() / counts.sum()
    spread = float(((totals - mean * counts) ** 2).sum())
    return float(mean), math.sqrt(spread * n / max(n - 1, 1)) / units
