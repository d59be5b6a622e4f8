"""The paper's central claim over several comparisons: architectures shift the curve and do not tilt it.

Every comparison gives a difference of exponents by pairs of runs, and a shift. Pooled over all: how far the true
differences scatter, whether any is not 0, and beside each arm's size law the paper's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from math import exp, log1p
from typing import Any

import msgspec

from steepness.compare.stored import Arm, Comparison
from steepness.compare.words import percent, signed_exponent
from steepness.laws import Estimate, Interval
from steepness.laws.interval import in_percent
from steepness.laws.pool import Pooled, pool
from steepness.press.table import Table, table_text
from steepness.press.words import exponent, exponent_with_bounds, interval, number

TRUE_IF = 0.05
"""p-value from which on a pooled difference is called one."""


@dataclass(kw_only=True, frozen=True)
class Together:
    """Pooled differences of exponents, and pooled log ratios of errors."""

    tilt: Pooled
    shift: Pooled


@dataclass(kw_only=True, frozen=True)
class Claim:
    """All comparisons together.

    Attributes:
        pooled: what they come to.
        left_out: comparisons without bounds, or with an arm that has learnt nothing, by name.
    """

    comparisons: tuple[Comparison, ...]
    pooled: Estimate[Together]
    left_out: tuple[str, ...]


def central_claim(comparisons: Sequence[Comparison]) -> Claim:
    """Pool comparisons; those of one baseline arm share its noise."""
    learnt = [c for c in comparisons if c.baseline.learnt and c.candidate.learnt]
    told = [c for c in learnt if _tilt(c).value and _shift(c).value]
    left_out = tuple(f"{c.domain}, {c.name}" for c in comparisons if c not in told)
    pooled = Estimate.of(lambda: Together(tilt=_pool(told, _tilt), shift=_pool(told, _log_ratio)))
    return Claim(comparisons=tuple(comparisons), pooled=pooled, left_out=left_out)


def _tilt(comparison: Comparison) -> Estimate[Interval]:
    return comparison.steepness_difference.estimate


def _shift(comparison: Comparison) -> Estimate[Interval]:
    return comparison.shift_percent.estimate


def _log_ratio(comparison: Comparison) -> Estimate[Interval]:
    return _shift(comparison).map(lambda percents: percents.map(lambda p: log1p(p / 100)))


def _pool(told: Sequence[Comparison], column: Callable[[Comparison], Estimate[Interval]]) -> Pooled:
    values = [value for c in told if (value := column(c).value)]
    level = min((c.level for c in told), default=0.95)
    return pool(values, estimates_level=level, groups=[c.baseline.study for c in told])


def differences_table(claim: Claim) -> Table:
    """A row for each comparison, then all together."""
    rows = [
        [c.domain, c.name, _said(_shift(c), percent), _said(_tilt(c), signed_exponent), c.verdict]
        for c in claim.comparisons
    ]  # fmt: skip
    if pooled := claim.pooled.value:
        mean = pooled.shift.mean.map(in_percent)
        rows.append(["all", f"mean of {pooled.tilt.n}", percent(mean), signed_exponent(pooled.tilt.mean), ""])
    head = [
        "Domain",
        "Candidate against baseline",
        "Shift of the error",
        "Difference of exponents",
        "Verdict",
    ]
    return Table(
        head, rows, frozenset({2, 3}), frozenset({len(claim.comparisons)}) if pooled else frozenset()
    )


def pooled_table(claim: Claim) -> Table:
    """All comparisons together: do candidates tilt their curves, do they shift them; empty if too few have bounds."""
    rows = []
    if pooled := claim.pooled.value:
        tilt, shift = pooled.tilt, pooled.shift
        shifted = shift.scatter.map(lambda s: 100 * (exp(s) - 1))
        rows = [
            ["tilt (difference of exponents)", f"{tilt.n}", signed_exponent(tilt.mean),
             exponent_with_bounds(tilt.scatter), _told(tilt.p_none)],
            ["shift of the error", f"{shift.n}", percent(shift.mean.map(in_percent)), f"{interval(shifted)} %",
             _told(shift.p_none)],
        ]  # fmt: skip
    head = [
        "Candidates against baselines",
        "Comparisons",
        "Mean (95 %)",
        "True values scatter by",
        "Told from none?",
    ]
    return Table(head, rows, frozenset({1, 2, 3}))


def _told(p_none: float) -> str:
    return f"{'yes' if p_none <= TRUE_IF else 'no'} (p {number(p_none, 2)})"


def sizes_table(claim: Claim) -> Table:
    """Each arm's size law beside the paper's, an arm of several comparisons once."""
    arms = {arm.study: (c.domain, arm) for c in claim.comparisons for arm in (c.baseline, c.candidate)}
    rows = [
        [domain, arm.label, _said(_size_law(arm), exponent_with_bounds), _paper(arm)]
        for domain, arm in arms.values()
    ]
    return Table(["Domain", "Model", "Size law β_p (95 %)", "Hestness et al. 2017"], rows, frozenset({2}))


def sentences(claim: Claim) -> list[str]:
    """What all comparisons say together."""
    why = "Left out, as an arm has learnt nothing or no difference of exponents has bounds there"
    said = [f"{why}: {'; '.join(claim.left_out)}."] if claim.left_out else []
    if claim.pooled.value is None:
        return [f"Nothing can be said of all together: {claim.pooled.reason}.", *said]
    tilt, shift = claim.pooled.value.tilt, claim.pooled.value.shift
    verdict = (
        "a candidate tilts its curve" if tilt.p_none <= TRUE_IF else "no candidate is shown to tilt its curve"
    )
    moved = "shifts" if shift.p_none <= TRUE_IF else "is not shown to shift"
    return [
        f"Over {tilt.n} comparisons {verdict} (p {number(tilt.p_none, 2)}): the true differences of exponents "
        f"scatter by {exponent_with_bounds(tilt.scatter)} around {signed_exponent(tilt.mean)}.",
        f"Some candidate {moved} it (p {number(shift.p_none, 2)}): the true ratios of errors scatter by "
        f"{interval(shift.scatter.map(lambda s: 100 * (exp(s) - 1)))} % around {percent(shift.mean.map(in_percent))}.",
        *said,
    ]


def headline(claim: Claim) -> str:
    """What all comparisons say together, in a sentence; empty if too few have bounds."""
    if claim.pooled.value is None:
        return ""
    tilt, shift = claim.pooled.value.tilt, claim.pooled.value.shift
    shifted = "shift" if shift.p_none <= TRUE_IF else "are not shown to shift"
    tilted = "tilt it" if tilt.p_none <= TRUE_IF else "are not shown to tilt it"
    joint = "and" if (shift.p_none <= TRUE_IF) == (tilt.p_none <= TRUE_IF) else "but"
    return (
        f"Over {tilt.n} comparisons other models {shifted} the curve (p {number(shift.p_none, 2)}) {joint} {tilted} "
        f"(p {number(tilt.p_none, 2)})."
    )


def in_words(claim: Claim) -> str:
    """For a terminal."""
    return "\n\n".join(
        [table_text(differences_table(claim)), "\n".join(sentences(claim)), table_text(sizes_table(claim))]
    )


def as_dict(claim: Claim) -> dict[str, Any]:
    """Plain values, ready for JSON."""
    pooled = claim.pooled.value
    return {
        "comparisons": [_row(c) for c in claim.comparisons],
        "exponents": asdict(pooled.tilt) if pooled else None,
        "log_ratios": asdict(pooled.shift) if pooled else None,
        "problem": claim.pooled.reason,
        "left_out": list(claim.left_out),
        "words": sentences(claim),
    }


def _row(stored: Comparison) -> dict[str, Any]:
    """One comparison as a row of plain values."""
    arms = {side: getattr(stored, side) for side in ("baseline", "candidate")}
    values = ("domain", "preset", "metric", "verdict", "shift_percent", "steepness_difference")
    return {name: msgspec.to_builtins(getattr(stored, name)) for name in values} | {
        side: {
            "label": arm.label,
            "study": arm.study,
            "beta_p": msgspec.to_builtins(arm.beta_p),
            "paper_beta_p": _beta_p(arm),
        }
        for side, arm in arms.items()
    }


def _said(estimate: Estimate[Interval], words: Callable[[Interval], str]) -> str:
    return words(estimate.value) if estimate.value else f"– ({estimate.reason or 'unknown'})"


def _size_law(arm: Arm) -> Estimate[Interval]:
    return arm.beta_p.estimate if arm.beta_p else Estimate(None)


def _beta_p(arm: Arm) -> float | None:
    return (arm.paper or {}).get("beta_p")


def _paper(arm: Arm) -> str:
    found = _beta_p(arm)
    return "–" if found is None else f"{exponent(found)} ({(arm.paper or {}).get('id')})"
