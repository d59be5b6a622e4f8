"""A robust estimate of a joint law.

Runs that went wrong must not carry the law, yet the scale of the noise has to come from as few as 15 residuals: the
loss is Huber's at twice the runs' own scatter, nearly least squares. (Hoffmann et al. fix the bend at 1e-3, far inside
the noise, which passes through as many runs as there are parameters and leaves nothing to count the noise by.)

Suffixes: p parameters, n runs, k parameter vectors at once.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr

from steepness.laws.forms import Floats
from steepness.laws.joint.forms import JointForm, Runs
from steepness.laws.joint.starts import additive_starts
from steepness.laws.points import NOISE_FLOOR

HUBER = 2.0  # in units of the scatter; 99 % efficient under Gaussian noise
_DENSITY = float(np.exp(-(HUBER**2) / 2) / np.sqrt(2 * np.pi))  # the normal's, where the loss bends
_NORMAL_PSI2 = float(2 * (ndtr(HUBER) - 0.5 - HUBER * _DENSITY + HUBER**2 * ndtr(-HUBER)))
_FIRST_BEND = 1e-2  # relative error; the first fit's bend, before the runs' scatter is known
_ROUNDS = 8


@dataclass(kw_only=True, frozen=True)
class FittedForm:
    """A form fitted to runs.

    Attributes:
        theta: the form's parameters, shape (p,).
        scatter: standard deviation of a run's log error about the law, outliers held in check.
    """

    form: JointForm
    runs: Runs
    log_error: Floats
    theta: Floats
    scatter: float

    def residual(self, theta: Floats) -> Floats:
        """Law less measured log error, shape (n,)."""
        return self.form.log_law(theta, self.runs) - self.log_error

    def jacobian(self, theta: Floats) -> Floats:
        """Of `residual`, shape (n, p)."""
        return jacobian(self.form, self.runs, theta)

    def weights(self, residual: Floats) -> Floats:
        """What Huber's loss leaves of each run, shape (n,), at most 1."""
        return np.minimum(1.0, HUBER * self.scatter / np.maximum(np.abs(residual), 1e-300))

    def loss(self, residual: Floats) -> float:
        """Twice Huber's loss: the sum of squares where no residual is large."""
        bend, size = HUBER * self.scatter, np.abs(residual)
        return float(np.where(size <= bend, size**2, bend * (2 * size - bend)).sum())

    @property
    def dof(self) -> int:
        """Runs less parameters."""
        return len(self.log_error) - self.form.size

    @cached_property
    def unit(self) -> float:
        """The rise of the loss that one standard error is worth (Heritier and Ronchetti 1994)."""
        scaled = np.abs(self.residual(self.theta)) / self.scatter
        psi2 = float((np.minimum(scaled, HUBER) ** 2).sum()) / self.dof
        return self.scatter**2 * max(psi2, _NORMAL_PSI2) / float((scaled <= HUBER).mean())


def jacobian(form: JointForm, runs: Runs, theta: Floats) -> Floats:
    """Slope of a form's log law in its parameters, shape (n, p), by central differences."""
    step = 1e-5 * np.maximum(np.abs(theta), 0.1)
    values = form.log_law((theta[:, None] + _either_side(step))[:, :, None], runs)
    half = len(theta)
    return (values[:half] - values[half:]).T / (2 * step)


def _either_side(step: Floats) -> Floats:
    return np.concatenate([np.diag(step), -np.diag(step)], axis=1)


def fit_form(form: JointForm, runs: Runs, log_error_n: Floats) -> FittedForm:
    """Fit a form to runs.

    Args:
        runs: shape (n,), more than the form has parameters.
        log_error_n: logs of the errors less their mean, shape (n,).
    """
    starts = form.starts(additive_starts(runs, log_error_n))
    found = [_search(form, runs, log_error_n, start, _FIRST_BEND) for start in starts]
    theta, _ = min(found, key=lambda pair: pair[1])
    scatter = _first_scatter(form.log_law(theta, runs) - log_error_n, form.size)
    for _ in range(_ROUNDS):
        theta, _ = _search(form, runs, log_error_n, theta, HUBER * scatter)
        before, scatter = scatter, _scatter(form.log_law(theta, runs) - log_error_n, scatter, form.size)
        if abs(scatter / before - 1) < 1e-3:
            break
    return FittedForm(form=form, runs=runs, log_error=log_error_n, theta=theta, scatter=scatter)


def _search(
    form: JointForm, runs: Runs, log_error_n: Floats, start: Floats, bend: float
) -> tuple[Floats, float]:
    """The nearest minimum of Huber's loss, and the loss there."""
    from scipy.optimize import (
        least_squares,  # a seventh of a second, which whoever fits no joint law would wait
    )

    margin = 1e-6 * (form.high - form.low)
    found = least_squares(
        lambda theta: form.log_law(theta, runs) - log_error_n,
        np.clip(start, form.low + margin, form.high - margin),
        lambda theta: jacobian(form, runs, theta),
        (form.low, form.high),
        x_scale="jac",
        loss="huber",
        f_scale=bend,
        xtol=1e-7,
        ftol=1e-9,
        gtol=1e-12,
    )
    return found.x, float(found.cost)


def _first_scatter(residual_n: Floats, size: int) -> float:
    """From the median of the largest n - p residuals: a fit passes close to as many as it has parameters."""
    return max(float(np.median(np.sort(np.abs(residual_n))[size:])) * 1.4826, NOISE_FLOOR)


def _scatter(residual_n: Floats, scatter: float, size: int) -> float:
    """Huber's proposal 2: the scatter at which clipped residuals have the mean square they have under a Gaussian."""
    for _ in range(50):
        clipped = np.minimum(np.abs(residual_n) / scatter, HUBER) ** 2
        before, mean_square = scatter, float(clipped.sum()) / (len(residual_n) - size)
        scatter = max(scatter * float(np.sqrt(mean_square / _NORMAL_PSI2)), NOISE_FLOOR)
        if abs(scatter / before - 1) < 1e-6:
            break
    return scatter
