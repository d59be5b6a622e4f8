"""Whether a point is trained out: its size, rate and length lie inside what was tried, its minimum inside its run."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any

import msgspec

from steepness.study.candidates import Candidate, Candidates
from steepness.training.trial import EARLY, Record, Training, Trial

NEAR = 4.0
"""Shards within this factor vouch for one another: an edge looked beyond at one of them is no edge at the others."""
BESIDE = 2.0
"""Sizes and rates within this factor vouch for one another where nothing of the same settings does."""
LONGER = 1.5
"""Factor in epochs at which an annealed schedule counts as longer."""
GAIN = 0.01
"""Relative gain of a longer schedule below which the shorter one is trained out."""


def edges(
    winner: Candidate, m: int, records: Sequence[Record], candidates: Candidates
) -> Iterator[Candidate]:
    """The candidates beyond what was tried near a shard, on the sides on which its winner lies at the edge.

    Args:
        winner: size and settings that are best at the shard.
        m: the shard.
        records: everything that was tried, at whatever shard.
        candidates: names what would come next.
    """
    near = [r.trial for r in records if m / NEAR <= r.trial.m <= m * NEAR]
    larger = candidates.larger(winner.size)
    if larger is not None and not any(t.size > winner.size for t in near):
        yield Candidate(larger, winner.training)
    for name, values in candidates.preset.search.grid.items():
        at = getattr(winner.training, name)
        tried = {getattr(t.training, name) for t in near}
        for value in candidates.neighbours(sorted(values), at):
            if not any((v > at) if value > at else (v < at) for v in tried):
                yield _with(winner, {name: value})


def trained_out(record: Record, records: Sequence[Record], metric: str) -> bool:
    """Whether longer training would not have helped.

    A trial that may stop early is trained out when it did. An annealed one nearly always has its lowest error at its
    end: it is trained out when that is not so, or when a longer schedule gained less than a hundredth in the run most
    like it, of its own settings rather than of the next ones, at its own shard rather than near it.
    """
    if record.trial.training.schedule in EARLY or not record.flagged:
        return not record.flagged
    pairs = longer_pairs(record, records)
    if not pairs:
        return False
    nearest = min(unlike for unlike, _, _ in pairs)
    ratios = [b.error(metric) / a.error(metric) for unlike, a, b in pairs if unlike == nearest]
    return fmean(ratios) > 1 - GAIN


def longer_pairs(
    record: Record, records: Sequence[Record]
) -> list[tuple[tuple[bool, float], Record, Record]]:
    """Runs like the record's, each with a longer one that is else the same, and how unlike the record it is: whether of
    other settings, and the factor between the shards, as a logarithm."""
    whole = [r for r in records if r.status == "done" and not r.trial.training.stop_step]
    like = [r for r in whole if _is_like(r.trial, record.trial)]
    return [
        (_unlike(shorter.trial, record.trial), shorter, longer)
        for shorter, longer in itertools.permutations(like, 2)
        if _is_longer(longer.trial, shorter.trial)
    ]


def _is_like(a: Trial, b: Trial) -> bool:
    """Whether they are near in shard, size and learning rate, and the same in all else but their length and seed."""
    rates = a.training.learning_rate / b.training.learning_rate
    near = _within(a.m / b.m, NEAR) and _within(a.size / b.size, BESIDE) and _within(rates, BESIDE)
    return near and a.model == b.model and _settings(a, learning_rate=1.0) == _settings(b, learning_rate=1.0)


def _within(ratio: float, factor: float) -> bool:
    return 1 / factor <= ratio <= factor


def _unlike(a: Trial, b: Trial) -> tuple[bool, float]:
    return (a.size, _settings(a)) != (b.size, _settings(b)), abs(math.log(a.m / b.m))


def _is_longer(a: Trial, b: Trial) -> bool:
    """Whether the first is the second with more epochs."""
    same = (a.m, a.size, a.seed, a.data_seed, _settings(a)) == (
        b.m,
        b.size,
        b.seed,
        b.data_seed,
        _settings(b),
    )
    return same and a.training.max_epochs >= LONGER * b.training.max_epochs


def _settings(trial: Trial, **values: float) -> Training:
    return msgspec.structs.replace(trial.training, max_epochs=1.0, **values)


def _with(winner: Candidate, values: dict[str, Any]) -> Candidate:
    return Candidate(winner.size, msgspec.structs.replace(winner.training, **values))
