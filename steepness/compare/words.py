"""A comparison in sentences and tables."""

from __future__ import annotations

import math
from collections.abc import Iterator

from steepness.compare.advice import take
from steepness.compare.answer import FALSE_ALARMS, POWER, Answer
from steepness.compare.contrast import FURTHER, Contrast
from steepness.laws import Interval
from steepness.laws.amounts import amount, as_percent, ranged
from steepness.press.table import Table
from steepness.press.words import (
    ELLIPSIS,
    MINUS,
    exponent_interval,
    exponent_with_bounds,
    interval,
    listing,
    number,
    signed,
)
from steepness.study.names import metric_name

UNUSUAL = 0.05
"""p-value under which a difference is not said to be within seed noise, whether or not it is called one."""
COST_NAMES = {"parameters": "parameters", "flops": "training FLOPs", "seconds": "training seconds"}


def headline(contrast: Contrast) -> str:
    """The answer as a title, with the number that it rests on."""
    return f"{contrast.candidate.label} against {contrast.baseline.label}: {_verdict(contrast)}"


def _verdict(contrast: Contrast) -> str:
    told, shift = contrast.answer, contrast.shift.value
    if told is None or shift is None:
        return f"cannot tell: {contrast.shift.reason}"
    if told.different:
        numbers = [percent(shift.overall)] * bool(told.shift)
        numbers += [f"exponent {signed_exponent(shift.steepness)}"] * bool(told.turn)
        return f"{told.words}, {listing(numbers)}"
    between = f"{signed(told.between.low)}{ELLIPSIS}{signed(told.between.high)} %"
    if told.equal:
        return f"no difference beyond {told.margin:g} % ({between})"
    return f"cannot tell: {percent(shift.overall)}, and shifts under {number(told.unseen, 2)} % would not be seen here"


def sentences(contrast: Contrast) -> Iterator[str]:
    """The questions and their answers, the verdict first, then what to do about it."""
    yield _shift(contrast)
    yield take(contrast)
    yield _steepness(contrast)
    yield _exponents(contrast)
    yield _crossing(contrast)
    yield _costs(contrast)
    yield _ahead(contrast)


def _shift(contrast: Contrast) -> str:
    name, other = contrast.candidate.label, contrast.baseline.label
    shift = contrast.shift.value
    if shift is None or contrast.answer is None:
        return f"No shift can be told: {contrast.shift.reason}."
    said = (
        f"{_capital(contrast.verdict)}: the error of {name} against that of {other} is {percent(shift.overall)} "
        f"overall, {_against_noise(bool(contrast.answer.shift), shift.middle.p_value)}"
    )
    return f"{said}{_power(contrast.answer)}.{_left_out(contrast)}"


def _power(told: Answer) -> str:
    """What a comparison that finds nothing has shown, or could have."""
    if told.different:
        return ""
    if told.equal:
        return (
            f"; that the errors differ by less than {told.margin:g} % at every shard is shown (90 %: "
            f"{signed(told.between.low)}{ELLIPSIS}{signed(told.between.high)} %)"
        )
    return (
        f"; a shift under {number(told.unseen, 2)} %, or {number(told.unseen_turn, 2)} in the exponent, would be "
        f"missed here in more than {100 * (1 - POWER):.0f} % of comparisons"
    )


def _left_out(contrast: Contrast) -> str:
    why = {
        "the small-data region of an arm": contrast.left_out,
        "where an error of 0 has no ratio to another": contrast.zeros,
    }
    said = [
        f"m = {listing([f'{m:,}' for m in shards])}, {reason}" for reason, shards in why.items() if shards
    ]
    return f" Left out is {listing(said)}." if said else ""


def _steepness(contrast: Contrast) -> str:
    shift = contrast.shift.value
    if shift is None or contrast.answer is None:
        return f"Steepness cannot be compared: {contrast.shift.reason}."
    turn = contrast.answer.turn
    return (
        f"Steepness, by pairs of runs: the exponents differ by {signed_exponent(shift.steepness)}, "
        f"{f'{turn}, ' * bool(turn)}{_against_noise(bool(turn), shift.trend.p_value)}; every doubling of the data "
        f"changes the ratio of the errors by {percent(shift.per_doubling)}."
    )


def _against_noise(called: bool, p_value: float) -> str:
    """What a difference is beside seed noise: what is called none may still be seldom brought about by noise alone."""
    if called:
        said = "more than seed noise explains"
    elif p_value < UNUSUAL:
        said = "a hint, too weak to be called a difference where two questions are asked"
    else:
        said = "no more than seed noise explains"
    return f"{said} (p {_p(p_value)})"


