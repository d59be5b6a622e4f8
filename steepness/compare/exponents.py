"""Each arm's law, as `steepness fit` quotes it, over one region for both; where the laws cross."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steepness.laws import CurveFit, Estimate, Interval
from steepness.laws.compare import crossing
from steepness.laws.law_fit import fit_curve
from steepness.study.curves import Curve

ENOUGH = 3
"""Shards that both arms have in their regions, for a law over those alone, or for pairs of those alone."""


@dataclass(frozen=True)
class Law:
    """A law with the shards it was fitted to, ascending, in the study's unit."""

    fit: CurveFit
    m: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Laws:
    """Both arms' laws.

    Attributes:
        baseline, candidate: of one form over the same shards, if `shared`; else each as `steepness fit` quotes it.
        alone: both as `steepness fit` quotes them.
        crossing: where they cross, in the study's unit.
    """

    baseline: Law
    candidate: Law
    alone: tuple[Law, Law]
    shared: bool
    crossing: Estimate[Interval]

    @property
    def quoted(self) -> bool:
        """Whether the laws are those that `steepness fit` quotes."""
        return (self.baseline, self.candidate) == self.alone


def laws_of(a: Curve, b: Curve) -> Laws:
    """The laws of two best-fit curves.

    Raises:
        ValueError: one of them cannot be fitted.
    """
    alone = _quoted(a), _quoted(b)
    laws, shared = alone, _alike(*alone)
    bent = "power_constant" in (law.fit.form for law in alone)
    if not shared and len(both := _common(a, b, bent)) >= ENOUGH:
        laws, shared = (_over(a, both, bent), _over(b, both, bent)), True
    first, last = min(law.m[0] for law in laws), max(law.m[-1] for law in laws)
    across = crossing(laws[0].fit, laws[1].fit, first, last)
    return Laws(baseline=laws[0], candidate=laws[1], alone=alone, shared=shared, crossing=across)


def lawful_from(curve: Curve) -> float:
    """The first shard that is no longer in the small-data region; 0 for a curve without a fit."""
    if curve.fit is None:
        return 0.0
    return float(curve.fit.shards.m[curve.fit.regions.index("power_law")])


def _quoted(curve: Curve) -> Law:
    if curve.fit is None:
        raise ValueError(f"{curve.model}: {curve.fitted.reason}")
    quoted = curve.quoted
    return Law(quoted, tuple(curve.fit.shards.m[curve.fit.region_of(quoted)].tolist()))


def _alike(a: Law, b: Law) -> bool:
    return (a.fit.form, a.m) == (b.fit.form, b.m)


def _common(a: Curve, b: Curve, bent: bool) -> list[float]:
    """The shards that lie in both curves' power-law regions, or beyond, where a law with a constant holds, too."""
    regions, lawful = [], ("power_law", "irreducible") if bent else ("power_law",)
    for curve in (a, b):
        assert curve.fit
        regions.append([m for m, name in zip(curve.fit.shards.m.tolist(), curve.fit.regions, strict=True)
                        if name in lawful])  # fmt: skip
    return sorted(set(regions[0]) & set(regions[1]))


def _over(curve: Curve, m: Sequence[float], bent: bool) -> Law:
    assert curve.fit
    shards = curve.fit.shards
    places = [shards.m.tolist().index(x) for x in m]
    keep = slice(places[0], places[-1] + 1)
    fitted = fit_curve(shards, "power_constant" if bent else "power", "power_law", keep, curve.fit.level)
    return Law(fitted, tuple(shards.m[keep].tolist()))
