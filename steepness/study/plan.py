"""What a study will cost, in words, before anything runs."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from steepness.study.prepare import Prepared
from steepness.study.presets import Preset
from steepness.study.search import Candidate, Search
from steepness.training.course import EARLY
from steepness.training.learner import Learner
from steepness.training.speed import Cost, measure


@dataclass(frozen=True)
class ShardPlan:
    """What is expected of one shard of one model; units, FLOPs and seconds are of all its trials together."""

    model: str
    m: int
    trials: int
    epochs: float
    parameters: tuple[int, int]
    units: float
    flops: float
    seconds: float


@dataclass(frozen=True)
class Plan:
    """A study's arithmetic. Sizes follow the search, so all but the trials' number is an estimate."""

    domain: str
    unit: str
    workers: int
    shards: tuple[ShardPlan, ...]

    @property
    def trials(self) -> int:
        """Trials in all."""
        return sum(shard.trials for shard in self.shards)

    @property
    def minutes(self) -> float:
        """Estimated wall-clock minutes on this machine."""
        return sum(shard.seconds for shard in self.shards) / self.workers / 60

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        totals = {"trials": self.trials, "minutes": self.minutes, "flops": sum(s.flops for s in self.shards)}
        return asdict(self) | totals

    def in_words(self) -> str:
        """The arithmetic as sentences, a line per shard."""
        lines = [
            f"{s.model} on {s.m:,} {self.unit}: {s.trials} trials of {s.parameters[0]:,} to {s.parameters[1]:,} "
            f"parameters; {s.trials} x {s.epochs:.3g} epochs x {s.m:,} = {s.units:.3g} {self.unit} "
            f"trained, {s.flops:.2g} FLOPs, {s.seconds:,.0f} s of one worker"
            for s in self.shards
        ]
        total = f"{sum(s.flops for s in self.shards):.2g} FLOPs"
        lines.append(
            f"In all {self.trials} trials, {total}; with {self.workers} workers about {self.minutes:.0f} minutes "
            "on this machine (measured speed of the smallest and largest model; epochs as usual for the preset)."
        )
        return "\n".join(lines)


def make_plan(ready: Prepared) -> Plan:
    """The plan of a study, from a calibration of about two seconds per model."""
    preset, domain = ready.preset, ready.domain
    shards = preset.shard_sizes()
    rows = []
    for model in preset.models:
        ladder = preset.ladder(domain, model)
        small, large = (_measured(ready, model, size) for size in (ladder[0], ladder[-1]))
        trials = preset.trials_per_shard(len(ladder))
        climb = [i / max(len(shards) - 1, 1) for i in range(len(shards))]
        rows += [_shard_plan(preset, m, trials, p, small, large) for m, p in zip(shards, climb, strict=True)]
    return Plan(domain.name, domain.unit, ready.workers, tuple(rows))


def _measured(ready: Prepared, model: str, size: int) -> Cost:
    """The cost of a size, on the largest shard."""
    preset = ready.preset
    candidate = Candidate(size, preset.training)
    trial = Search(ready).trial(candidate, model, preset.shard_sizes()[-1], 0, preset.first_seed)
    return measure(Learner(trial, ready.domain, ready.data, ready.device))


def _shard_plan(preset: Preset, m: int, trials: int, progress: float, small: Cost, large: Cost) -> ShardPlan:
    """Sizes are taken to climb the ladder evenly from the first shard to the last."""
    low, high = (
        _between(small.parameters, large.parameters, min(max(progress + d, 0), 1)) for d in (-0.25, 0.25)
    )
    steps = usual_steps(preset, m / min(small.units, m))
    epochs = steps * min(small.units, m) / m
    units = trials * epochs * m
    growth, first = preset.training.evaluate_growth, preset.training.evaluate_first
    evaluations = 2 + max(math.log(steps / first) / math.log(growth), 0) if growth > 1 else steps / first
    return ShardPlan(
        model=small.model,
        m=m,
        trials=trials,
        epochs=epochs,
        parameters=(round(low), round(high)),
        units=units,
        flops=units * _between(small.flops, large.flops, progress),
        seconds=units * _between(small.seconds, large.seconds, progress)
        + trials * evaluations * _between(small.evaluation, large.evaluation, progress),
    )


def usual_steps(preset: Preset, epoch_steps: float) -> float:
    """Steps that a trial usually takes, at least one.

    Args:
        epoch_steps: of an epoch.
    """
    training = preset.training
    epochs = training.max_epochs
    if training.schedule in EARLY:
        epochs = min(epochs, preset.search.usual_epochs)
    return max(epochs * epoch_steps, training.min_steps, 1)


def _between(low: float, high: float, progress: float) -> float:
    return low ** (1 - progress) * high**progress if low > 0 and high > 0 else low
