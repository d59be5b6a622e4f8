"""How long a study has run and has left: by its budget, else by its plan and how that has held so far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from steepness.press.words import duration

if TYPE_CHECKING:
    from steepness.study.plan import Plan
    from steepness.training.trial import Trial

TRUST = 0.1
"""Share of a study's experience that the plan counts as, so that the first, tiny trials do not rule."""

SHORTEST = 10.0
"""Seconds under which a guess gives no number."""
A_MOMENT = 1e-9
"""Share of a plan that is no work but rounding."""


class Pace:
    """Time of one study.

    Args:
        plan: what is still to be run.
    """

    def __init__(self, plan: Plan) -> None:
        self._started = time.monotonic()
        self._workers = plan.workers
        self._per_trial = {(s.model, s.m): s.seconds / s.trials for s in plan.shards}
        self._expected, self._worked = sum(s.seconds for s in plan.shards), 0.0
        self._ends = self._started + 60 * plan.minutes if plan.grows else None

    @property
    def budgeted(self) -> bool:
        """Whether a budget says when the study ends, so that the number of trials is a guess."""
        return self._ends is not None

    def worked(self, trial: Trial) -> None:
        """Note a trial that has ended."""
        self._worked += self._per_trial.get((trial.model, trial.m), 0.0)

    def elapsed(self) -> str:
        """Since the plan was made."""
        return duration(time.monotonic() - self._started)

    def left(self) -> str:
        """In words; at the end of a budget, that it is spent."""
        if not self._expected:
            return "time left unknown"
        if self._ends is not None:
            left = self._ends - time.monotonic()
            return _said(left) if left > 0 else "budget spent, the last trials end"
        trust = TRUST * self._expected
        spent = (time.monotonic() - self._started) * self._workers
        pace = (spent + trust) / (self._worked + trust)
        rest = (self._expected - self._worked) / self._workers
        return (
            _said(pace * rest)
            if rest > A_MOMENT * self._expected
            else "past what was planned, time left unknown"
        )


def _said(seconds: float) -> str:
    """As precise as a guess: a few seconds, tens of them, then minutes."""
    if seconds < SHORTEST:
        return "a few seconds left"
    return f"about {f'{round(seconds, -1):.0f} s' if seconds < 90 else duration(seconds)} left"
