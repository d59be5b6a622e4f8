"""A study's results as sentences: the headline, how it stands to the claim, where a region ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from steepness.laws.amounts import as_percent
from steepness.press.words import MINUS, exponent, exponent_interval, interval, number

if TYPE_CHECKING:
    from steepness.laws import Verdict
    from steepness.study import Study
    from steepness.study.claims import Claim
    from steepness.study.curves import Curve


HYPHEN = re.compile(r"(?<![\w.])-(?=[\d∞])")
"""Of a negative number, as a terminal has it."""


@dataclass(frozen=True)
class Headline:
    """A curve's result as one sentence, in parts that are set differently: subject m^power bounds rest."""

    subject: str
    power: str
    bounds: str
    rest: str


def headline(curve: Curve) -> Headline:
    """A best-fit curve's result as a sentence."""
    if curve.fit is None:
        return Headline(f"{curve.model}: no exponent yet. {curve.fitted.reason}", "", "", "")
    power, bounds = exponent_interval(curve.quoted.beta_g)
    gamma = curve.quoted.gamma.value
    towards = f" towards {number(gamma)}" if curve.quoted.form == "power_constant" else ""
    level = as_percent(curve.fit.level)
    falls = "error falls as m" if curve.quoted.falls else "no fall of the error is shown: m"
    return Headline(
        f"{curve.model}: {falls}",
        power,
        f"({level}: {bounds})",
        towards + _against_claim(curve) + ".",
    )


def _against_claim(curve: Curve) -> str:
    if curve.claim is None or curve.verdict is None:
        return f"; {_unclaimed(curve)}"
    return f"; against the paper’s {exponent(curve.claim.beta_g)}: {curve.verdict.in_words()}"


def _unclaimed(curve: Curve) -> str:
    """Why a curve is held against nothing."""
    return (
        "the data are of your own, about which the paper claims nothing"
        if curve.own_data
        else "the paper reports no such curve"
    )


def verdict_cell(curve: Curve, claim: Claim) -> str:
    """A verdict for a table."""
    found = curve.verdict_on(claim)
    return found.in_words() if found else "–"


def verdict_lines(verdict: Verdict) -> list[str]:
    """Why a verdict is what it is, how both regimes lie, why it is provisional, and what would decide it."""
    lines = [f"Verdict: {verdict.in_words()}. {_capital(verdict.reason)}."]
    lines += [f"{_capital(o.in_words())}." for o in verdict.overlaps]
    if verdict.doubts:
        lines.append(f"Provisional, as {'; '.join(verdict.doubts)}.")
    if verdict.remedy:
        lines.append(f"To decide it: {verdict.remedy}.")
    return lines


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def boundary_line(study: Study, curve: Curve) -> str:
    """Where the small-data region ends, in the study's unit and in the one readers think in."""
    if curve.fit is None or not curve.quoted.falls:
        return ""
    if curve.fit.boundary is None:
        return "No small-data region: the law holds from the first shard."
    end, also = curve.fit.boundary, study.manifest.shown_as
    line = f"The small-data region ends at m = {interval(end)} {study.manifest.unit}"
    if also:
        line += f", that is {interval(end.map(lambda m: m / also[1]))} {also[0]}"
    return line + ": between two shards; the bounds are other shards where it may end as well."


def claim_line(curve: Curve) -> str:
    """What the paper reports for a curve, how well that is evidenced, and how ours stands to it."""
    reason = f"Quoted: {curve.reason}. " if curve.fit else ""
    claim = curve.claim
    if claim is None:
        return f"{reason}{_capital(_unclaimed(curve))}."
    constant = f" + {number(claim.gamma)}" if claim.gamma else ""
    verdict = " ".join(["", *verdict_lines(curve.verdict)]) if curve.verdict else ""
    return (
        f"{reason}Hestness et al. 2017, {claim.id}: {number(claim.alpha)}·m^{exponent(claim.beta_g)}{constant} over "
        f"{claim.unit}, of {claim.model} on {claim.dataset}; evidence: {claim.evidence}.{HYPHEN.sub(MINUS, verdict)}"
    )
