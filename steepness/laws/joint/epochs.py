"""How many epochs over the same data still pay, for a model of given size.

Suffixes: k parameter vectors at once, e epochs of a grid.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from steepness.laws.forms import Floats
from steepness.laws.interval import Interval
from steepness.laws.joint.forms import Runs
from steepness.laws.joint.law import JointLaw
from steepness.laws.joint.region import Answer, sampled_interval

MOST = 1e4  # epochs; what pays for longer is told as unbounded
_GRID = 241
WORTH = 0.5  # an epoch pays while it brings this share of what as much fresh data would


@dataclass(kw_only=True, frozen=True)
class Epochs:
    """Epochs over the same data, the first included.

    Attributes:
        params, unique: the model's parameters and the distinct units of data.
        pay: up to so many, another epoch brings at least half of what as much fresh data would.
        least: so many give the least error; infinite where it still falls at `MOST`.
        error: the error after `least` epochs, in the metric's unit.
        fresh_error: the error that as much fresh data would give.
    """

    params: float
    unique: float
    pay: Interval
    least: Interval
    error: float
    fresh_error: float

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON; None for a bound that the runs do not set."""
        told = asdict(self)
        for name in ("pay", "least"):
            told[name] = {k: v if np.isfinite(v) else None for k, v in told[name].items()}
        return told


@dataclass(frozen=True)
class _Repeating:
    """A model and its data under a law, over a grid of log epochs."""

    law: JointLaw
    params: float
    unique: float
    log_epochs_e: Floats

    def runs(self, *, fresh: bool) -> Runs:
        """Training for each number of epochs, on the same data or on as much that is fresh."""
        data = self.unique * np.exp(self.log_epochs_e)
        distinct = data if fresh else np.full_like(data, self.unique)
        return Runs.of(np.full_like(data, self.params), data, distinct, self.law.centre)

    def errors(self, theta_pk: Floats, *, fresh: bool) -> Floats:
        """Errors, less the scale of the centre, shape (k, e)."""
        return np.exp(self.law.fitted.form.log_law(theta_pk[:, :, None], self.runs(fresh=fresh)))

    def log_pay(self, theta_pk: Floats) -> Floats:
        """Log epochs where another one brings less than its share of fresh data, shape (k,)."""
        again, fresh = (-np.diff(self.errors(theta_pk, fresh=fresh), axis=1) for fresh in (False, True))
        return self._first(again - WORTH * fresh)

    def log_least(self, theta_pk: Floats) -> Floats:
        """Log epochs of least error, shape (k,)."""
        return self._first(-np.diff(self.errors(theta_pk, fresh=False), axis=1))

    def _first(self, gain_ke: Floats) -> Floats:
        """Where a gain first falls to nothing, between middles of the grid's steps; the last where it never does."""
        middle_e = (self.log_epochs_e[1:] + self.log_epochs_e[:-1]) / 2
        gone_ke = gain_ke <= 0
        at = np.where(gone_ke.any(axis=1), gone_ke.argmax(axis=1), len(middle_e) - 1)
        row, before = np.arange(len(at)), np.maximum(at - 1, 0)
        high, low = gain_ke[row, before], gain_ke[row, at]
        share = np.clip(high / np.maximum(high - low, 1e-300), 0.0, 1.0)
        crossing_k = middle_e[before] + share * (middle_e[at] - middle_e[before])
        first: Floats = np.where(gone_ke.any(axis=1), crossing_k, middle_e[-1])
        return first


def epochs(law: JointLaw, params: float, unique: float) -> Epochs:
    """How long training on the same data pays.

    Args:
        law: of a form that knows repeated data, fitted with `unique`.
        params: parameters of the model, > 0.
        unique: distinct units of data, > 0.
    Raises:
        ValueError: a form that knows no repeats; numbers not positive.
    """
    if not law.fitted.form.repeated:
        raise ValueError(
            f"form {law.form!r} knows no repeated data; fit the form auto or repeated, with the distinct data "
            "of each run (unique)"
        )
    if not (params > 0 and unique > 0):
        raise ValueError("params and unique must be positive")
    case = _Repeating(law, params, unique, np.linspace(0, np.log(MOST), _GRID))
    pay, least = (_told(law, answer) for answer in (case.log_pay, case.log_least))
    data = unique * min(least.value, MOST)
    error, fresh_error = (float(law.predict([params], [data], u)[0]) for u in ([unique], None))
    return Epochs(params=params, unique=unique, pay=pay, least=least, error=error, fresh_error=fresh_error)


def _told(law: JointLaw, log_epochs: Answer) -> Interval:
    """Infinite from the grid's last step on; at least the first epoch."""
    last = MOST * 0.97
    told = sampled_interval(law.fitted, log_epochs, law.level).map(np.exp)
    return told.map(lambda v: np.inf if v >= last else max(v, 1.0))
