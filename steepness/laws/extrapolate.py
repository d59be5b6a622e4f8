"""What will the error be at a larger m: judged by held-out error, so it weighs the tail and averages forms.

The average is `ensemble`'s; here its variances become bounds, of the law and of a new measurement, and every doubt
about the curve is put beside them. How good both are, and what was tuned on what: benchmarks/laws/peers.md.
Suffixes: k shards, q places to forecast.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from steepness.laws.amounts import amount
from steepness.laws.checks import level_of, positive_column
from steepness.laws.ensemble import Ahead, ahead
from steepness.laws.fit import Fit, Rising, fit
from steepness.laws.forms import Floats
from steepness.laws.inside import inside
from steepness.laws.interval import Interval
from steepness.laws.points import Shards, shards_of

BINS = 48  # dense curves are gathered into this many log-spaced bins: neighbouring checkpoints are one measurement
LAW_NOISE = 0.5  # the part of the members' noise that the law has, too; a new measurement has all of it
SCATTER = 2.0  # times the variance of single points within bins, which medians hide and spikes exceed
FEW_SHARDS = 7.25  # shards at which the variance is twice that of a dense curve
TAILS = 3.6  # degrees of freedom of the intervals' Student distribution
DOWNWARD = (
    1.1  # the lower half of an interval, as a multiple of the upper: curves fall faster oftener than slower
)
REACH = 1e4  # times the largest shard: nothing measured says anything about more
TOLERANCE = (
    0.1  # half-width of the law's bounds, as a fraction of the error, up to which a forecast is trusted
)
_COLUMNS = ("m", "value", "low", "high", "law_low", "law_high", "beyond")
_LOG_REACH = np.linspace(0, np.log(REACH), 25)


@dataclass(kw_only=True, frozen=True)
class Prediction:
    """Errors to expect; shape (q,) each, in the metric's unit.

    Attributes:
        m: where, in the curve's unit.
        value: the law there.
        low, high: bounds of a new measurement there: one more run.
        law_low, law_high: bounds of the law itself, the mean of many runs.
        beyond: whether the law is not known to 10 % there: m lies beyond `trusted_up_to`, below the first shard, or
            where bounds among the shards are wider.
        trusted_up_to: largest m at which the law's bounds are within 10 % of its value; None if not even at the
            last shard.
        warnings: every warning of the curve's fit, the gravest first, then those of the forecast.
    """

    m: Floats
    value: Floats
    low: Floats
    high: Floats
    law_low: Floats
    law_high: Floats
    beyond: NDArray[np.bool_]
    trusted_up_to: float | None
    warnings: tuple[str, ...] = ()

    def to_frame(self) -> Any:
        """A pandas data frame with a row per m.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        return pandas.DataFrame({name: getattr(self, name) for name in _COLUMNS})

    def as_dict(self) -> dict[str, Any]:
        """Plain lists, ready for JSON."""
        return {name: getattr(self, name).tolist() for name in _COLUMNS} | {
            "trusted_up_to": self.trusted_up_to,
            "warnings": list(self.warnings),
        }


def extrapolate(
    m: ArrayLike, error: ArrayLike, m_new: ArrayLike, level: float = 0.95, *, seeds: ArrayLike | None = None,
    counts: ArrayLike | None = None, weights: ArrayLike | None = None,
) -> Prediction:  # fmt: skip
    """Forecast the error at m_new, of any curve: plateaus, double descent and three points included.

    Args:
        m: shard sizes, shape (n,), in the curve's unit, > 0; repeated m are runs of the same shard.
        error: errors, shape (n,), in the metric's unit, > 0; or >= 0, as of `fit`.
        m_new: shard sizes to forecast, shape (q,), > 0; each forecast is what it would be alone. Below the largest
            shard it is the fitted law there, or the line between the neighbouring shards where there is no law.
        level: confidence of the bounds, between 0 and 1.
        seeds: labels of the runs' seeds, shape (n,); a seed that shifts its whole curve then shifts the law's
            bounds.
        counts, weights: shape (n,), as of `fit`.
    Returns:
        Value and bounds, of a new measurement and of the law, never of zero width; and every warning of `fit`.
    Raises:
        ValueError: fewer than 3 distinct m, values not finite and positive, lengths that differ, no m_new.
    """
    shards, level = shards_of(m, error, seeds, counts=counts, weights=weights), level_of(level)
    places = positive_column(m_new, "m_new")
    if not places.size:
        raise ValueError("m_new is empty; give at least one m to forecast")
    try:
        law = fit(m, error, seeds=seeds, level=level, counts=counts, weights=weights)
    except Rising as refusal:
        return _anywhere(shards, places, level, None, (refusal.doubt,))
    return carry_on_law(law, places)


