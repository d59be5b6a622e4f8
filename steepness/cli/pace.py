"""How long a study has run and has left: its plan, by how long trials took beside what they were priced at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from steepness.press.words import duration
from steepness.study.ledger import Tariff

if TYPE_CHECKING:
    from steepness.study.plan import Plan
    from steepness.training.trial import Record

TRUST = 0.1
"""Share of a study's experience that the plan counts as, so that the first, tiny trials do not rule."""
SHORTEST = 10.0
"""Seconds under which a guess gives no number."""
ALL = 1 - 1e-9
"""Share of a plan that is all of it but for rounding."""
SPENT = 0.9
"""Share of what was planned at which a budget counts as spent: what is left of it buys no further trial."""


class Pace:
    """Time of one study.

    Args:
        plan: what is still to be run.
        done: records at hand; a trial that goes on from one of them has its first part behind it.
    """

    def __init__(self, plan: Plan, done: Sequence[Record]) -> None:
        self._started = time.monotonic()
        self._tariff = Tariff(plan.ledger)
        self._planned, self._expected = 60 * plan.minutes, sum(s.seconds for s in plan.shards)
        self._per_trial = {(s.model, s.m): s.seconds / s.trials for s in plan.shards}
        self._first_parts = {r.trial.goes_on_as.id: r for r in done}
        self._priced = self._took = 0.0
        self.budgeted = plan.grows
        """Whether a budget says when the study ends, so that the number of trials is a guess."""

    def worked(self, record: Record) -> None:
        """Note a trial that has ended: what it was priced at, and what it took. A trial that is shorter than expected
        brings the end of a plan nearer, but leaves more of a budget for others."""
        whole = record.trial.goes_on_as.id
        first_part = self._first_parts.get(whole)
        self._first_parts[whole] = record
        self._took += _seconds(record) - _seconds(first_part)
        if self.budgeted:
            self._priced += self._price(record) - self._price(first_part)
        else:
            self._priced += self._per_trial.get((record.trial.model, record.trial.m), 0.0)

    def elapsed(self) -> str:
        """Since the plan was made."""
        return duration(time.monotonic() - self._started)

    def left(self) -> str:
        """In words; at the end of a budget, that it is spent."""
        if not self._planned:
            return "time left unknown"
        trust = TRUST * self._expected
        pace = (self._took + trust) / (self._priced + trust)
        left = pace * self._planned - (time.monotonic() - self._started)
        if left > 0 and (self.budgeted or self._priced < ALL * self._expected):
            return _said(left)
        if self.budgeted and self._priced > SPENT * self._expected:
            return "budget spent, the last trials end"
        return "past what was planned, time left unknown"

    def _price(self, record: Record | None) -> float:
        """Seconds of one worker, at the study's prices."""
        return self._tariff.ledger.seconds(self._tariff.of(record)) if record else 0.0


def _seconds(record: Record | None) -> float:
    timing = record and record.timing
    return timing.train_seconds + timing.evaluate_seconds if timing else 0.0


def _said(seconds: float) -> str:
    """As precise as a guess: a few seconds, tens of them, then minutes."""
    if seconds < SHORTEST:
        return "a few seconds left"
    return f"about {f'{round(seconds, -1):.0f} s' if seconds < 90 else duration(seconds)} left"
