"""What a trial leaves behind: a record of its errors at its best point, its costs and its trace."""

from __future__ import annotations

from typing import Any

import msgspec
import torch

from steepness.domain import TEST, VALIDATION
from steepness.domain.estimates import NotFinite, errors_of
from steepness.training.cost import count_parameters, flops_of_step
from steepness.training.course import Course
from steepness.training.device import describe_machine, peak_memory
from steepness.training.learner import Learner
from steepness.training.trial import EARLY, Record, Status, Timing


def record_of(course: Course, status: Status) -> Record:
    """The record of a trial that has ended; of one without an end of its own, there are no final evaluations.

    Args:
        course: it is left with the best weights in its model.
        status: "done" or "diverged"; a trial whose error is not finite on a final split has diverged, too.
    """
    learner = course.learner
    message = "" if status == "done" else f"loss not finite at step {learner.step}; try a lower learning rate"
    validation, test, exhibit = course.best_validation, dict[str, float](), dict[str, Any]()
    minima: dict[str, float] = {}
    try:
        if course.best_weights and not learner.settings.stop_step:
            minima = _minima(course)
            validation, test, exhibit = _at_best(course)
    except NotFinite as error:  # on a split that the stopping rule does not watch
        status = "diverged"
        message = f"{error} at the best step, {course.best_step}; try a lower learning rate"
    return Record(
        id=learner.trial.id,
        trial=learner.trial,
        status=status,
        message=message,
        validation=validation,
        minima=minima,
        test=test,
        flagged=status == "done" and _improving_at_bound(course),
        best_step=course.best_step,
        steps=learner.step,
        epochs=learner.epochs,
        flops=_flops(learner),
        trace=course.trace,
        exhibit=exhibit,
        **count_parameters(learner.model),
        micro_batch=learner.micro_batch if learner.halved else msgspec.UNSET,
        machine=describe_machine(learner.device),
        timing=_timing(course),
    )


def _flops(learner: Learner) -> float:
    """Of all steps so far, from those of the first batch."""
    first = learner.first_batch()
    step = sum(flops_of_step(learner.domain, learner.model, part) for part, _ in learner.parts(first))
    return step / max(learner.domain.units(first), 1) * learner.units


def _minima(course: Course) -> dict[str, float]:
    """The other metrics on the validation split, each with the model that was best at it, where that is another
    than the first metric's."""
    learner, found = course.learner, dict[str, float]()
    for name, (_, step, model) in course.lowest.items():
        if step != course.best_step:
            learner.model.load_state_dict(model)
            learner.model.eval()
            with torch.inference_mode():
                found[name] = errors_of(learner.domain, learner.model, learner.data, VALIDATION)[name]
    return found


def _at_best(course: Course) -> tuple[dict[str, float], dict[str, float], dict[str, Any]]:
    """Metrics on validation and test, and what the domain exhibits, of the best weights."""
    domain, model, data = course.learner.domain, course.learner.model, course.learner.data
    model.load_state_dict(course.best_weights["model"])
    model.eval()
    validation = course.best_validation
    with torch.inference_mode():
        if domain.monitor != VALIDATION:
            validation = errors_of(domain, model, data, VALIDATION)
        return validation, errors_of(domain, model, data, TEST), domain.exhibit(model, data)


def _timing(course: Course) -> Timing:
    return Timing(
        started=course.started,
        train_seconds=course.train_seconds,
        evaluate_seconds=course.evaluate_seconds,
        units_per_second=course.units_per_second,
        peak_memory_bytes=peak_memory(course.learner.device),
        resumed=course.resumed,
    )


def _improving_at_bound(course: Course) -> bool:
    learner, settings = course.learner, course.learner.settings
    early = settings.schedule in EARLY
    improving = course.patience.stale < settings.patience / 2 if early else course.best_step == learner.step
    return improving and learner.step >= learner.total_steps and not settings.stop_step
