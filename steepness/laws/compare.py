"""Two curves against each other."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit

from steepness.laws.amounts import amount
from steepness.laws.curve_fit import CurveFit
from steepness.laws.fit import fit
from steepness.laws.forms import Floats, Form
from steepness.laws.interval import Estimate, Interval, difference, in_percent

Curve = tuple[Any, ...]  # (m, error) or (m, error, seeds), each of shape (n,)
# A crossing is looked for this far beyond the shards of both curves.
REACH = 1000.0


@dataclass(kw_only=True, frozen=True)
class Comparison:
    """Curve b against curve a.

    Attributes:
        steepness_difference: beta_g of b less that of a; negative where b falls faster.
        p_value: of equal steepness.
        shift_percent: error of b over that of a at the middle of their common range, less one, in percent.
        crossing: m where the two laws cross, in the curves' unit.
        form: the form both were fitted with.
    """

    steepness_difference: Interval
    p_value: float
    shift_percent: Interval
    crossing: Estimate[Interval]
    form: Form

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for JSON."""
        return asdict(self)


def same_steepness(curve_a: Curve, curve_b: Curve, level: float = 0.95) -> Comparison:
    """Is the exponent of two curves the same, how far apart are they, and where do they cross?

    Both are fitted with one form over their power-law regions: with a constant if either needs one. Without, intervals
    allow for a constant too small to see, as those of `fit` do: it would make one curve look the shallower. Intervals
    of differences come from both intervals (Zou and Donner 2008), which keeps their asymmetry.

    Args:
        curve_a: (m, error) or (m, error, seeds), arrays of shape (n,) each.
        curve_b: the other curve, in the same units.
        level: confidence of the intervals, between 0 and 1.
    Raises:
        ValueError: as `fit`.
    """
    fit_a, fit_b = (
        fit(c[0], c[1], seeds=c[2] if len(c) > 2 else None, level=level) for c in (curve_a, curve_b)
    )
    bent = "power_constant" in (fit_a.recommended.form, fit_b.recommended.form)
    form: Form = "power_constant" if bent else "power"
    a, b = fit_a.of(form, "power_law"), fit_b.of(form, "power_law")
    steeper = difference(b.beta_g, a.beta_g) if bent else difference(fit_b.beta_g, fit_a.beta_g)
    p_value = _p_value(steeper, min(a.dof, b.dof), level)
    log_a, log_b = fit_a.shards.log_m, fit_b.shards.log_m
    shift = Interval(*(float(v[0]) for v in _gap(a, b, np.array([_middle(log_a, log_b)])))).map(in_percent)
    ends = (min(log_a[0], log_b[0]), max(log_a[-1], log_b[-1]))
    return Comparison(
        steepness_difference=steeper,
        p_value=p_value,
        shift_percent=shift,
        crossing=crossing(a, b, *np.exp(ends)),
        form=form,
    )


def _p_value(interval: Interval, dof: int, level: float) -> float:
    """The level at which the interval would just reach 0."""
    towards_zero = interval.value - interval.low if interval.value > 0 else interval.high - interval.value
    t = stdtrit(dof, 0.5 + level / 2) * abs(interval.value) / towards_zero
    return float(2 * stdtr(dof, -t))


def _middle(log_a: Floats, log_b: Floats) -> float:
    return float((max(log_a[0], log_b[0]) + min(log_a[-1], log_b[-1])) / 2)


def _gap(a: CurveFit, b: CurveFit, log_m: Floats) -> tuple[Floats, Floats, Floats]:
    """Log of b over a at each m, with bounds."""
    m = np.exp(log_m)
    of_a, of_b = np.log(a.predict(m)), np.log(b.predict(m))
    low_a, high_a = np.log(a.band(m))
    low_b, high_b = np.log(b.band(m))
    gap = of_b - of_a
    return gap, gap - np.hypot(of_b - low_b, high_a - of_a), gap + np.hypot(high_b - of_b, of_a - low_a)


def crossing(a: CurveFit, b: CurveFit, first: float, last: float) -> Estimate[Interval]:
    """Where two laws cross, from the first shard to `REACH` times the last, in the curves' unit."""
    log_m = np.linspace(np.log(first), np.log(last * REACH), 600)
    gap, low, high = _gap(a, b, log_m)
    change = np.flatnonzero(np.diff(np.sign(gap)) != 0)
    if not len(change):
        return Estimate(
            None, f"the laws do not cross between the first shard and {amount(REACH)} times the last"
        )
    at = int(change[0])
    undecided = (low <= 0) & (high >= 0)
    outside = np.flatnonzero(~undecided)
    left, right = outside[outside <= at], outside[outside > at]
    if not len(left) and not len(right):
        return Estimate(None, "the curves cannot be told apart at any m")
    before, after = float(gap[at]), float(gap[at + 1])
    value = float(log_m[at] + (log_m[at + 1] - log_m[at]) * before / (before - after))
    start = float(np.exp(log_m[left[-1]])) if len(left) else 0.0
    end = float(np.exp(log_m[right[0]])) if len(right) else float("inf")
    return Estimate(Interval(float(np.exp(value)), start, end))
