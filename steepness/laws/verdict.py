"""One exponent against a published one: the rule, in its order, as a pure function of what both sides rest on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil, isfinite, log10
from typing import Any, Literal

from steepness.laws.amounts import as_percent
from steepness.laws.interval import Interval, difference

Answer = Literal["agrees", "disagrees", "consistent", "inconsistent", "undecided"]
MARGIN = 0.1  # of the claim: what still counts as the same exponent
AGREE_LEVEL, DISAGREE_LEVEL = 0.90, 0.95  # of the intervals within the margin, and wholly outside it
MIN_OVERLAP = 0.5  # decades of data; with less, both curves are of another regime
_OUTSIDE: dict[Answer, Answer] = {"agrees": "consistent", "disagrees": "inconsistent"}
_STEEPER_WITH_SHARDS = 1.5  # the exponent's interval narrows as shards to this power, and as the root of runs


@dataclass(frozen=True)
class Exponent:
    """An exponent with its intervals at `AGREE_LEVEL` and `DISAGREE_LEVEL`."""

    narrow: Interval
    wide: Interval


@dataclass(frozen=True)
class Overlap:
    """Where our power-law region lies, and the claim's.

    Attributes:
        what: the scale, in words: "images per class", "error relative to guessing".
        ours, claims: both ranges, low and high.
        decades: of data that both share; of an error relative to guessing, as the claim's law translates it.
    """

    what: str
    ours: tuple[float, float]
    claims: tuple[float, float]
    decades: float

    def in_words(self) -> str:
        """Both ranges, and how much they share."""
        (low, high), (first, last) = self.ours, self.claims
        shared = f"{self.decades:.1f} decades in common" if self.decades >= 0.05 else "nothing in common"
        theirs = f"the claim's {_plain(first)} to {_plain(last)}"
        return f"{self.what}: ours {_plain(low)} to {_plain(high)}, {theirs}, {shared}"


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Our side of the question.

    Attributes:
        straight: the exponent in the claim's own form.
        bent: the exponent in the other form, with a constant if the claim has none; None if not fitted.
        constant: whether a constant is told from 0 where the claim has none, so that no single exponent describes
            the curve.
        overlaps: of the regime, on every scale where both are known.
        doubts: why the answer is provisional: upper bounds, an edge of the search, a selection gap with a slope.
        shards, runs: behind the exponent.
    """

    straight: Exponent
    bent: Exponent | None = None
    constant: bool = False
    overlaps: tuple[Overlap, ...] = ()
    doubts: tuple[str, ...] = ()
    shards: int = 0
    runs: int = 0


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How an exponent stands to a published one.

    Attributes:
        answer: agrees or disagrees; consistent or inconsistent outside the claim's range; else undecided.
        outside: whether our power-law region and the claim's hardly overlap.
        doubts: why the answer is provisional; empty if it is not, or if it is undecided.
        difference: our exponent less the claim's, with the intervals of both (95 %).
        reason: the rule that gave the answer, with its figures.
        remedy: what would decide it; empty if it is decided.
        overlaps: of the regime.
    """

    answer: Answer
    outside: bool
    doubts: tuple[str, ...]
    difference: Interval
    reason: str
    remedy: str
    overlaps: tuple[Overlap, ...]

    @property
    def provisional(self) -> bool:
        """Whether the answer may change once its doubts are removed."""
        return bool(self.doubts)

    def in_words(self) -> str:
        """The answer in a few words: "disagrees, provisionally", "consistent, outside the claim's range"."""
        provisional = ", provisionally" if self.provisional else ""
        return self.answer + provisional + (", outside the claim’s range" if self.outside else "")

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for JSON."""
        return {**asdict(self), "provisional": self.provisional, "words": self.in_words()}