def _exponents(contrast: Contrast) -> str:
    laws = contrast.laws.value
    if laws is None:
        return f"Exponents cannot be compared: {contrast.laws.reason}."
    said = [f"{name} {exponent_with_bounds(law.fit.beta_g)}" for name, law in
            ((contrast.candidate.label, laws.candidate), (contrast.baseline.label, laws.baseline))]  # fmt: skip
    form = "with a constant" if laws.baseline.fit.form == "power_constant" else "without a constant"
    over = f"over m = {ranged(amount(laws.baseline.m[0]), amount(laws.baseline.m[-1]))}"
    if laws.quoted:
        same = f", both {form}, {over}" if laws.shared else ", each over its own region"
        return f"Exponents, as steepness fit gives them: β of {listing(said)}{same}."
    alone = [f"{name} {exponent_with_bounds(law.fit.beta_g)}" for name, law in
             zip((contrast.baseline.label, contrast.candidate.label), laws.alone, strict=True)]  # fmt: skip
    return (
        f"Exponents over the shards that lie in both arms’ regions: β of {listing(said)}, both {form}, {over}; each by "
        f"itself, steepness fit gives {listing(alone[::-1])}."
    )


def _crossing(contrast: Contrast) -> str:
    laws = contrast.laws.value
    if laws is None:
        return f"No crossing: {contrast.laws.reason}."
    at = laws.crossing.value
    if at is None:
        return f"No crossing: {laws.crossing.reason}."
    if at.low <= 0 and math.isinf(at.high):
        return f"The laws cross at {number(at.value)} {contrast.unit}, but the interval has no bounds."
    return f"The laws cross at m = {interval(at)} {contrast.unit}."


def _costs(contrast: Contrast) -> str:
    told = [(c, c.ratio.value) for c in contrast.costs]
    if contrast.error is None or all(ratio is None for _, ratio in told):
        return f"Costs cannot be compared at one error: {contrast.costs[0].ratio.reason}."
    said = [f"{interval(ratio)} times the {COST_NAMES[c.name]}" for c, ratio in told if ratio is not None]
    study = contrast.baseline.study
    return (
        f"To reach a {metric_name(study, contrast.metric)} of {number(contrast.error, 4)}, {contrast.candidate.label} "
        f"takes {listing(said)}."
    )


def _ahead(contrast: Contrast) -> str:
    a, b = contrast.baseline.ahead.value, contrast.candidate.ahead.value
    where = f"At {FURTHER} times the data ({amount(contrast.ahead_m)} {contrast.unit})"
    if a is None or b is None or contrast.ahead_shift.value is None:
        return f"{where}, nothing can be expected: {contrast.ahead_shift.reason}."
    return (
        f"{where}, expect {interval(b)} of {contrast.candidate.label} and {interval(a)} of {contrast.baseline.label}: "
        f"{percent(contrast.ahead_shift.value)}."
    )


def rule() -> str:
    """How the verdict comes about, for under it."""
    return (
        f"A shift or a change of steepness is called one only if seed noise, search included, would make such a "
        f"difference in fewer than {100 * FALSE_ALARMS:.0f} of 100 comparisons of a model with itself, over both "
        "questions together."
    )


def shards_table(contrast: Contrast) -> Table:
    """Shard by shard: both errors, and the shift with its interval."""
    shift = contrast.shift.value
    assert shift is not None
    rows = [
        [
            f"{m:,.0f}",
            *(number(side.at(m, contrast.metric), 4) for side in contrast.sides),
            *percent_parts(at),
        ]
        for m, at in zip(shift.m, shift.at, strict=True)
    ]
    head = [
        f"m ({contrast.unit})",
        contrast.baseline.label,
        contrast.candidate.label,
        "Shift",
        as_percent(contrast.level),
    ]
    return Table(head, rows, frozenset(range(5)))


def costs_table(contrast: Contrast) -> Table:
    """What one error costs either arm, and the ratio."""
    rows = [
        [COST_NAMES[c.name], *(interval(e.value) if e.value else "–" for e in (c.baseline, c.candidate, c.ratio))]
        for c in contrast.costs
    ]  # fmt: skip
    head = ["Cost", contrast.baseline.label, contrast.candidate.label, "Candidate over baseline"]
    return Table(head, rows, frozenset({1, 2, 3}))


def percent(shift: Interval) -> str:
    """A shift in percent with its bounds, all signed."""
    return "{} ({})".format(*percent_parts(shift))


def percent_parts(shift: Interval) -> tuple[str, str]:
    """A shift in percent and its bounds, signed."""
    return f"{signed(shift.value)} %", f"{signed(shift.low)}{ELLIPSIS}{signed(shift.high)}"


def signed_exponent(difference: Interval) -> str:
    """A difference of exponents with its bounds; positive where the candidate's is shallower."""
    value, bounds = exponent_interval(difference)
    low, high = bounds.split(ELLIPSIS)
    return f"{_plus(value)} ({_plus(low)}{ELLIPSIS}{_plus(high)})"


def _plus(text: str) -> str:
    """A number with its sign, unless it is 0 as it is written."""
    return text if text.startswith(MINUS) or not text.strip("0.") else f"+{text}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _p(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else number(value, 1)
