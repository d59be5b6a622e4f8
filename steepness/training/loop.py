"""The one training loop, for every domain.

For each step: take the batch that (seed, step) names; learn from it; every so often evaluate, remember the best,
checkpoint, cut the rate or stop; return the record.
"""

from __future__ import annotations

from collections.abc import Callable

from steepness.training.checkpoint import Checkpoint
from steepness.training.course import Course
from steepness.training.learner import Learner
from steepness.training.outcome import record_of
from steepness.training.trial import Progress, Record


def train(
    learner: Learner,
    checkpoint: Checkpoint | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Record:
    """Train one model to the minimum of its validation error.

    Args:
        learner: of the trial, before its first step.
        checkpoint: where to save and resume from; None trains in one go.
        watch: called after every evaluation.
    Returns:
        The record, status "done" or "diverged"; the error is the first metric's minimum on the validation split.
    Raises:
        torch.OutOfMemoryError, or whatever the domain's model raises; Stopped, if the checkpoint was told to stop.
    """
    course = Course(learner)
    if checkpoint and (saved := checkpoint.load(learner.device)):
        course.load_state(saved)
    while learner.step < learner.total_steps and not course.is_probed:
        course.add(learner.learn(learner.next_batch()))
        if course.evaluation_due:
            with course.paused():
                evaluation = course.evaluate()
                if evaluation is None:
                    return record_of(course, "diverged")
                course.remember_best(evaluation)
                watch(course.progress(evaluation))
                if course.is_over():
                    break
        if checkpoint and (checkpoint.due or course.is_probed):
            with course.paused():
                checkpoint.save(course.state())
    return record_of(course, "done")
