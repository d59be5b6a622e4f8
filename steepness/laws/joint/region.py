"""The range of an answer over all laws that the runs allow: a profile of the loss.

A law is allowed while its loss rises by no more than Student's t squared standard errors' worth, a standard error that
widens where noise is unequal and the answer hangs on the noisy runs (White 1980, HC2; never narrows). For each bound
the answer is held away from its estimate and everything else refitted, further and further, until the loss has risen by
just that much. Nothing is taken to be Gaussian or straight, so a bound may lie far from the estimate, and is infinite
where even the edge of what the form can express still fits.

Suffixes: p parameters, k parameter vectors at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from steepness.laws.forms import Floats
from steepness.laws.interval import Interval
from steepness.laws.joint.fit_form import FittedForm

Answer = Callable[[Floats], Floats]  # theta_pk to values, shape (k,)
_PULL = 100.0  # how much stiffer than the runs an answer is held
_TRIES, _STEPS = 40, 60
_SAMPLES = 2000
_CLOSE = 0.01  # of the loss's allowed rise


def interval(fitted: FittedForm, answer: Answer, level: float) -> Interval:
    """An answer with its range over the region.

    Args:
        answer: theta_pk to values, shape (k,), smooth.
        level: confidence, between 0 and 1.
    """
    rise = _unit(fitted, answer) * float(stdtrit(fitted.dof, 0.5 + level / 2)) ** 2
    low, high = (_bound(fitted, answer, sign, rise) for sign in (-1.0, 1.0))
    return Interval(_value(answer, fitted.theta), low, high)


def sampled_interval(fitted: FittedForm, answer: Answer, level: float) -> Interval:
    """For an answer that jumps, such as a crossing that may not come: quantiles over laws drawn as the runs allow.

    Drawn about the estimate as were the law straight, weighed by their true loss; a fixed seed keeps them the same.
    """
    unit = float(np.median([_unit(fitted, _coordinate(i)) for i in range(len(fitted.theta))]))
    spread = unit * np.linalg.pinv(information(fitted), hermitian=True)
    sampled_pk = np.random.default_rng(0).multivariate_normal(fitted.theta, spread, _SAMPLES, method="eigh").T
    low, high = fitted.form.low[:, None], fitted.form.high[:, None]
    sampled_pk = sampled_pk[:, ((sampled_pk >= low) & (sampled_pk <= high)).all(axis=0)]
    log_weight_k = _log_weights(fitted, sampled_pk, unit)
    weight_k = np.exp(log_weight_k - log_weight_k.max())
    values_k = answer(sampled_pk)
    order = np.argsort(values_k)
    reached_k = np.cumsum(weight_k[order]) / weight_k.sum()
    bounds = (
        values_k[order][np.searchsorted(reached_k, share)] for share in (0.5 - level / 2, 0.5 + level / 2)
    )
    return Interval(_value(answer, fitted.theta), *(float(v) for v in bounds))


def _coordinate(i: int) -> Answer:
    return lambda theta: theta[i]


def _log_weights(fitted: FittedForm, sampled_pk: Floats, unit: float) -> Floats:
    """Log likelihood by the loss over the density drawn from, up to a constant, shape (k,)."""
    residual_kn = fitted.form.log_law(sampled_pk[:, :, None], fitted.runs) - fitted.log_error
    away_pk = sampled_pk - fitted.theta[:, None]
    straight_k = np.einsum("pk,pq,qk->k", away_pk, information(fitted), away_pk)
    loss_k = np.array([fitted.loss(residual_n) for residual_n in residual_kn])
    weights: Floats = (straight_k - loss_k) / unit / 2
    return weights


def gradient(answer: Answer, theta: Floats) -> Floats:
    """Slope of an answer in the parameters, shape (p,), by central differences."""
    step = 1e-4 * np.maximum(np.abs(theta), 0.1)
    values = answer(theta[:, None] + np.concatenate([np.diag(step), -np.diag(step)], axis=1))
    half = len(theta)
    slope: Floats = (values[:half] - values[half:]) / (2 * step)
    return slope


def information(fitted: FittedForm) -> Floats:
    """Half the curvature of the loss at the estimate, were the law straight, shape (p, p)."""
    slope = fitted.jacobian(fitted.theta)
    curvature: Floats = slope.T @ (slope * fitted.weights(fitted.residual(fitted.theta))[:, None])
    return curvature


def _unit(fitted: FittedForm, answer: Answer) -> float:
    """The rise of the loss that one standard error of this answer is worth."""
    variance, by_run_n = _straight_variance(fitted, answer)
    return max(fitted.unit, float(by_run_n.sum()) / max(variance, 1e-300))


def _straight_variance(fitted: FittedForm, answer: Answer) -> tuple[float, Floats]:
    """Of a straight answer, in units of the noise's; and what each run's own residual makes of it, shape (n,)."""
    residual, slope = fitted.residual(fitted.theta), fitted.jacobian(fitted.theta)
    weights = fitted.weights(residual)
    inverse = np.linalg.pinv(information(fitted), hermitian=True)
    across = gradient(answer, fitted.theta)
    leverage = np.minimum(np.einsum("np,pq,nq->n", slope * weights[:, None], inverse, slope), 0.95)
    by_run_n = (slope @ inverse @ across * weights * residual) ** 2 / (1 - leverage)
    return float(across @ inverse @ across), by_run_n


@dataclass(frozen=True)
class _Held:
    """An answer tied to a target by a spring: its law is the best among all that give the answer it gives."""

    answer: Answer
    target: float
    stiffness: float

    def strain(self, theta: Floats) -> float:
        """What the spring adds to the loss."""
        return self.stiffness * (_value(self.answer, theta) - self.target) ** 2


def _bound(fitted: FittedForm, answer: Answer, sign: float, rise: float) -> float:
    """Where the loss has risen by `rise`, by the secant rule on the root of the rise, which grows evenly."""
    theta = fitted.theta
    home, least = _value(answer, theta), fitted.loss(fitted.residual(theta))
    away = sign * _first_reach(fitted, answer, rise)
    inner, outer = (0.0, 0.0), None  # (distance from home, root of the rise in units of the allowed)
    for _ in range(_TRIES):
        stiffness = _PULL * rise / away**2
        theta = _refit(fitted, theta, _Held(answer, home + away, stiffness), 1e-3 * rise)
        there = _value(answer, theta) - home
        root = np.sqrt(max(fitted.loss(fitted.residual(theta)) - least, 0.0) / rise)
        if abs(root - 1) <= _CLOSE:
            return home + there
        if root < 1:
            if _at_an_edge(fitted, theta, sign * gradient(answer, theta)):
                return sign * np.inf
            stuck = abs(there - inner[0]) <= 1e-6 * abs(away)  # a natural end, such as E = 0
            inner = (there, root)
            if stuck:
                break
        else:
            outer = (there, root)
        away = _next(inner, outer, away)
        if not abs(away) > 1e-12:
            break
    return home + (outer or inner)[0]


def _next(inner: tuple[float, float], outer: tuple[float, float] | None, away: float) -> float:
    """The distance to try: between the two, or at most four times further out."""
    if outer is None:
        return away * min(4.0, max(1.3, 1 / max(inner[1], 1e-3)))
    share = (1 - inner[1]) / (outer[1] - inner[1])
    return inner[0] + min(max(share, 0.1), 0.9) * (outer[0] - inner[0])


def _first_reach(fitted: FittedForm, answer: Answer, rise: float) -> float:
    """The distance a straight law would allow, within reason."""
    return float(np.clip(np.sqrt(rise * _straight_variance(fitted, answer)[0]), 1e-9, 0.5))


def _refit(fitted: FittedForm, theta: Floats, held: _Held, tolerance: float) -> Floats:
    """Least loss plus strain from theta on, by Levenberg and Marquardt's steps within the form's bounds."""
    form, damping = fitted.form, 1e-3
    cost = fitted.loss(fitted.residual(theta)) + held.strain(theta)
    for _ in range(_STEPS):
        curvature, force = _pull(fitted, theta, held)
        free = ~((theta <= form.low) & (force > 0) | (theta >= form.high) & (force < 0))
        gained = 0.0
        while damping < 1e12:
            there = theta.copy()
            stiff = curvature + np.diag(damping * np.diag(curvature) + 1e-14)
            there[free] -= np.linalg.solve(stiff[np.ix_(free, free)], force[free])
            there = np.clip(there, form.low, form.high)
            gained = cost - fitted.loss(fitted.residual(there)) - held.strain(there)
            if gained >= 0:
                theta, cost, damping = there, cost - gained, damping / 8
                break
            damping *= 4
        if gained <= tolerance:
            break
    return theta


def _pull(fitted: FittedForm, theta: Floats, held: _Held) -> tuple[Floats, Floats]:
    """Half the curvature and half the slope of loss plus strain."""
    residual, slope = fitted.residual(theta), fitted.jacobian(theta)
    weighted = slope * fitted.weights(residual)[:, None]
    across = gradient(held.answer, theta)
    curvature = slope.T @ weighted + held.stiffness * np.outer(across, across)
    stretch = held.stiffness * (_value(held.answer, theta) - held.target)
    return curvature, weighted.T @ residual + stretch * across


def _value(answer: Answer, theta: Floats) -> float:
    return float(answer(theta[:, None])[0])


def _at_an_edge(fitted: FittedForm, theta: Floats, uphill: Floats) -> bool:
    """Whether the answer was stopped by what the form can express, in a parameter that it depends on."""
    form = fitted.form
    span = 1e-3 * (form.high - form.low)
    at_low = (theta <= form.low + span) & (uphill < 0) & (form.low != 0)  # 0 is where a term ends, no edge
    at_high = (theta >= form.high - span) & (uphill > 0)
    return bool((at_low | at_high).any())
