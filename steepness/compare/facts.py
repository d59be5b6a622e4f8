"""A comparison as plain values: what compare.json holds."""

from __future__ import annotations

import math
from typing import Any

from steepness.compare import words
from steepness.compare.advice import take
from steepness.compare.answer import MISTAKEN, POWER
from steepness.compare.contrast import Contrast, Side
from steepness.laws import Estimate, Interval

SCHEMA_VERSION = 1
NO_INTERVAL = "a p-value is itself a statement of chance: it has no interval"
NO_BOUND = "beyond the bound that is missing, the curves are never told apart"


def facts_of(contrast: Contrast) -> dict[str, Any]:
    """Plain values, ready for JSON: every figure with its interval, or the reason for having none."""
    manifest = contrast.baseline.study.manifest
    shift, laws, costs = contrast.shift, contrast.laws.value, {c.name: c for c in contrast.costs}
    return {
        "schema_version": SCHEMA_VERSION,
        "domain": manifest.domain,
        "preset": manifest.preset_name,
        "dataset": manifest.preset.dataset,
        "unit": contrast.unit,
        "metric": contrast.metric,
        "level": contrast.level,
        "verdict": contrast.verdict,
        "title": words.headline(contrast),
        "words": list(words.sentences(contrast)),
        "take": take(contrast),
        "notes": list(contrast.notes),
        "unmatched": list(contrast.unmatched),
        "baseline": _side(contrast.baseline, contrast.metric),
        "candidate": _side(contrast.candidate, contrast.metric),
        "shift_percent": _shift(contrast),
        "steepness_difference": bounded(shift.map(lambda told: told.steepness)),
        "p_value": shift.value.trend.p_value if shift.value else None,
        "shown_equal": _equal(contrast),
        "would_be_seen": _seen(contrast),
        "left_out": list(contrast.left_out),
        "zeros": list(contrast.zeros),
        "one_region": laws.shared if laws else None,
        "crossing": bounded(laws.crossing if laws else Estimate(None, contrast.laws.reason)),
        "cost": {"error": contrast.error}
        | {
            n: {side: bounded(getattr(c, side)) for side in ("baseline", "candidate", "ratio")}
            for n, c in costs.items()
        },
        "expected_at_10x": {
            "m": contrast.ahead_m,
            "baseline": bounded(contrast.baseline.ahead),
            "candidate": bounded(contrast.candidate.ahead),
            "shift_percent": bounded(contrast.ahead_shift),
        },
        "reasons": {"p_value": shift.reason or NO_INTERVAL},
    }


def _side(side: Side, metric: str) -> dict[str, Any]:
    law = Estimate(side.law.fit.beta_g if side.law else None, side.curve.fitted.reason)
    return {
        "label": side.label,
        "models": side.study.manifest.preset.models,
        "study": str(side.study.path),
        "trials": side.study.counts(),
        "learnt": side.learnt(metric),
        "steepness": bounded(law),
        "law": {"form": side.law.fit.form, "m": list(side.law.m)} if side.law else None,
        "beta_p": bounded(side.curve.size_law.map(lambda law: law.beta_p)),
        "paper": side.curve.claim.as_dict() if side.curve.claim else None,
    }


def _shift(contrast: Contrast) -> dict[str, Any]:
    shift = contrast.shift.value
    if shift is None:
        return bounded(Estimate(None, contrast.shift.reason)) | {"p_value": None, "shards": []}
    return bounded(Estimate(shift.overall)) | {
        "p_value": shift.middle.p_value,
        "per_doubling": shift.per_doubling.as_dict() | {"p_value": shift.trend.p_value},
        "shards": [{"m": m} | at.as_dict() for m, at in zip(shift.m, shift.at, strict=True)],
        "noise": shift.noise,
    }


def _equal(contrast: Contrast) -> dict[str, Any] | None:
    told = contrast.answer
    if told is None:
        return None
    bounds = {"low": told.between.low, "high": told.between.high}
    return {"shown": told.equal, "margin_percent": told.margin, "level": 1 - 2 * MISTAKEN} | bounds


def _seen(contrast: Contrast) -> dict[str, float] | None:
    told = contrast.answer
    return {"power": POWER, "shift_percent": told.unseen, "steepness": told.unseen_turn} if told else None


def bounded(estimate: Estimate[Interval]) -> dict[str, Any]:
    """An estimate for JSON, which has no infinity: a bound that is missing is null, with the reason."""
    values = estimate.as_dict()
    endless = [n for n in ("low", "high") if values[n] is not None and math.isinf(values[n])]
    return values | dict.fromkeys(endless) | ({"reason": NO_BOUND} if endless else {})
