"""Whether a point is trained out: its size, rate and length lie inside what was tried, its minimum inside its run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from steepness.study.candidates import Candidate, Candidates
from steepness.training.trial import EARLY, Record

NEAR = 4.0
"""Shards within this factor vouch for one another: an edge looked beyond at one of them is no edge at the others."""
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
    end: it is trained out when that is not so, or when one of a longer schedule, alike in all else, at the shard or
    near it, gained less than a hundredth.
    """
    if record.trial.training.schedule in EARLY or not record.flagged:
        return not record.flagged
    pairs = longer_pairs(record, records)
    return any(longer.error(metric) > (1 - GAIN) * shorter.error(metric) for shorter, longer in pairs)


def longer_pairs(record: Record, records: Sequence[Record]) -> list[tuple[Record, Record]]:
    """Runs of the record's own settings near its shard, each with one of the same shard and seed that is longer."""
    own = _without_length(record)
    near = [r for r in records if record.trial.m / NEAR <= r.trial.m <= record.trial.m * NEAR]
    alike = [
        r for r in near if r.status == "done" and not r.trial.training.stop_step and _without_length(r) == own
    ]
    return [(a, b) for a, b in itertools.permutations(alike, 2) if _same_run(a, b) and _is_longer(b, a)]


def _same_run(a: Record, b: Record) -> bool:
    return (a.trial.m, a.trial.seed, a.trial.data_seed) == (b.trial.m, b.trial.seed, b.trial.data_seed)


def _is_longer(a: Record, b: Record) -> bool:
    return a.trial.training.max_epochs >= LONGER * b.trial.training.max_epochs


def _without_length(record: Record) -> tuple[Any, ...]:
    trial = record.trial
    return trial.model, trial.size, msgspec.structs.replace(trial.training, max_epochs=1.0)


def _with(winner: Candidate, values: dict[str, Any]) -> Candidate:
    return Candidate(winner.size, msgspec.structs.replace(winner.training, **values))
