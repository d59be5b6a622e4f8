"""How a trial goes: its evaluations, the best of them, when to cut the rate or stop."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
from torch import Tensor

from steepness.domain.estimates import NotFinite
from steepness.training.device import synchronize
from steepness.training.learner import Learner
from steepness.training.optimizers import Patience
from steepness.training.trial import EARLY, Evaluation, Progress

CUT_BY = 0.7
"""Share of the bound by which the schedule "stale" cuts the rate at the latest."""
KEPT = (
    "next_evaluation", "undone", "losses", "steps_since", "best_step", "best_validation", "best_weights", "lowest",
    "started", "train_seconds", "evaluate_seconds", "resumed",
)  # fmt: skip
"""What a checkpoint holds as it is."""


class Course:
    """All that changes while a trial trains, beside what its learner holds.

    Attributes:
        trace: the evaluations so far, all finite.
        resumed: how often the trial went on from a checkpoint.
    """

    def __init__(self, learner: Learner) -> None:
        self.learner = learner
        self.patience = Patience(learner.settings)
        self.next_evaluation = learner.settings.evaluate_first
        self.undone = self.steps_since = self.best_step = self.resumed = 0
        self.losses: Tensor | float = 0.0
        self.best_validation: dict[str, float] = {}
        self.best_weights: dict[str, Any] = {}
        self.lowest: dict[str, tuple[float, int, dict[str, Any]]] = {}
        self.trace: list[Evaluation] = []
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self.train_seconds = self.evaluate_seconds = 0.0
        self._clock = time.perf_counter()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What happens inside does not count as time spent training."""
        synchronize(self.learner.device)
        self.train_seconds += time.perf_counter() - self._clock
        yield
        self._clock = time.perf_counter()

    def add(self, loss: Tensor) -> None:
        """Count a step with its loss, scalar, on the device: nothing waits for it."""
        self.losses = self.losses + loss
        self.steps_since += 1

    @property
    def evaluation_due(self) -> bool:
        """Whether it is time to look at the validation split."""
        return self.learner.step >= min(self.next_evaluation, self.learner.total_steps)

    def evaluate(self) -> Evaluation | None:
        """Look at the validation split; None if the trial has diverged."""
        clock, learner = time.perf_counter(), self.learner
        loss = float(self.losses) / self.steps_since
        try:
            validation = learner.evaluate()
        except NotFinite:
            return None
        if not math.isfinite(loss):
            return None
        self.losses, self.steps_since = 0.0, 0
        self._schedule_evaluation()
        self.evaluate_seconds += time.perf_counter() - clock
        self.trace.append(
            Evaluation(
                step=learner.step,
                epoch=learner.epochs,
                learning_rate=learner.rate,
                train_loss=loss,
                validation=validation,
            )
        )
        return self.trace[-1]

    def remember_best(self, evaluation: Evaluation) -> None:
        """Keep the weights if they are the best so far."""
        if self.patience.improved(self._error(evaluation), evaluation.train_loss):
            self.best_step, self.best_validation = evaluation.step, evaluation.validation
            self.best_weights = copy.deepcopy(self.learner.weights())
        self._remember_lowest(evaluation)

    def _remember_lowest(self, evaluation: Evaluation) -> None:
        """Keep the model where another metric than the first is lowest: each has its own minimum."""
        found, step = evaluation.validation, evaluation.step
        names = [m.name for m in self.learner.domain.metrics[1:]]
        fallen = [n for n in names if n not in self.lowest or found[n] < self.lowest[n][0]]
        model = self.best_weights["model"] if step == self.best_step else None
        for name in fallen:
            model = model or copy.deepcopy(self.learner.model.state_dict())
            self.lowest[name] = (found[name], step, model)

    def progress(self, evaluation: Evaluation) -> Progress:
        """What a watcher is told of an evaluation."""
        return Progress(
            trial=self.learner.trial,
            epoch=evaluation.epoch,
            train_loss=evaluation.train_loss,
            error=self._error(evaluation),
            best=self.patience.best,
            units_per_second=self.units_per_second,
        )

    def is_over(self) -> bool:
        """Cut the rate at the best point so far, if it is time to; True if it is time to stop instead."""
        learner, settings = self.learner, self.learner.settings
        if not (self._stale() or self._cut_is_due()):
            return False
        if settings.schedule == "constant" or learner.cuts == settings.cuts:
            return True
        learner.load_weights(self.best_weights)
        learner.cuts += 1
        self.patience.stale = 0.0
        self.undone = learner.step - self.best_step
        self._schedule_evaluation()
        return False

    @property
    def is_probed(self) -> bool:
        """Whether a trial that is to be told from others has been trained as far as that takes."""
        return bool(self.trace) and 0 < self.learner.settings.stop_step <= self.trace[-1].step

    def state(self) -> dict[str, Any]:
        """All that a checkpoint holds: plain containers of tensors, numbers and texts."""
        kept = {name: getattr(self, name) for name in KEPT}
        trace, patience = msgspec.to_builtins(self.trace), vars(self.patience)
        return {"learner": self.learner.state(), **kept, "trace": trace, "patience": patience}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.learner.load_state(state["learner"])
        for name in KEPT:
            setattr(self, name, state[name])
        vars(self.patience).update(state["patience"])
        self.trace = msgspec.convert(state["trace"], list[Evaluation])
        self.resumed += 1
        self._clock = time.perf_counter()

    def _error(self, evaluation: Evaluation) -> float:
        return evaluation.validation[self.learner.domain.metrics[0].name]

    def _schedule_evaluation(self) -> None:
        step = self.learner.step
        learnt = step - self.undone
        growth = self.learner.settings.evaluate_growth
        self.next_evaluation = step + max(1, math.ceil(learnt * (growth - 1)))

    def _stale(self) -> bool:
        settings = self.learner.settings
        enough = self.learner.step >= settings.min_steps
        return settings.schedule in EARLY and enough and self.patience.used_up

    def _cut_is_due(self) -> bool:
        """Whether the bound is so near that a rate never cut must be cut now to be of use."""
        learner, settings = self.learner, self.learner.settings
        never = settings.schedule == "stale" and learner.cuts == 0 < settings.cuts
        return never and learner.step >= CUT_BY * learner.total_steps

    @property
    def units_per_second(self) -> float:
        """While it trained, without its evaluations; 0 before it has."""
        return self.learner.units / self.train_seconds if self.train_seconds else 0.0
