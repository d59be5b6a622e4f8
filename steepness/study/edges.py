"""Whether a winner lies at the edge of what was tried near its shard, and what would come beyond."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from steepness.study.candidates import Candidate, Candidates, is_number
from steepness.study.presets import with_setting
from steepness.training.trial import Trial

NEAR = 4.0
"""Shards within this factor vouch for one another: an edge looked beyond at one of them is no edge at the others."""


def edges(
    winners: Sequence[tuple[int, dict[str, Any]]], tried: Sequence[tuple[int, dict[str, Any]]]
) -> dict[str, tuple[int, ...]]:
    """The dials at whose edge winners lie: their shards, by dial.

    Args:
        winners: the best of each shard.
        tried: all trials.
    Returns:
        Shards at which nothing larger, or nothing smaller, was tried nearby. A smallest size is no edge: a size law
        has to begin somewhere, and larger ones were worse. Nor is a rate of 0, below which there is nothing, or one of
        several optimizers.
    """
    found: dict[str, list[int]] = {}
    values_of = {name: {settings[name] for _, settings in tried} for name in tried[0][1]}
    varied = {name for name, values in values_of.items() if len(values) > 1 and all(map(is_number, values))}
    for m, best in winners:
        near = [settings for other, settings in tried if m / NEAR <= other <= m * NEAR]
        for name, value in best.items():
            values = {settings[name] for settings in near}
            above, below = any(v > value for v in values), any(v < value for v in values)
            if name in varied and not (above and (below or name == "size" or value == 0)):
                found.setdefault(name, []).append(m)
    return {name: tuple(shards) for name, shards in found.items()}


def beyond(winner: Candidate, m: int, tried: Sequence[Trial], candidates: Candidates) -> Iterator[Candidate]:
    """The candidates beyond what was tried near a shard, on the sides on which its winner lies at the edge.

    Args:
        winner: size and settings that are best at the shard.
        m: the shard.
        tried: everything, at whatever shard.
        candidates: names what would come next.
    """
    near = [t for t in tried if m / NEAR <= t.m <= m * NEAR]
    larger = candidates.larger(winner.size)
    if larger is not None and not any(t.size > winner.size for t in near):
        yield Candidate(larger, winner.training)
    for name in candidates.preset.search.grid:
        at = getattr(winner.training, name)
        seen = {getattr(t.training, name) for t in near}
        for value in candidates.neighbours(name, at):
            if not any((v > at) if value > at else (v < at) for v in seen):
                yield Candidate(winner.size, with_setting(winner.training, {name: value}))
