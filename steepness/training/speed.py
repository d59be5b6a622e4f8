"""What a model costs on this machine, measured on the steps that a trial would take."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from steepness.domain.estimates import NotFinite
from steepness.training.cost import count_parameters, flops_per_unit
from steepness.training.device import synchronize
from steepness.training.learner import Learner

CALIBRATION_SECONDS = 1.0
"""Training each size that is measured."""


@dataclass(frozen=True)
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


def measure(learner: Learner) -> Cost:
    """Train a learner for about a second, and evaluate it once; it is of no use afterwards."""
    trial = learner.trial
    seconds, units = time_steps(learner, CALIBRATION_SECONDS)
    start = time.perf_counter()
    with suppress(NotFinite):  # a rate too high for this size is the trials' to find out
        learner.evaluate()
    evaluation = time.perf_counter() - start
    flops = flops_per_unit(learner.domain, learner.model, learner.first_batch())
    parameters = count_parameters(learner.model)["parameters"]
    return Cost(trial.model, trial.size, parameters, units, flops, seconds, evaluation)


def time_steps(learner: Learner, least_seconds: float) -> tuple[float, float]:
    """Seconds per unit of data, and units per step: of one step or more, after one that warms up."""
    learner.learn(learner.next_batch())  # pays for allocation and lazy initialisation
    synchronize(learner.device)
    before, steps, start = learner.units, 0, time.perf_counter()
    while steps < 1 or time.perf_counter() - start < least_seconds:
        learner.learn(learner.next_batch())
        steps += 1
    synchronize(learner.device)
    units = learner.units - before
    return (time.perf_counter() - start) / max(units, 1), units / steps
