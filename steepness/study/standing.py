"""How a curve stands to a claim of the paper: what its verdict rests on."""

from __future__ import annotations

from collections.abc import Iterator

from steepness.laws import CurveFit, Fit
from steepness.laws.forms import Form
from steepness.laws.verdict import Evidence, Exponent, Overlap, Verdict, judge, overlap
from steepness.study.claims import Claim, published_exponent, published_range
from steepness.study.fitted import FittedCurve


def stand(curve: FittedCurve, claim: Claim) -> Verdict | None:
    """The verdict on a claim; None for a curve without a fit."""
    if curve.fit is None or curve.fit_narrow is None:
        return None
    form: Form = "power_constant" if claim.gamma else "power"
    other: Form = "power" if claim.gamma else "power_constant"
    quoted = curve.fit.of(form, "power_law")
    evidence = Evidence(
        straight=_exponent(curve.fit_narrow.of(form, "power_law"), quoted),
        bent=_exponent(curve.fit_narrow.of(other, "power_law"), curve.fit.of(other, "power_law")),
        constant=not claim.gamma and curve.fit.of(other, "power_law").gamma.low > 0,
        overlaps=tuple(_overlaps(curve, curve.fit, claim)),
        doubts=tuple(_doubts(curve, curve.fit, quoted)),
        shards=quoted.n_shards,
        runs=quoted.n,
    )
    return judge(evidence, published_exponent(claim), curve.margin)


def _exponent(narrow: CurveFit, wide: CurveFit) -> Exponent:
    return Exponent(narrow.beta_g, wide.beta_g)


def _overlaps(curve: FittedCurve, fit: Fit, claim: Claim) -> Iterator[Overlap]:
    """On every scale that both sides are known on: data, and error relative to guessing."""
    if not claim.points[0]:
        return
    region = fit.shards.take(fit.region_of(fit.of("power", "power_law")))
    m, error = published_range(claim)
    units = {curve.unit: 1.0} | ({curve.shown_as[0]: curve.shown_as[1]} if curve.shown_as else {})
    if claim.unit in units:
        yield overlap(claim.unit, (region.m / units[claim.unit]).tolist(), m)
    if claim.chance and curve.chance:
        ours, theirs = (region.error / curve.chance).tolist(), [e / claim.chance for e in error]
        yield overlap("error relative to guessing", ours, theirs, claim.beta_g)


def _doubts(curve: FittedCurve, fit: Fit, quoted: CurveFit) -> Iterator[str]:
    region = fit.shards.take(fit.region_of(quoted))
    if region.bound is not None and region.bound.any():
        yield f"{int(region.bound.sum())} of {len(region)} shards were not trained out"
    first, last = region.m[0], region.m[-1]
    for name, shards in curve.edges.items():
        inside = sum(first <= m <= last for m in shards)
        if inside:
            dial = name.replace("_", " ")
            yield f"the best {dial} is at an edge of what was tried at {inside} of {len(region)} shards"
    if curve.gap and curve.gap.sloped:
        yield f"choosing the best of several runs bent the curve, by {curve.gap.slope.value:+.3f} in the exponent"
    biased = sum(p.biased for p in curve.points if first <= p.m <= last)
    if biased:
        yield f"{biased} of {len(region)} points are the best of several runs, and were not trained again"
