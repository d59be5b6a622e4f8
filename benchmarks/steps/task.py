"""What every way of taking steps is given: one trial's model, batches, loss and optimizer, and a clock on its steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from msgspec import structs
from torch import Tensor, nn

from steepness.data.artefacts import Cache
from steepness.data.randomness import key
from steepness.domain import Data, Domain, get_domain
from steepness.study.presets import load_preset
from steepness.training.optimizers import make_optimizer
from steepness.training.trial import Trial

WARM_UP = 10
"""Steps before the clock counts."""
CPU = torch.device("cpu")


@dataclass(frozen=True, kw_only=True)
class Work:
    """What is asked for: picklable.

    Args:
        settings: "key=value" laid over the preset.
        size: of the preset's first model; 0 takes the middle of its ladder.
        m: of the shard; 0 takes the preset's largest. An epoch of it must have that many steps.
    """

    domain: str
    steps: int
    preset: str = "cpu"
    settings: tuple[str, ...] = ()
    size: int = 0
    m: int = 0


@dataclass
class Clock:
    """Wall-clock and CPU seconds at which each batch was asked for."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def tick(self) -> None:
        """A step begins."""
        self.wall.append(time.perf_counter())
        self.cpu.append(time.process_time())


@dataclass
class Watched(Sequence[Any]):
    """Batches that tell the clock when they are asked for: whatever takes the steps, each begins with its batch."""

    batches: Sequence[Any]
    clock: Clock

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, i: Any) -> Any:
        self.clock.tick()
        return self.batches[i]


@dataclass(frozen=True)
class Taken:
    """What a way made of it: the loss of each step, and seconds per step after the warm-up."""

    losses: tuple[float, ...]
    cpu: float
    wall: float

    @property
    def loss(self) -> float:
        """Mean over all steps."""
        return sum(self.losses) / len(self.losses)


@dataclass(frozen=True)
class Task:
    """A trial's parts, for whoever takes its steps; the rate is constant and nothing is evaluated until the end."""

    work: Work
    trial: Trial
    domain: Domain[Any, Any, Any]
    data: Data

    def model(self) -> nn.Module:
        """As the harness would start it."""
        torch.manual_seed(key(0, "init"))
        return self.domain.build(self.trial.model, self.trial.size, self.data).train()

    def optimizer(self, model: nn.Module) -> torch.optim.Optimizer:
        """The trial's."""
        return make_optimizer(model, self.trial.training)

    def batches(self, clock: Clock) -> Watched:
        """The first epoch's."""
        shard = self.domain.shard(self.data, self.trial.m, 0)
        rows = self.trial.training.batch_size
        found = Watched(self.domain.batches(self.data, shard, rows, key(0, "batches", 0), 0), clock)
        if len(found) < self.work.steps:
            raise ValueError(f"an epoch of {self.trial.m:,} {self.domain.unit} has {len(found)} steps only")
        return found

    def taken(self, losses: Sequence[Tensor | float], clock: Clock) -> Taken:
        """From the loss of each step, and the clock."""
        last, steps = self.work.steps - 1, self.work.steps
        cpu, wall = ((times[last] - times[WARM_UP]) / (last - WARM_UP) for times in (clock.cpu, clock.wall))
        return Taken(tuple(float(loss) for loss in losses[:steps]), cpu, wall)


def make_task(work: Work) -> Task:
    """Read the preset, load the data.

    Raises:
        ValueError: no such preset or data.
    """
    preset = load_preset(work.domain, work.preset, work.settings)
    domain = get_domain(work.domain, preset.options)
    data = domain.load(preset.dataset, Cache.default(offline=True))
    ladder = preset.ladder(domain, preset.models[0])
    training = structs.replace(
        preset.training, schedule="constant", max_epochs=1, min_steps=0, evaluate_first=work.steps
    )
    for name, values in preset.search.grid.items():
        training = structs.replace(training, **{name: values[0]})
    trial = Trial(
        domain=domain.name, options=domain.options.identity(), dataset=data.dataset, fingerprint=data.fingerprint,
        model=preset.models[0], size=work.size or ladder[len(ladder) // 2],
        m=work.m or preset.shard_sizes(data.train_units)[-1], data_seed=0, seed=0, training=training,
    )  # fmt: skip
    return Task(work, trial, domain, data)


def clocked(task: Task, clock: Clock) -> Domain[Any, Any, Any]:
    """The task's domain, its batches told to the clock."""
    domain = get_domain(task.work.domain, task.trial.options)
    made: Callable[..., Sequence[Any]] = domain.batches
    domain.batches = lambda *asked: Watched(made(*asked), clock)  # type: ignore[method-assign]
    return domain
