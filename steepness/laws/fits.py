"""Both forms fitted over both ranges, and the one to quote: what a curve's laws are, without a word on them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from steepness.laws.curve_fit import CurveFit
from steepness.laws.forms import Form
from steepness.laws.interval import Interval
from steepness.laws.law_fit import fit_curve
from steepness.laws.points import Shards


@dataclass(kw_only=True, frozen=True, repr=False)
class Fits:
    """A curve's steepness under every form and range, with the one to quote.

    Attributes:
        power_all, power_law, constant_law: fits without a constant over both ranges, and with one over the
            power-law region, each with the interval that holds if its own form is the true one.
        recommended: the one of `fits` to quote. Where it is the straight line because no constant can be told
            from 0, its `beta_g` (alone) is widened to hold the interval of the form with a constant too.
        reason: why that one.
        regions: per distinct m ascending: "small_data", "power_law" or "irreducible".
        boundary: m at which the small-data region ends, in the curve's unit; None without one.
        level: confidence of the intervals.
        shards: the points, gathered per distinct m.
    """

    power_all: CurveFit
    power_law: CurveFit
    constant_law: CurveFit
    recommended: CurveFit
    reason: str
    regions: tuple[str, ...]
    boundary: Interval | None
    level: float
    shards: Shards

    @cached_property
    def beta_g(self) -> Interval:
        """The recommended fit's steepness."""
        return self.recommended.beta_g

    @property
    def shown_regions(self) -> tuple[str, ...]:
        """The regions; none where no fall of the error is shown, of which there is no law."""
        return self.regions if self.recommended.falls else ()

    @cached_property
    def fits(self) -> tuple[CurveFit, ...]:
        """One `CurveFit` per form and range: power, then with a constant, each over all shards first.

        The one that nothing else rests on, with a constant over all shards where the region is smaller, is fitted
        when it is first asked for.
        """
        whole = slice(0, len(self.shards))
        constant_all = (
            self.constant_law.over("all")
            if self.constant_law.n_shards == len(self.shards)
            else fit_curve(self.shards, "power_constant", "all", whole, self.level)
        )
        return self.power_all, self.power_law, constant_all, self.constant_law

    def region_of(self, chosen: CurveFit) -> slice:
        """The shards that one of `fits` describes."""
        if chosen.range == "all":
            return slice(0, len(self.shards))
        first = self.regions.index("power_law")
        return slice(first, first + chosen.n_shards)

    def of(self, form: Form, range: Literal["all", "power_law"]) -> CurveFit:
        """The fit of one form over one range."""
        return next(f for f in self.fits if f.form == form and f.range == range)
