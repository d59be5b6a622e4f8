"""What a model costs on this machine, measured on the steps that a trial would take."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from steepness.domain.estimates import NotFinite
from steepness.training.cost import count_parameters, flops_per_unit
from steepness.training.device import synchronize
from steepness.training.learner import Learner

CALIBRATION_SECONDS = 1.0
"""Training each size that is measured."""
SCHEDULER = Path("/proc/thread-self/schedstat")
"""Nanoseconds that the thread ran, and that it was ready and waited."""


@dataclass(kw_only=True, frozen=True)
class Cost:
    """What one size of one model costs, measured here.

    Attributes:
        units: of data in a step.
        flops: training FLOPs per unit of data.
        seconds: training seconds per unit of data, one worker.
        evaluation: seconds of one evaluation on the split that the stopping rule watches.
    """

    model: str
    size: int
    parameters: int
    units: float
    flops: float
    seconds: float
    evaluation: float


def undisturbed() -> float:
    """Seconds that passed, less those in which this thread was ready and other programs had its core: what is left is
    what a step costs on a machine of its own. Only Linux tells; elsewhere it is all that passed."""
    try:
        waited = int(SCHEDULER.read_text().split()[1]) / 1e9
    except OSError:
        waited = 0.0
    return time.perf_counter() - waited


def measure(learner: Learner) -> Cost:
    """Train a learner for about a second, and evaluate it once; it is of no use afterwards."""
    trial = learner.trial
    seconds, units = time_steps(learner, CALIBRATION_SECONDS)
    start = undisturbed()
    with suppress(NotFinite):  # a rate too high for this size is the trials' to find out
        learner.evaluate()
    evaluation = undisturbed() - start
    flops = flops_per_unit(learner.domain, learner.model, learner.first_batch())
    parameters = count_parameters(learner.model)["parameters"]
    return Cost(
        model=trial.model,
        size=trial.size,
        parameters=parameters,
        units=units,
        flops=flops,
        seconds=seconds,
        evaluation=evaluation,
    )


def time_steps(learner: Learner, least_seconds: float) -> tuple[float, float]:
    """Seconds per unit of data, and units per step: of one step or more, after one that warms up."""
    learner.learn(learner.next_batch())  # pays for allocation and lazy initialisation
    synchronize(learner.device)
    before, steps, start = learner.units, 0, undisturbed()
    while steps < 1 or undisturbed() - start < least_seconds:
        learner.learn(learner.next_batch())
        steps += 1
    synchronize(learner.device)
    units = learner.units - before
    return (undisturbed() - start) / max(units, 1), units / steps
