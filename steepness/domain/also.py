"""Evaluation sets beside a study's own, the `also` option: a law on one distribution need not hold on another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from steepness.domain.contract import Metric


def names_of(datasets: Sequence[str]) -> dict[str, str]:
    """Each data set by what its metrics begin with: reviews, of text:/data/reviews.txt.

    Where two would be called the same, the later ones are numbered.
    """
    found: dict[str, str] = {}
    for dataset in dict.fromkeys(datasets):
        kind, _, where = dataset.partition(":")
        name = re.sub(r"\W+", "_", Path(where).stem or kind).strip("_").lower() or "also"
        count = sum(re.fullmatch(rf"{re.escape(name)}(_\d+)?", known) is not None for known in found)
        found[f"{name}_{count + 1}" if count else name] = dataset
    return found


def metrics_with(own: Sequence[Metric], datasets: Sequence[str]) -> tuple[Metric, ...]:
    """The metrics of a domain, and each once more for every other set."""
    more = (Metric(f"{name}_{metric.name}", metric.unit) for name in names_of(datasets) for metric in own)
    return (*own, *more)


def errors_with(own: Mapping[str, float], others: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """What `evaluate` returns: its own errors, and those on every other set under that set's name."""
    more = {f"{name}_{metric}": value for name, found in others.items() for metric, value in found.items()}
    return {**own, **more}


def fingerprint_with(own: str, others: Sequence[str]) -> str:
    """Of a data set and what is evaluated besides: an edited file there makes other numbers, too.

    Args:
        others: hash of each other set's content.
    """
    return f"{own}-{hashlib.sha256(' '.join(others).encode()).hexdigest()[:12]}" if others else own
