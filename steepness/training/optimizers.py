"""Optimizers by name, the learning rate as a function of the step, and when to stop."""

from __future__ import annotations

import math

import torch
from torch import nn

from steepness.training.trial import Training


def make_optimizer(model: nn.Module, training: Training) -> torch.optim.Optimizer:
    """The named optimizer over all parameters; no parameter is left out of weight decay, as the paper uses none."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    rate, decay = training.learning_rate, training.weight_decay
    match training.optimizer:
        case "sgd" | "nesterov":
            nesterov = training.optimizer == "nesterov"
            return torch.optim.SGD(
                parameters, rate, training.momentum, weight_decay=decay, nesterov=nesterov, fused=True
            )
        case "adam":
            return torch.optim.Adam(parameters, rate, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(parameters, rate, weight_decay=decay, fused=True)


def rate_at(training: Training, step: int, total_steps: int, cuts: int) -> float:
    """Learning rate of a step: a pure function, so a resumed trial needs no scheduler state.

    Args:
        step: from 0.
        total_steps: steps in `max_epochs`.
        cuts: how often the rate has been cut so far (schedule "stale").
    """
    progress = min(step / total_steps, 1.0)
    match training.schedule:
        case "constant" | "stale":
            factor = training.cut_factor**cuts
        case "cosine":
            factor = _cosine(progress)
        case "one_cycle":
            rise = 0.25
            factor = (
                max(progress / rise, 0.04) if progress < rise else _cosine((progress - rise) / (1 - rise))
            )
    if step < training.warmup_steps:
        factor *= (step + 1) / training.warmup_steps
    return training.learning_rate * factor


def _cosine(progress: float) -> float:
    return 0.5 * (1 + math.cos(math.pi * progress))


class Patience:
    """Counts stale evaluations; a plateau counts a quarter of what a rise counts.

    The lowest loss so far is the reference. The rule survives plateaus four times as long as it tolerates
    overfitting, and both scale with the time trained, as evaluations are spaced geometrically.
    """

    FLAT = 0.25

    def __init__(self, training: Training) -> None:
        self.patience, self.tolerance = training.patience, training.tolerance
        self.best = math.inf
        self.stale = 0.0

    def improved(self, error: float) -> bool:
        """Take an evaluation's error; True if it is the lowest so far."""
        if error < self.best:
            self.best, self.stale = error, 0.0
            return True
        self.stale += 1.0 if error > self.best * (1 + self.tolerance) else self.FLAT
        return False

    @property
    def used_up(self) -> bool:
        """Whether the error has been stale for long enough."""
        return self.stale >= self.patience
