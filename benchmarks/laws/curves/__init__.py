"""The public curves, and how a forecaster is scored on them."""

import csv
import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steepness.laws.forms import Floats

SUITES = ("LCDB1.1", "ColPret", "DD", "Nano", "NMT8x", "Gadre", "Farseer")
THIN_SUITES = ("LCDB4x", "LCDB8x", "ColPret2x", "paper2x", "paper4x", "paper8x")
# Suites that hold the same curves, which leave-one-out has to leave out together.
FAMILIES = {
    "LCDB": ("LCDB1.1", "LCDB4x", "LCDB8x"),
    "ColPret": ("ColPret", "ColPret2x"),
    "paper": ("paper2x", "paper4x", "paper8x"),
} | {suite: (suite,) for suite in ("DD", "Nano", "NMT8x", "Gadre", "Farseer")}
_THINNED = {"LCDB1.1": (("LCDB4x", 2), ("LCDB8x", 3)), "ColPret": (("ColPret2x", 1), ("ColPret2x", 2))}
_LEAST, _MOST = 5, 10  # shards that a thinned curve is trained on
_PAPER = Path(__file__).parents[3] / "baselines" / "paper" / "points.csv"


@dataclass(frozen=True)
class Curve:
    """Training points and held-out points, shape (n,) and (q,)."""

    suite: str
    x: Floats
    y: Floats
    x_new: Floats
    y_new: Floats


def public_curves() -> list[Curve]:
    """All 658 curves."""
    rows = json.loads(gzip.decompress((Path(__file__).parent / "public.json.gz").read_bytes()))
    return [Curve(r["domain"], *(np.array(r[k], dtype=float) for k in ("x", "y", "xt", "yt"))) for r in rows]


def thinned(curves: list[Curve]) -> list[Curve]:
    """Curves cut to shards a factor of 2 apart, the last 1-3 held out, and the paper's own: 858 tasks."""
    made = [_thin(curve, suite, held) for curve in curves for suite, held in _THINNED.get(curve.suite, ())]
    return [curve for curve in made if curve] + list(_paper_curves())


def _thin(curve: Curve, suite: str, held: int) -> Curve | None:
    """The points nearest to halvings of the largest x; None if they are too few, or an error is 0."""
    x, y = np.concatenate([curve.x, curve.x_new]), np.concatenate([curve.y, curve.y_new])
    x, y = x[np.argsort(x)], y[np.argsort(x)]
    halvings = np.log(x[-1]) - np.log(2) * np.arange(int(np.log2(x[-1] / (x[0] * 0.99))) + 1)
    near = np.unique(np.abs(np.log(x) - halvings[:, None]).argmin(axis=1))[-(_MOST + held) :]
    if (y <= 0).any() or len(near) < _LEAST + held:
        return None
    known, new = near[:-held], near[-held:]
    return Curve(suite, x[known], y[known], x[new], y[new])


def _paper_curves() -> Iterator[Curve]:
    """The paper's learning curves, read off its figures, with the last 1, 2 and 3 points held out."""
    points: dict[str, list[tuple[float, float]]] = {}
    with _PAPER.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "learning_curve":
                points.setdefault(row["curve"], []).append((float(row["m"]), float(row["value"])))
    for rows in points.values():
        x, y = np.array(sorted(rows)).T
        for held in (1, 2, 3):
            if len(x) - held >= _LEAST:
                yield Curve(f"paper{2**held}x", x[:-held], y[:-held], x[-held:], y[-held:])


def rmsle(forecast: Floats, truth: Floats) -> float:
    """Root mean squared log error, at most 1; a forecast that is not finite and positive scores 1.

    Source: Alabdulmohsin et al. 2022, eq. 4; failures as in their notebook.
    """
    if not (np.isfinite(forecast).all() and (forecast > 0).all()):
        return 1.0
    return float(min(1.0, np.sqrt(np.mean(np.log(forecast / truth) ** 2))))


def interval_score(
    low: Floats, high: Floats, truth: Floats, level: float = 0.95
) -> tuple[float, float, float]:
    """Coverage, relative width and relative Winkler score of intervals on one curve."""
    width, miss = high - low, np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    columns = miss == 0, width / truth, (width + 2 / (1 - level) * miss) / truth
    return tuple(float(np.mean(column)) for column in columns)  # type: ignore[return-value]
