"""Curves and points as plain values, ready for JSON."""

from __future__ import annotations

import math
from typing import Any

from steepness.study.claims import Claim
from steepness.study.curves import Curve
from steepness.study.fitted import Point


def curve_dict(curve: Curve) -> dict[str, Any]:
    """A curve as `fit --json` prints it."""
    return {
        "id": curve.id,
        "model": curve.model,
        "metric": curve.metric,
        "unit": curve.unit,
        "best_fit": curve.best_fit,
        "size": curve.size,
        "points": [point_dict(p) for p in curve.points],
        "fits": [f.as_dict() for f in curve.fit.fits] if curve.fit else [],
        "quoted": {"form": curve.quoted.form, "range": curve.quoted.range} if curve.fit else None,
        "reason": curve.reason,
        "warning": "; ".join(curve.warnings) or None,
        "warnings": list(curve.warnings),
        "selection_gap": curve.gap.as_dict() if curve.gap else None,
        "regions": list(curve.quoted_fit.shown_regions) if curve.quoted_fit else [],
        "boundary": curve.fit.boundary.as_dict() if curve.fit and curve.fit.boundary else None,
        "beta_g": curve.quoted.beta_g.as_dict() if curve.fit else None,
        "beta_p": curve.size_law.value.beta_p.as_dict() if curve.size_law.value else None,
        "claim": curve.claim.as_dict() if curve.claim else None,
        "own_data": curve.own_data,
        "verdict": _verdict_dict(curve, curve.claim),
        "further_claims": [c.as_dict() | {"verdict": _verdict_dict(curve, c)} for c in curve.claims[1:]],
    }


def _verdict_dict(curve: Curve, claim: Claim | None) -> dict[str, Any] | None:
    found = curve.verdict_on(claim) if claim else None
    return found.as_dict() if found else None


def point_dict(point: Point) -> dict[str, Any]:
    """A point as `fit --json` prints it."""
    names = ("m", "error", "low", "high", "seeds", "se", "test", "size", "params", "flagged", "biased")
    values = {name: getattr(point, name) for name in names}
    return {name: None if isinstance(v, float) and math.isnan(v) else v for name, v in values.items()}
