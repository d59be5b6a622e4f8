"""A comparison in sentences, tables and plain values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from steepness.compare.contrast import FURTHER, Contrast, Side
from steepness.laws import Estimate, Interval
from steepness.press.table import Table
from steepness.press.words import (
    ELLIPSIS,
    MINUS,
    exponent,
    exponent_interval,
    interval,
    listing,
    number,
)
from steepness.study.names import metric_name

NO_INTERVAL = "a p-value is itself a statement of chance: it has no interval"
NO_BOUND = "beyond the bound that is missing, the curves are never told apart"


def headline(found: Contrast) -> str:
    """The answer as a title."""
    said = f"{found.candidate.label} against {found.baseline.label}: {found.answer}"
    return said if found.shift is None else f"{said} ({_percent(found.shift.overall)})"


def sentences(found: Contrast) -> Iterator[str]:
    """The five questions and their answers, the verdict first."""
    yield _shift(found)
    yield _steepness(found)
    yield _crossing(found)
    yield _costs(found)
    yield _ahead(found)


def _shift(found: Contrast) -> str:
    name, other = found.candidate.label, found.baseline.label
    if found.shift is None:
        return f"No shift can be told: {found.problem}."
    shift = found.shift
    noise, trend = (
        "more than seed noise explains" if real else "within seed noise" for real in found.found[:2]
    )
    verdict = found.answer[0].upper() + found.answer[1:]
    return (
        f"{verdict}: the error of {name} against that of {other} is {_percent(shift.overall)} overall, {noise} "
        f"(p {_p(shift.p_value)}); every doubling of the data changes that by {_percent(shift.per_doubling)}, {trend} "
        f"(p {_p(shift.trend_p_value)})."
    )


def _steepness(found: Contrast) -> str:
    if found.laws is None:
        return f"Steepness cannot be compared: {found.laws_problem}."
    a, b = (side.law for side in (found.baseline, found.candidate))
    assert a is not None
    assert b is not None
    value, bounds = exponent_interval(found.laws.steepness_difference)
    verdict = "another exponent" if found.found.steepness else "no difference in exponent"
    form = "with a constant" if found.laws.form == "power_constant" else "without a constant"
    return (
        f"Steepness: β {exponent(b.beta_g.value)} against {exponent(a.beta_g.value)}, both {form}, "
        f"a difference of {value} ({bounds}), p {_p(found.laws.p_value)}: {verdict}."
    )


def _crossing(found: Contrast) -> str:
    if found.laws is None or found.laws.crossing is None:
        return f"No crossing: {found.laws.reason if found.laws else found.laws_problem}."
    at = found.laws.crossing
    if at.low <= 0 and math.isinf(at.high):
        return f"The laws cross at {number(at.value)} {found.unit}, but the interval has no bounds."
    return f"The laws cross at {number(at.value)} {found.unit} ({number(at.low)}{ELLIPSIS}{number(at.high)})."


def _costs(found: Contrast) -> str:
    told = [(c, c.ratio.interval) for c in found.costs]
    if found.error is None or all(ratio is None for _, ratio in told):
        return f"Costs cannot be compared at one error: {found.costs[0].ratio.reason}."
    said = [f"{interval(ratio)} times the {COST_NAMES[c.name]}" for c, ratio in told if ratio is not None]
    study = found.baseline.study
    return (
        f"To reach a {metric_name(study, found.metric)} of {number(found.error, 4)}, {found.candidate.label} takes "
        f"{listing(said)}."
    )


COST_NAMES = {"parameters": "parameters", "flops": "training FLOPs", "seconds": "training seconds"}


def _ahead(found: Contrast) -> str:
    a, b = found.baseline.ahead.interval, found.candidate.ahead.interval
    where = f"At {FURTHER} times the data ({number(found.ahead_m)} {found.unit})"
    if a is None or b is None or found.ahead_shift.interval is None:
        return f"{where}, nothing can be expected: {found.ahead_shift.reason}."
    return (
        f"{where}, expect {interval(b)} of {found.candidate.label} and {interval(a)} of {found.baseline.label}: "
        f"{_percent(found.ahead_shift.interval)}."
    )


def shards_table(found: Contrast) -> Table:
    """Shard by shard: both errors, and the shift with its interval."""
    assert found.shift is not None
    rows = [
        [f"{m:,.0f}", *(number(side.at(m, found.metric), 4) for side in (found.baseline, found.candidate)),
         *_parts(at)]
        for m, at in zip(found.shift.m, found.shift.at, strict=True)
    ]  # fmt: skip
    head = [f"m ({found.unit})", found.baseline.label, found.candidate.label, "Shift", f"{found.level:.0%}"]
    return Table(head, rows, frozenset(range(5)))


def costs_table(found: Contrast) -> Table:
    """What one error costs either arm, and the ratio."""
    rows = [
        [COST_NAMES[c.name], *(interval(e.interval) if e.interval else "–" for e in (c.baseline, c.candidate, c.ratio))]
        for c in found.costs
    ]  # fmt: skip
    head = ["Cost", found.baseline.label, found.candidate.label, "Candidate over baseline"]
    return Table(head, rows, frozenset({1, 2, 3}))


def as_dict(found: Contrast) -> dict[str, Any]:
    """Plain values, ready for JSON: every figure with its interval, or the reason for having none."""
    manifest, laws = found.baseline.study.manifest, found.laws
    crossing = Estimate(laws.crossing if laws else None, laws.reason if laws else found.laws_problem)
    return {
        "domain": manifest.domain,
        "preset": manifest.preset_name,
        "dataset": manifest.preset.dataset,
        "unit": found.unit,
        "metric": found.metric,
        "level": found.level,
        "verdict": found.answer,
        "words": list(sentences(found)),
        "baseline": _side(found.baseline),
        "candidate": _side(found.candidate),
        "shift_percent": _shift_dict(found),
        "steepness_difference": bounded(
            Estimate(laws.steepness_difference if laws else None, found.laws_problem or None)
        ),
        "p_value": laws.p_value if laws else None,
        "crossing": bounded(crossing),
        "cost": {"error": found.error}
        | {
            c.name: {name: bounded(getattr(c, name)) for name in ("baseline", "candidate", "ratio")}
            for c in found.costs
        },
        "expected_at_10x": {
            "m": found.ahead_m,
            "baseline": bounded(found.baseline.ahead),
            "candidate": bounded(found.candidate.ahead),
            "shift_percent": bounded(found.ahead_shift),
        },
        "reasons": {"p_value": NO_INTERVAL if laws else found.laws_problem},
    }


def _side(side: Side) -> dict[str, Any]:
    return {
        "label": side.label,
        "models": side.study.manifest.preset.models,
        "study": str(side.study.path),
        "trials": side.study.counts(),
        "steepness": bounded(Estimate(side.law.beta_g if side.law else None, None)),
    }


def _shift_dict(found: Contrast) -> dict[str, Any]:
    shift = found.shift
    if shift is None:
        return bounded(Estimate(None, found.problem)) | {"p_value": None, "shards": []}
    return bounded(Estimate(shift.overall)) | {
        "p_value": shift.p_value,
        "per_doubling": shift.per_doubling.as_dict() | {"p_value": shift.trend_p_value},
        "shards": [{"m": m} | at.as_dict() for m, at in zip(shift.m, shift.at, strict=True)],
    }


def bounded(estimate: Estimate) -> dict[str, Any]:
    """An estimate for JSON, which has no infinity: a bound that is missing is null, with the reason."""
    values = estimate.as_dict()
    endless = [n for n in ("low", "high") if values[n] is not None and math.isinf(values[n])]
    return values | dict.fromkeys(endless) | ({"reason": NO_BOUND} if endless else {})


def _percent(shift: Interval) -> str:
    return "{} ({})".format(*_parts(shift))


def _parts(shift: Interval) -> tuple[str, str]:
    """A shift in percent and its bounds, signed."""
    value, low, high = (f"{v:+.1f}".replace("-", MINUS) for v in (shift.value, shift.low, shift.high))
    return f"{value} %", f"{low}{ELLIPSIS}{high}"


def _p(value: float) -> str:
    return f"{value:.2f}" if value >= 0.01 else number(value, 1)