def carry_on_law(law: Fit, m_new: Floats) -> Prediction:
    """As `extrapolate`, from a fit: its points, its level and its warnings."""
    forecast = _anywhere(law.shards, m_new, law.level, law, law.warnings)
    return replace(forecast, warnings=(*forecast.warnings, *_below(floor_of(law).value, forecast)))


def _anywhere(
    shards: Shards, m: Floats, level: float, law: Fit | None, warnings: tuple[str, ...]
) -> Prediction:
    """The curve carried on, and what was measured below its largest shard."""
    forecast = replace(carry_on(shards, np.maximum(m, shards.m[-1]), level, warnings=warnings), m=m)
    within = m < shards.m[-1] * (1 - 1e-9)
    if not within.any():
        return forecast
    found = inside(_binned(shards)[0], law, m[within], level)
    log_bounds = {
        "value": found.log_value,
        "low": found.log_value - found.new, "high": found.log_value + found.new,
        "law_low": found.log_value - found.law, "law_high": found.log_value + found.law,
    }  # fmt: skip
    columns = {name: getattr(forecast, name).copy() for name in (*log_bounds, "beyond")}
    for name, log_q in log_bounds.items():
        columns[name][within] = np.exp(log_q)
    # whether the law has begun below the first shard, nothing tells
    columns["beyond"][within] = (np.sinh(found.law) > TOLERANCE) | (m[within] < shards.m[0] * (1 - 1e-9))
    return replace(forecast, **columns)


def floor_of(law: Fit) -> Interval:
    """The error that the recommended fit says no data gets below; 0 where it has no constant."""
    return law.recommended.gamma if law.recommended.form == "power_constant" else Interval(0.0, 0.0, 0.0)


def _below(floor: float, forecast: Prediction) -> Iterator[str]:
    if (forecast.value < floor).any():
        first = forecast.m[forecast.value < floor].min()
        yield f"from m = {amount(first)} on the forecast is below the constant of {floor:.4g} that the fit reports"


def carry_on(
    shards: Shards, m_new: Floats, level: float, *, warnings: tuple[str, ...] = (), runs: float = 1.0
) -> Prediction:
    """As `extrapolate`, from gathered shards; a new measurement is the mean of so many runs.

    Args:
        shards: the curve.
        m_new: where, shape (q,), > 0.
        level: confidence of the bounds.
        warnings: what to put beside the forecast.
        runs: runs that the new measurement averages.
    """
    binned, scatter = _binned(shards)
    log_reach = shards.log_m[-1] + _LOG_REACH
    places = np.concatenate([log_reach, np.log(m_new)])
    found = ahead(binned, places)
    law_q, new_q = _half_widths(found, shards, scatter, level, runs)
    law, new = (_bounds(found.log_value, half_q, places) for half_q in (law_q, new_q))
    law_low, law_high, low, high = (np.exp(bound[len(log_reach) :]) for bound in (*law, *new))
    trusted = _trusted(found.log_value, law, log_reach, TOLERANCE)
    return Prediction(
        m=m_new, value=np.exp(found.log_value[len(log_reach) :]), low=low, high=high,
        law_low=law_low, law_high=law_high, warnings=warnings,
        beyond=m_new > (trusted or 0.0) * (1 + 1e-9), trusted_up_to=trusted,
    )  # fmt: skip


