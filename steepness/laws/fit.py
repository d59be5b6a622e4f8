"""What is the exponent of a curve: both forms, over all shards and over its power-law region."""

from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any, Literal

from numpy.typing import ArrayLike

from steepness.laws import picture
from steepness.laws.amounts import amount
from steepness.laws.cautions import cautions
from steepness.laws.checks import level_of
from steepness.laws.curve_fit import CurveFit
from steepness.laws.fits import Fits
from steepness.laws.forms import FORMS, Form
from steepness.laws.interval import Interval
from steepness.laws.law_fit import fit_curve
from steepness.laws.points import Shards, gather
from steepness.laws.regions import MIN_SHARDS, Regions, find_regions
from steepness.laws.rows import read_rows


class Rising(ValueError):
    """An error that rises with m, which follows none of these laws, though it can be forecast.

    Attributes:
        doubt: the same for whoever forecasts it already.
    """

    def __init__(self, fact: str) -> None:
        self.doubt = f"{fact}; pass a metric where lower is better"
        super().__init__(
            f"{self.doubt}, or forecast it (extrapolate; `steepness forecast`), as any curve can be"
        )


@dataclass(kw_only=True, frozen=True, repr=False)
class Fit(Fits):
    """A curve's steepness under every form and range, with the one to quote, and what to doubt about it."""

    __repr__ = picture.in_short
    _repr_html_ = picture.in_html
    plot = picture.plot
    to_frame = picture.to_frame

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Why the exponent should not be quoted as it stands, the gravest reason first; empty if it may."""
        return tuple(cautions(self))

    @property
    def warning(self) -> str | None:
        """All of `warnings` as one line; None without any."""
        return "; ".join(self.warnings) or None

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, strings and lists, ready for JSON."""
        return {
            "recommended": self.recommended.as_dict(),
            "reason": self.reason,
            "warning": self.warning,
            "warnings": list(self.warnings),
            "level": self.level,
            "boundary": self.boundary.as_dict() if self.boundary else None,
            "m": self.shards.m.tolist(),
            "error": self.shards.error.tolist(),
            "regions": list(self.shown_regions),
            "fits": [f.as_dict() for f in self.fits],
        }


def fit(
    m: ArrayLike,
    error: ArrayLike,
    *,
    form: Literal["auto"] | Form = "auto",
    seeds: ArrayLike | None = None,
    level: float = 0.95,
    chance: float | None = None,
    permutations: ArrayLike | None = None,
    upper_bound: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Fit:
    """Fit error(m) = alpha * m**beta_g + gamma, with and without gamma, to the log error; every run weighs the same.

    Args:
        m: shard sizes, shape (n,), in the curve's unit, > 0; repeated m are runs of the same shard.
        error: the metric, lower is better, shape (n,), or (n, r) with a column for each run, >= 0; zeros are averaged
            with other runs of their m.
        form: the form to recommend; "auto" lets the data choose.
        seeds: labels of the runs' seeds, shape (n,), or (r,) where runs stand in columns.
        level: confidence of the intervals, between 0 and 1: Student's for the straight line, of the profile likelihood
            with thresholds of Student's t for the form with a constant.
        chance: the error of guessing, in the metric's unit; points near it count as small data.
        permutations: of which shards are prefixes, labels, shape (n,): their runs share the luck of its first examples.
        upper_bound: which errors are upper bounds, as training stopped while still improving, shape (n,).
        counts: held-out examples behind each error where it is a share of them, shape (n,), for its binomial noise.
        weights: how many runs each point counts as, up to a factor, shape (n,), > 0; all errors must be above 0.
    Raises:
        ValueError: fewer than 3 distinct m, values not finite and positive, lengths that differ, a shard whose
            errors are all 0 without counts, an error that rises with m, a chance or level out of range.
    Source: Hestness et al. 2017, eq. 1 and figure 6 (the three regions).
    """
    rows = read_rows(
        m,
        error,
        seeds=seeds,
        permutations=permutations,
        upper_bound=upper_bound,
        counts=counts,
        weights=weights,
    )
    if form not in ("auto", *FORMS):
        raise ValueError(f"form is {form!r}; choose auto, power or power_constant")
    if chance is not None and not 0 < chance < inf:
        raise ValueError(
            f"chance is {chance}; give the error of guessing in the metric's unit, or leave it out"
        )
    return _fit(gather(rows), form, level_of(level), chance)


def _fit(shards: Shards, form: str, level: float, chance: float | None) -> Fit:
    regions = find_regions(shards, chance)
    power_all = fit_curve(shards, "power", "all", slice(0, len(shards)), level)
    if power_all.beta_g.value > 1e-9 and power_all.beta_g.low > 0:
        raise Rising(f"the error rises with m (exponent {power_all.beta_g.value:+.3f})")
    power_law, constant_law = _over_region(shards, regions, power_all)
    chosen, reason = _recommend(power_law, constant_law, form, regions)
    if regions.others:
        reason += f"; the law may begin {_elsewhere(shards, regions)}, and intervals allow for it"
    return Fit(
        power_all=power_all,
        power_law=power_law,
        constant_law=constant_law,
        recommended=chosen,
        reason=reason,
        regions=regions.labels,
        boundary=regions.boundary,
        level=level,
        shards=shards,
    )


def _elsewhere(shards: Shards, regions: Regions) -> str:
    """The other shards that the law may begin at, in words."""
    first, places = regions.straight.start, {"early": min(regions.others), "late": max(regions.others)}
    return " or ".join(
        f"as {when} as m = {amount(shards.m[s])}"
        for when, s in places.items()
        if (s < first) == (when == "early")
    )


def _over_region(shards: Shards, regions: Regions, power_all: CurveFit) -> tuple[CurveFit, CurveFit]:
    """Both forms over the power-law region; intervals hold those of other shards that it may begin at."""
    straight, level = regions.straight, power_all.level
    power = (
        power_all.over("power_law")
        if straight == slice(0, len(shards))
        else fit_curve(shards, "power", "power_law", straight, level)
    )
    constant = fit_curve(shards, "power_constant", "power_law", regions.lawful, level)
    for first in regions.others:
        if straight.stop - first >= MIN_SHARDS:
            other = slice(first, straight.stop)
            power = _joined(power, fit_curve(shards, "power", "power_law", other, level))
        other = slice(first, len(shards))
        constant = _joined(constant, fit_curve(shards, "power_constant", "power_law", other, level))
    return power, constant


def _joined(fitted: CurveFit, other: CurveFit) -> CurveFit:
    """The fit, with intervals of exponent and constant that hold another's."""
    return fitted.but(beta_g=_hull(fitted.beta_g, other.beta_g), gamma=_hull(fitted.gamma, other.gamma))


def _hull(interval: Interval, other: Interval) -> Interval:
    return Interval(interval.value, min(interval.low, other.low), max(interval.high, other.high))


def _recommend(power: CurveFit, constant: CurveFit, form: str, regions: Regions) -> tuple[CurveFit, str]:
    over = "over all shards" if len(regions.labels) == constant.n_shards else "over the power-law region"
    if form != "auto":
        return (power if form == "power" else constant), f"{form} was asked for, {over}"
    if constant.gamma.low > 0:
        share = constant.gamma.value / constant.last_error
        return constant, f"the curve flattens: the constant is {100 * share:.0f} % of the last error, {over}"
    # a constant too small to see still steepens the exponent, so the interval must allow for one
    doubt = _hull(power.beta_g, constant.beta_g)
    return power.but(beta_g=doubt), f"no constant can be told from 0, but the interval allows for one, {over}"
