"""What a curve says about data and compute not yet spent.

All answers come from `extrapolate`, whose intervals were judged by held-out error, and are refused where those
intervals cannot carry them. They are of the law, not of one more run, so that more seeds make them sharper; only the
newest point is held against what one more measurement may be.
"""

from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import numpy as np

from steepness.laws.amounts import amount, as_percent
from steepness.laws.cautions import MIN_R2
from steepness.laws.extrapolate import REACH, Prediction, carry_on, floor_of, trusted_up_to
from steepness.laws.fit import Fit
from steepness.laws.forms import Floats
from steepness.laws.interval import Interval
from steepness.laws.joint import FLOPS_PER_PARAMETER
from steepness.laws.size import SizeLaw

_STEPS = 241


def data_for(fit: Fit, target: float) -> Interval:
    """How much data brings the error down to a target.

    Args:
        fit: the curve's fit.
        target: error to reach, in the metric's unit, > 0.
    Returns:
        m in the curve's unit; high is inf where the pessimistic bound never reaches the target.
    Raises:
        ValueError: the target is not below the last error, is at or below the fit's constant, or lies beyond what the
            forecast reaches; or the curve is no power law.
    """
    if not target > 0:
        raise ValueError(f"target is {target}; give an error above 0 in the metric's unit")
    last = float(fit.shards.error[-1])
    if target >= last:
        raise ValueError(f"the curve is already at {last:.4g}, below the target of {target:.4g}")
    if fit.recommended.r2 < MIN_R2:
        raise ValueError(
            f"not a power law (it explains {as_percent(fit.recommended.r2)} of the log error's variance), so no "
            "amount of data follows from it; add shards or seeds, or forecast single m"
        )
    floor = floor_of(fit)
    if target <= floor.value:
        raise ValueError(
            f"no amount of data reaches {target:.4g}: the curve flattens to {floor.value:.4g} ({floor.low:.4g} to "
            f"{floor.high:.4g}); change the model or the metric's target rather than the data"
        )
    ahead = _ahead(fit)
    if ahead.value.min() > target:
        raise ValueError(
            f"the forecast does not reach {target:.4g} within {amount(REACH)} times the data ({ahead.value[-1]:.4g} "
            "there); change the model or the metric's target rather than the data"
        )
    value, low = (_first_below(ahead.m, bound, target) for bound in (ahead.value, ahead.law_low))
    high = _first_below(ahead.m, ahead.law_high, target) if target > floor.high else inf
    return Interval(value, low, high)


def gain_of_doubling(fit: Fit) -> Interval:
    """Change of the error when the data doubles, as a fraction of today's error (-0.1: ten percent lower).

    Raises:
        ValueError: the forecast at twice the data is no better than a guess (wider than half the error).
    """
    m = float(fit.shards.m[-1])
    ahead = carry_on(fit.shards, np.array([m, 2 * m]), fit.level)
    now, then = ahead.value
    if ahead.law_high[1] - ahead.law_low[1] > now:
        raise ValueError("the points scatter too much to forecast twice the data; add shards or seeds")
    return Interval(*(float(v / now - 1) for v in (then, ahead.law_low[1], ahead.law_high[1])))


def compute_for(
    fit: Fit, target: float, size: SizeLaw, flops_per_parameter: float = FLOPS_PER_PARAMETER
) -> Interval:
    """Training FLOPs of one pass over the data that brings the error down to a target, at the best-fit size.

    Args:
        fit: the curve's fit.
        target: error to reach, in the metric's unit, > 0.
        size: the size law of the same models, in the same unit of data.
        flops_per_parameter: FLOPs per parameter and unit of data.
    Raises:
        ValueError: as `data_for`.
    """
    data = data_for(fit, target)
    flops = [flops_per_parameter * float(size.predict([data.value])[0]) * data.value]
    for m, bound in ((data.low, 0), (data.high, 1)):
        params = float(size.band([m], fit.level)[bound][0]) if np.isfinite(m) else np.inf
        flops.append(flops_per_parameter * params * m)
    return Interval(*flops)


def trust(fit: Fit, tolerance: float = 0.1) -> Interval:
    """The largest m at which the law's bounds stay within plus or minus `tolerance` of its value.

    Args:
        fit: the curve's fit.
        tolerance: half-width that is still worth something, as a fraction of the error.
    Returns:
        m in the curve's unit: value at the fit's level, low at 99 %, high at 80 % confidence.
    Raises:
        ValueError: a tolerance that is not positive; not even the last shard is known that well.
    """
    if not tolerance > 0:
        raise ValueError(f"tolerance is {tolerance}; give a positive fraction of the error such as 0.1")
    reached = [trusted_up_to(fit.shards, level, tolerance) for level in (fit.level, 0.99, 0.8)]
    if reached[0] is None:
        raise ValueError(
            f"even at the last shard the forecast is not within {as_percent(tolerance)}; add seeds or allow a larger "
            "tolerance"
        )
    value, low, high = (m or float(fit.shards.m[-1]) for m in reached)
    return Interval(value, min(low, value), max(high, value))


@dataclass(frozen=True)
class OffTheLine:
    """The newest point against the law of the others.

    Attributes:
        ratio: error measured over error forecast; above 1 where the model does worse than its law.
        above: whether the whole interval lies above 1.
        below: whether it lies below 1.
        reason: in words, what to look for.
    """

    ratio: Interval
    above: bool
    below: bool
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for JSON."""
        return asdict(self)


def off_the_line(fit: Fit) -> OffTheLine:
    """Is the newest point above the law of the earlier ones: a capacity, search or data problem?

    Raises:
        ValueError: fewer than five shards, so that the others show no law.
    """
    shards = fit.shards
    if len(shards) < 5:
        raise ValueError(f"{len(shards)} shards: four others are needed to say where the newest should be")
    runs = float(shards.runs[-1])
    ahead = carry_on(shards.take(slice(-1)), shards.m[-1:], fit.level, runs=runs)
    ratio = Interval(*(float(shards.error[-1] / v[0]) for v in (ahead.value, ahead.high, ahead.low)))
    above, below = ratio.low > 1, ratio.high < 1
    if above:
        reason = "above the law: look for too small a model, an unfinished search, or harder or repeated data"
    elif below:
        reason = "below the law: look for a leak into the validation set, or a change of recipe"
    else:
        reason = "on the law, within its interval"
    return OffTheLine(ratio, above, below, reason)


def _ahead(fit: Fit) -> Prediction:
    last = float(fit.shards.m[-1])
    return carry_on(fit.shards, np.geomspace(last, last * REACH, _STEPS), fit.level)


def _first_below(m: Floats, error: Floats, target: float) -> float:
    """Where a falling error first reaches the target; inf if it does not."""
    falling = np.minimum.accumulate(error)
    if falling[-1] > target:
        return inf
    return float(np.exp(np.interp(-np.log(target), -np.log(falling), np.log(m))))