def trusted_up_to(shards: Shards, level: float, tolerance: float) -> float | None:
    """The largest m at which the law's bounds stay within a fraction of its value; None if not at the last shard."""
    binned, scatter = _binned(shards)
    log_reach = shards.log_m[-1] + _LOG_REACH
    found = ahead(binned, log_reach)
    law_q, _ = _half_widths(found, shards, scatter, level, 1.0)
    law = _bounds(found.log_value, law_q, log_reach)
    return _trusted(found.log_value, law, log_reach, tolerance)


def _bounds(log_value: Floats, half_q: Floats, places: Floats) -> tuple[Floats, Floats]:
    """Lower and upper bounds of the log error, shape (q,) each; the first place is the last shard.

    No shape rises, so none of its upper bounds further on is above that of the last shard.
    """
    top_q = np.where(places >= places[0], log_value[0] + half_q[0], np.inf)
    return log_value - DOWNWARD * half_q, np.minimum(log_value + half_q, top_q)


def _trusted(
    log_value: Floats, law: tuple[Floats, Floats], log_reach: Floats, tolerance: float
) -> float | None:
    """Where the mean half-width of the law's bounds, which grows with m, first exceeds the tolerance."""
    low, high = (np.exp((bound - log_value)[: len(log_reach)]) for bound in law)
    half_q = np.maximum.accumulate((high - low) / 2)
    if half_q[0] > tolerance:
        return None
    return float(np.exp(np.interp(tolerance, half_q, log_reach)))


def _half_widths(ahead: Ahead, shards: Shards, scatter: float, level: float, runs: float) -> Floats:
    """Of the bounds of the log error, shape (2, q): the law's, and those of a new measurement."""
    few = 1 + (FEW_SHARDS / len(shards)) ** 2
    form_q = few * ahead.shapes + _seed_shift(shards)
    noise, spikes = few * ahead.noise, few * SCATTER * scatter / runs
    wide = stdtrit(TAILS, 0.5 + level / 2) ** 2
    law_q, new_q = wide * (form_q + LAW_NOISE * noise), wide * (form_q + noise + spikes)
    repeats = shards.repeats
    if repeats:  # the runs themselves then say what one more adds
        between = float(shards.run_ss.sum()) / repeats / runs
        new_q = np.maximum(new_q, law_q + stdtrit(repeats, 0.5 + level / 2) ** 2 * between)
    return np.sqrt([law_q, new_q])


def _seed_shift(shards: Shards) -> float:
    """Variance of the mean of the seeds' shifts of the whole curve; 0 without labelled seeds on several shards."""
    others = shards.repeats - shards.seed_dof  # seeds less one
    if not shards.seed_dof or others < 1:
        return 0.0
    between = (float(shards.run_ss.sum()) - shards.seed_ss) / others - shards.seed_ss / shards.seed_dof
    return max(between, 0.0) / len(shards) / (others + 1)


def _binned(shards: Shards) -> tuple[Shards, float]:
    """At most BINS shards by medians, and the variance of single points around them."""
    if len(shards) <= BINS:
        return shards, 0.0
    log_m, log_e = shards.log_m, shards.log_error
    # the tiny offset keeps points on an edge in their bin however m is scaled
    bin_k = np.floor((log_m - log_m[0]) / (log_m[-1] - log_m[0]) * (1 - 1e-6) * BINS + 1e-7)
    starts = np.flatnonzero(np.diff(bin_k, prepend=-1.0))
    groups = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(log_m)], strict=True)]
    x_k, y_k = (np.array([np.median(column[g]) for g in groups]) for column in (log_m, log_e))
    binned = Shards(
        m=np.exp(x_k),
        log_m=x_k,
        log_error=y_k,
        runs=np.ones(len(groups)),
        rows=np.ones(len(groups), dtype=np.intp),
        seed_ss=0.0,
        seed_dof=0,
        run_ss=np.zeros(len(groups)),
    )
    late = slice(len(log_m) // 2, None)
    away = np.abs(log_e[late] - np.interp(log_m[late], x_k, y_k))
    return binned, float(1.4826 * np.median(away)) ** 2
