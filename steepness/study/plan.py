"""What a study will cost, in words, before anything runs."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from steepness.data.randomness import key
from steepness.domain import Domain
from steepness.domain.estimates import errors_of
from steepness.study.prepare import Prepared
from steepness.study.presets import Preset
from steepness.training.cost import count_parameters, flops_per_unit
from steepness.training.device import seed_generators, synchronize
from steepness.training.loop import EARLY
from steepness.training.optimizers import make_optimizer

CALIBRATION_SECONDS = 1.0
"""Training each model's smallest and largest size, each."""


@dataclass(frozen=True)
class Cost:
    """What one size of one model costs, measured here.

    Attributes:
        units: of data in a step.
        flops: training FLOPs per unit of data.
        seconds: training seconds per unit of data, one worker.
        evaluation: seconds of one evaluation on the validation split.
    """

    model: str
    size: int
    parameters: int
    units: float
    flops: float
    seconds: float
    evaluation: float


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
        small, large = (measure(ready, model, size) for size in (ladder[0], ladder[-1]))
        trials = preset.trials_per_shard(len(ladder))
        climb = [i / max(len(shards) - 1, 1) for i in range(len(shards))]
        rows += [_shard_plan(preset, m, trials, p, small, large) for m, p in zip(shards, climb, strict=True)]
    return Plan(domain.name, domain.unit, ready.workers, tuple(rows))


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


def measure(ready: Prepared, model: str, size: int) -> Cost:
    """Train one size on the largest shard for about a second, and evaluate it once."""
    preset, domain, data, device = ready.preset, ready.domain, ready.data, ready.device
    seed_generators(device, key(0, "init"))
    network = domain.build(model, size, data).to(device)
    optimizer = make_optimizer(network, preset.training)
    shard = domain.shard(data, preset.shard_sizes()[-1], 0)
    batches = domain.batches(data, shard, preset.training.batch_size, key(0, "batches"), 0)
    per_unit, units = _speed(domain, network, optimizer, batches, device)
    start = time.perf_counter()
    network.eval()
    with torch.inference_mode():
        errors_of(domain, network, data, domain.monitor)
    evaluation = time.perf_counter() - start
    flops = flops_per_unit(domain, network, batches[0])
    return Cost(model, size, count_parameters(network)["parameters"], units, flops, per_unit, evaluation)


def _speed(
    domain: Domain[Any, Any, Any], network: torch.nn.Module, optimizer: torch.optim.Optimizer,
    batches: Sequence[Any], device: torch.device,
) -> tuple[float, float]:  # fmt: skip
    """Seconds per unit of data, and units per step."""
    units, step, state, start = 0, 0, None, 0.0
    while step < 2 or time.perf_counter() - start < CALIBRATION_SECONDS:
        if step == 1:  # the first step pays for allocation and lazy initialisation
            synchronize(device)
            units, start = 0, time.perf_counter()
        index = step % len(batches)
        loss, state = domain.loss(network, batches[index], state if index else None)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        units += domain.units(batches[index])
        step += 1
    synchronize(device)
    return (time.perf_counter() - start) / max(units, 1), units / (step - 1)
