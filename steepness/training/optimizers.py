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
        total_steps: steps in `max_epochs`, or `min_steps` if that is more.
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
    """Counts stale evaluations: those that lower the best error by less than `tolerance`.

    Overfitting counts in full: the error rises, or the training loss falls and the error does not follow. Where
    both are flat it counts a quarter: nothing is being learnt yet, or any more. So the rule survives plateaus four
    times as long as overfitting, and both scale with the time trained, as evaluations are spaced geometrically.
    """

    FLAT = 0.25
    FALLEN = 10.0
    """Times `tolerance`: how far the training loss falls before a flat error means overfitting."""

    def __init__(self, training: Training) -> None:
        self.patience, self.tolerance = training.patience, training.tolerance
        self.best = self.reference = math.inf
        self.train_at_best = math.inf
        self.stale = 0.0

    def improved(self, error: float, train_loss: float) -> bool:
        """Take an evaluation's error and the training loss before it; True if the error is the lowest so far."""
        lowest = error < self.best
        self.best = min(error, self.best)
        if error < self.reference * (1 - self.tolerance):
            self.reference, self.train_at_best, self.stale = error, train_loss, 0.0
        else:
            rises = error > self.reference * (1 + self.tolerance)
            left_behind = train_loss < self.train_at_best * (1 - self.FALLEN * self.tolerance)
            self.stale += 1.0 if rises or left_behind else self.FLAT
        return lowest

    @property
    def used_up(self) -> bool:
        """Whether the error has been stale for long enough."""
        return self.stale >= self.patience
