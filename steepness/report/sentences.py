"""Numbers and results as a reader wants them: short shard sizes, intervals, durations, the headline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from steepness.laws import Interval
    from steepness.study import Study
    from steepness.study.curves import Curve

MINUS = "\N{MINUS SIGN}"
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def number(value: float, digits: int = 3) -> str:
    """To that many significant digits, thousands separated, with a true minus sign."""
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    if value and not 1e-4 <= abs(value) < 1e9:
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}×10{str(int(power)).translate(RAISED)}".replace("-", MINUS)
    decimals = digits - 1 - math.floor(math.log10(abs(value))) if value else 0
    return f"{round(value, decimals):,.{max(decimals, 0)}f}".replace("-", MINUS)


def exponent(value: float, decimals: int = 3) -> str:
    """An exponent, to three decimals unless more are asked for."""
    return f"{value:.{decimals}f}".replace("-", MINUS) if math.isfinite(value) else number(value)


def exponent_interval(estimate: Interval) -> tuple[str, str]:
    """An exponent and its bounds, -0.071 and -0.076...-0.066, with the decimals that tell the bounds apart."""
    width = estimate.high - estimate.low
    decimals = min(max(3, 1 - math.floor(math.log10(width))), 6) if 0 < width < math.inf else 3
    value, low, high = (exponent(v, decimals) for v in (estimate.value, estimate.low, estimate.high))
    return value, f"{low}{ELLIPSIS}{high}"


def interval(estimate: Interval) -> str:
    """A value with its bounds, three significant digits."""
    return f"{number(estimate.value)} ({number(estimate.low)}{ELLIPSIS}{number(estimate.high)})"


def short(count: float) -> str:
    """A count for an axis: 8k, 1.05M, 2G."""
    for factor, suffix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= 0.9995 * factor:
            return f"{count / factor:.3g}{suffix}"
    return f"{count:.3g}"


def duration(seconds: float) -> str:
    """Seconds as 40 s, 12 min or 3.4 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def listing(words: list[str]) -> str:
    """The words as prose: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def plain(name: str) -> str:
    """A key in words: learning_rate -> learning rate."""
    return name.replace("_", " ")


def metric_unit(study: Study, metric: str) -> str:
    """The unit of one of the study's metrics."""
    return next(m.unit for m in study.manifest.metrics if m.name == metric)


def metric_name(study: Study, metric: str) -> str:
    """A metric in words, without a unit that its name ends in: cross_entropy_nats (nats per word) -> cross entropy."""
    unit = metric_unit(study, metric).split()
    return plain(metric).removesuffix(f" {unit[0]}" if unit else "")


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
        return Headline(f"{curve.model}: no exponent yet. {curve.problem}", "", "", "")
    power, bounds = exponent_interval(curve.quoted.beta_g)
    gamma = curve.quoted.gamma.value
    towards = f" towards {number(gamma)}" if curve.quoted.form == "power_constant" else ""
    level = f"{100 * curve.fit.level:.0f} %"
    return Headline(
        f"{curve.model}: error falls as m",
        power,
        f"({level}: {bounds})",
        towards + _against_claim(curve) + ".",
    )


def _against_claim(curve: Curve) -> str:
    if curve.claim is None:
        return "; the paper reports no such curve"
    where = "outside" if curve.verdict == "disagrees" else "inside"
    wide = ", but the interval is too wide to tell" if curve.verdict == "undecided" else ""
    return f"; the paper’s {exponent(curve.claim.beta_g)} is {where}{wide}: {curve.verdict}"


def boundary_line(study: Study, curve: Curve) -> str:
    """Where the small-data region ends, in the study's unit and in the one readers think in."""
    if curve.fit is None:
        return ""
    if curve.fit.boundary is None:
        return "No small-data region: the law holds from the first shard."
    end, also = curve.fit.boundary, study.manifest.shown_as
    line = f"The small-data region ends at m = {interval(end)} {study.manifest.unit}"
    if also:
        low, value, high = (number(m / also[1]) for m in (end.low, end.value, end.high))
        line += f", that is {value} ({low}{ELLIPSIS}{high}) {also[0]}"
    return line + ": between two shards; the bounds are other shards where it may end as well."


def claim_line(curve: Curve) -> str:
    """What the paper reports for a curve, how well that is evidenced, and how ours stands to it."""
    reason = f"Quoted: {curve.reason}. " if curve.fit else ""
    claim = curve.claim
    if claim is None:
        return f"{reason}The paper reports no such curve."
    constant = f" + {number(claim.gamma)}" if claim.gamma else ""
    verdict = f" Verdict: {curve.verdict}." if curve.verdict else ""
    return (
        f"{reason}Hestness et al. 2017 ({claim.id}: {claim.model}, {claim.dataset}; evidence: {claim.evidence}): "
        f"{number(claim.alpha)}·m^{exponent(claim.beta_g)}{constant} over {claim.unit}.{verdict}"
    )