def judge(ours: Evidence, claim: Exponent, margin: float = MARGIN) -> Verdict:
    """Does our exponent agree with a published one?

    In this order: where the regimes hardly overlap, the answer is only one of consistency; where a constant is told
    from 0 that the claim has not, there is no single exponent to compare; with doubts, the answer is provisional.
    Then the difference of both exponents (Zou and Donner 2008): it agrees if its 90 % interval lies within the margin
    around 0, and disagrees if its 95 % interval lies wholly beyond, in either form; else it is undecided.

    Args:
        ours: our exponent and what it rests on.
        claim: the published exponent, with the intervals of its own points where it has them.
        margin: share of the claim that counts as the same.
    """
    outside = bool(ours.overlaps) and all(o.decades < MIN_OVERLAP for o in ours.overlaps)
    answer, reason, remedy = _answer(ours, claim, margin)
    if outside:
        answer = _OUTSIDE.get(answer, answer)
        remedy = remedy and f"{remedy}; and shards where the claim has its own"
    return Verdict(
        answer=answer,
        outside=outside,
        doubts=ours.doubts if answer != "undecided" else (),
        difference=difference(ours.straight.wide, claim.wide),
        reason=reason,
        remedy=remedy,
        overlaps=ours.overlaps,
    )


def overlap(what: str, ours: Sequence[float], claims: Sequence[float], steepness: float = 1.0) -> Overlap:
    """How much two ranges share.

    Args:
        what: the scale, in words.
        ours, claims: values on that scale, in any order, > 0.
        steepness: decades of the scale per decade of data: 1 for data itself, the exponent for an error.
    """
    (low, high), (first, last) = ((float(min(side)), float(max(side))) for side in (ours, claims))
    shared = max(log10(min(high, last) / max(low, first)), 0.0)
    return Overlap(what, (low, high), (first, last), shared / abs(steepness))


def _answer(ours: Evidence, claim: Exponent, margin: float) -> tuple[Answer, str, str]:
    allowed = margin * abs(claim.wide.value)
    if ours.constant and ours.bent:
        return (
            "undecided",
            "the curve flattens, so no single exponent describes it: "
            f"{_shown(ours.straight.wide)} without a constant, {_shown(ours.bent.wide)} with one",
            "shards over which the curve is straight, or a claim that has a constant",
        )
    narrow, wide = difference(ours.straight.narrow, claim.narrow), difference(ours.straight.wide, claim.wide)
    told = f"the difference is {_shown(wide)}, the margin {allowed:.3g} to either side"
    if -allowed <= narrow.low and narrow.high <= allowed:
        return "agrees", f"{told}; its {as_percent(AGREE_LEVEL)} interval lies within it", ""
    bent = difference(ours.bent.wide, claim.wide) if ours.bent else wide
    if _beyond(wide, allowed) and _beyond(bent, allowed):
        return (
            "disagrees",
            f"{told}; its {as_percent(DISAGREE_LEVEL)} interval lies outside, with a constant or without",
            "",
        )
    if _beyond(wide, allowed):
        return (
            "undecided",
            f"{told}; outside without a constant, but with one it is {_shown(bent)}",
            "shards over more decades, which tell whether the curve has a constant",
        )
    return "undecided", told, _remedy(ours, claim, allowed)


def _beyond(interval: Interval, allowed: float) -> bool:
    return interval.low > allowed or interval.high < -allowed


def _remedy(ours: Evidence, claim: Exponent, allowed: float) -> str:
    """How much narrower our interval would have to be, if the estimates stay where they are."""
    away = abs(difference(ours.straight.wide, claim.wide).value)
    room = allowed - away
    kind = (ours.straight.narrow, claim.narrow) if room > 0 else (ours.straight.wide, claim.wide)
    half, theirs = (side.half_width for side in kind)
    if theirs >= allowed:
        return f"nothing of ours: the claim’s own points do not tell it within a margin of {allowed:.2g}"
    if abs(room) <= theirs:
        return "more shards or runs, until the interval is clear of the margin: the difference itself is about as large"
    factor = half / (room**2 - theirs**2) ** 0.5
    if not isfinite(factor):
        return "more shards: these do not bound the exponent"
    shards = ceil(ours.shards * factor ** (1 / _STEEPER_WITH_SHARDS))
    return (
        f"an interval {factor:.2g} times narrower: about {max(shards, ours.shards + 1)} shards instead of "
        f"{ours.shards}, or {ceil(ours.runs * factor**2):,} runs instead of {ours.runs}"
    )


def _plain(value: float) -> str:
    """Three digits, and no powers of ten: amounts of data are read in full."""
    return f"{value:.3g}" if value < 1000 else f"{float(f'{value:.3g}'):,.0f}"


def _shown(interval: Interval) -> str:
    value, low, high = (
        f"{v:.4f}" if isfinite(v) else "-∞" if v < 0 else "∞"
        for v in (interval.value, interval.low, interval.high)
    )
    return f"{value} ({low} to {high})"
