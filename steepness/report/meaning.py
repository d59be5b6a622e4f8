"""What a curve means, in sentences: what doubling buys, where it stands, whether its newest point left the line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from steepness.laws import Interval
from steepness.laws.amounts import counted
from steepness.press.words import ELLIPSIS, exponent_with_bounds, interval, number, signed
from steepness.study.names import claim_scale, metric_name
from steepness.study.outlook import Joint, Outlook

if TYPE_CHECKING:
    from steepness.study import Study
    from steepness.study.curves import Curve

REGIONS = {
    "small_data": "the small-data region: the models do hardly better than guessing, and the law has not begun",
    "power_law": "the power-law region, where every doubling buys the same share of the error",
    "irreducible": "the irreducible region: more data of this kind buys little, better models or cleaner labels may",
}


def sentences(study: Study, curve: Curve, ahead: Outlook) -> Iterator[str]:
    """What a fitted curve means, a sentence for each question."""
    yield _doubling(study, curve, ahead)
    yield _region(study, curve)
    yield _newest(curve, ahead)
    yield _trusted(study, ahead)
    if curve.claim:
        yield _beside(study, curve)


def _doubling(study: Study, curve: Curve, ahead: Outlook) -> str:
    gain, name = ahead.doubling.value, metric_name(study, curve.metric)
    if gain is None:
        return f"What doubling the data buys cannot be told: {ahead.doubling.reason}."
    return f"Doubling the data again changes the {name} by {percent(gain)}, a new measurement’s interval."


def _region(study: Study, curve: Curve) -> str:
    assert curve.fit
    if not curve.quoted.falls:
        return "No fall of the error is shown, so these shards lie in no region of a law: it takes more data or seeds."
    regions = curve.fit.regions
    inside = regions.count("power_law")
    return (
        f"The largest shard, {curve.points[-1].m:,} {study.manifest.unit}, lies in {REGIONS[regions[-1]]}; "
        f"{inside} of {len(regions)} shards lie in the power-law region."
    )


def _newest(curve: Curve, ahead: Outlook) -> str:
    found = ahead.newest.value
    if found is None:
        return "Too few shards to say whether the newest point left the line of the others."
    off = percent(found.ratio.map(lambda ratio: ratio - 1))
    flagged = " It was still improving when training stopped." if curve.points[-1].flagged else ""
    return f"The newest point lies {off} off the forecast from the others: {found.reason}.{flagged}"


def _trusted(study: Study, ahead: Outlook) -> str:
    reach = ahead.trusted.value
    if reach is None:
        return f"No forecast from this curve is known to 10 %: {ahead.trusted.reason}."
    return f"A forecast is known to 10 % up to m = {number(reach.value)} {study.manifest.unit}."


def _beside(study: Study, curve: Curve) -> str:
    claim, scale = curve.claim, claim_scale(study, curve)
    assert claim
    if scale is None or not claim.points[0]:
        return f"The paper’s curve ({claim.id}) is in another unit or metric, or has no points to set beside ours."
    low, high = curve.points[0].m / scale, curve.points[-1].m / scale
    theirs = min(claim.points[0]), max(claim.points[0])
    where = (
        "overlap with"
        if high >= theirs[0] and low <= theirs[1]
        else "end before"
        if high < theirs[0]
        else "begin beyond"
    )
    return (
        f"Our shards ({number(low)} to {number(high)} {claim.unit}) {where} the paper’s "
        f"({number(theirs[0])} to {number(theirs[1])})."
    )


def joint_sentences(study: Study, curve: Curve, joint: Joint) -> Iterator[str]:
    """What size and data bring together, or why that cannot be told."""
    law, best = joint.law.value, joint.optimum
    if law is None:
        yield f"{curve.model}: no joint law: {joint.law.reason}."
        return
    formula = law.formula.replace("**a", "ᵃ").replace("**b", "ᵇ")
    yield (
        f"{curve.model}: error = {formula} over {counted(len(joint.runs), 'trial')}, the lowest of each size at each "
        f"shard: a = {exponent_with_bounds(law.a)} for parameters N, b = {exponent_with_bounds(law.b)} "
        "for data D."
    )
    yield from (f"To doubt: {warning}." for warning in law.warnings)
    if best is None:
        yield f"No compute-optimal size: {joint.frontier.reason}."
        return
    yield (
        f"At the compute of its dearest trial, {number(best.flops)} FLOPs, the best would be {interval(best.params)} "
        f"parameters on {interval(best.data)} {study.manifest.unit}, at {number(joint.flops_per_parameter)} FLOPs per "
        "parameter and unit of data, the median of these trials, epochs included."
    )


def percent(share: Interval) -> str:
    """A share with its bounds, signed, in percent."""
    value, low, high = (signed(100 * v) for v in (share.value, share.low, share.high))
    return f"{value} % ({low}{ELLIPSIS}{high})"
