"""How a trial goes: its evaluations, the best of them, when to cut the rate or stop, and what is left behind."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import torch
from torch import Tensor

from steepness.domain import TEST, VALIDATION
from steepness.domain.estimates import NotFinite, errors_of
from steepness.training.cost import count_parameters, flops_of_step
from steepness.training.device import describe_machine, peak_memory, synchronize
from steepness.training.learner import Learner
from steepness.training.optimizers import Patience
from steepness.training.trial import EARLY, Evaluation, Progress, Record, Status, Timing

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
            units_per_second=self._speed(),
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
        return 0 < self.learner.settings.stop_step <= self.learner.step

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

    def record(self, status: Status) -> Record:
        """What the trial leaves behind: its errors at the best point, its costs, its trace."""
        learner = self.learner
        message = (
            "" if status == "done" else f"loss not finite at step {learner.step}; try a lower learning rate"
        )
        validation, test, exhibit = self.best_validation, dict[str, float](), dict[str, Any]()
        minima: dict[str, float] = {}
        try:
            if self.best_weights and not learner.settings.stop_step:
                minima = self._minima()
                validation, test, exhibit = self._at_best()
        except NotFinite as error:  # on a split that the stopping rule does not watch
            status, message = (
                "diverged",
                f"{error} at the best step, {self.best_step}; try a lower learning rate",
            )
        return Record(
            id=learner.trial.id,
            trial=learner.trial,
            status=status,
            message=message,
            validation=validation,
            minima=minima,
            test=test,
            flagged=status == "done" and self._improving_at_bound(),
            best_step=self.best_step,
            steps=learner.step,
            epochs=learner.epochs,
            flops=self._flops(),
            trace=self.trace,
            exhibit=exhibit,
            **count_parameters(learner.model),
            micro_batch=learner.micro_batch if learner.halved else msgspec.UNSET,
            machine=describe_machine(learner.device),
            timing=self._timing(),
        )

    def _flops(self) -> float:
        """Of all steps so far, from those of the first batch."""
        learner = self.learner
        first = learner.first_batch()
        step = sum(flops_of_step(learner.domain, learner.model, part) for part, _ in learner.parts(first))
        return step / max(learner.domain.units(first), 1) * learner.units

    def _minima(self) -> dict[str, float]:
        """The other metrics on the validation split, each with the model that was best at it, where that is another
        than the first metric's."""
        learner, found = self.learner, dict[str, float]()
        for name, (_, step, model) in self.lowest.items():
            if step != self.best_step:
                learner.model.load_state_dict(model)
                learner.model.eval()
                with torch.inference_mode():
                    found[name] = errors_of(learner.domain, learner.model, learner.data, VALIDATION)[name]
        return found

    def _at_best(self) -> tuple[dict[str, float], dict[str, float], dict[str, Any]]:
        """Metrics on validation and test, and what the domain exhibits, of the best weights."""
        learner, domain = self.learner, self.learner.domain
        model, data = learner.model, learner.data
        model.load_state_dict(self.best_weights["model"])
        model.eval()
        validation = self.best_validation
        with torch.inference_mode():
            if domain.monitor != VALIDATION:
                validation = errors_of(domain, model, data, VALIDATION)
            return validation, errors_of(domain, model, data, TEST), domain.exhibit(model, data)

    def _timing(self) -> Timing:
        return Timing(
            started=self.started,
            train_seconds=self.train_seconds,
            evaluate_seconds=self.evaluate_seconds,
            units_per_second=self._speed(),
            peak_memory_bytes=peak_memory(self.learner.device),
            resumed=self.resumed,
        )

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

    def _improving_at_bound(self) -> bool:
        learner, settings = self.learner, self.learner.settings
        early = settings.schedule in EARLY
        improving = self.patience.stale < settings.patience / 2 if early else self.best_step == learner.step
        return improving and learner.step >= learner.total_steps and not settings.stop_step

    def _speed(self) -> float:
        return self.learner.units / self.train_seconds if self.train_seconds else 0.0
