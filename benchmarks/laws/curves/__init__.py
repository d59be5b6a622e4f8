"""The public curves, and how a forecaster is scored on them."""

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steepness.laws.forms import Floats

SUITES = ("LCDB1.1", "ColPret", "DD", "Nano")
Forecaster = Callable[[Floats, Floats, Floats], Floats | tuple[Floats, Floats, Floats]]


@dataclass(frozen=True)
class Curve:
    """Training points and held-out points, shape (n,) and (q,)."""

    suite: str
    x: Floats
    y: Floats
    x_new: Floats
    y_new: Floats


def public_curves() -> list[Curve]:
    """All 532 curves."""
    rows = json.loads(gzip.decompress((Path(__file__).parent / "public.json.gz").read_bytes()))
    return [Curve(r["domain"], *(np.array(r[k], dtype=float) for k in ("x", "y", "xt", "yt"))) for r in rows]


def rmsle(forecast: Floats, truth: Floats) -> float:
    """Root mean squared log error, at most 1; a forecast that is not finite and positive scores 1.

    Source: Alabdulmohsin et al. 2022, eq. 4; failures as in their notebook.
    """
    if not (np.isfinite(forecast).all() and (forecast > 0).all()):
        return 1.0
    return float(min(1.0, np.sqrt(np.mean(np.log(forecast / truth) ** 2))))


def interval_score(low: Floats, high: Floats, truth: Floats) -> tuple[float, float, float]:
    """Coverage, relative width and relative Winkler score of 95 % intervals on one curve."""
    width, miss = high - low, np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return tuple(float(np.mean(v)) for v in (miss == 0, width / truth, (width + 40 * miss) / truth))  # type: ignore[return-value]
