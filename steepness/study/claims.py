"""The paper's claims, and which of them a curve is held against."""

from __future__ import annotations

import bisect
import csv
import functools
from pathlib import Path
from typing import Any

import msgspec

from steepness.laws import CurveFit, Interval, fit
from steepness.laws.forms import Form
from steepness.laws.verdict import AGREE_LEVEL, DISAGREE_LEVEL, Exponent

FOLDER = Path(__file__).resolve().parents[1] / "baselines" / "paper"

Points = tuple[tuple[float, ...], tuple[float, ...]]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One published curve, a [[curve]] of claims.toml: error(m) = alpha * m**beta_g + gamma.

    Attributes:
        id: "domain/model", as in claims.toml.
        model, dataset, unit, metric: of the paper's curve, not ours.
        evidence: how well the exponent is evidenced: figure, text or recalled.
        beta_p: exponent of the size law, if reported.
        fixed_size: whether the curve is of one size, rather than of the best at each shard.
        power_law_from: smallest m of the published power-law region.
        chance: error of guessing by label frequencies, in the metric's unit; None if unknown.
        leaves_out: how many of the largest shards the published fit leaves out.
        points: the paper's own (m, error), read off its figure; empty if it has none.
        sizes: the paper's own (m, parameters), read off its figure; empty if it has none.
    """

    id: str
    domain: str
    model: str
    dataset: str
    unit: str
    metric: str
    alpha: float
    beta_g: float
    gamma: float = 0.0
    beta_p: float | None = None
    evidence: str
    fixed_size: bool = False
    power_law_from: float = 0.0
    chance: float | None = None
    leaves_out: int = 0
    points: Points = ((), ())
    sizes: Points = ((), ())

    def as_dict(self) -> dict[str, Any]:
        """Plain values, without the points."""
        names = (
            "id",
            "model",
            "fixed_size",
            "dataset",
            "unit",
            "metric",
            "alpha",
            "beta_g",
            "gamma",
            "beta_p",
            "evidence",
        )
        return {name: getattr(self, name) for name in names}


class _File(msgspec.Struct):
    curve: list[Claim]
    layouts: list[str]
    """Schemes of data set names that are public corpora from a folder; any other scheme is a user's own data."""


@functools.cache
def _file() -> _File:
    return msgspec.toml.decode((FOLDER / "claims.toml").read_bytes(), type=_File)


def is_own(dataset: str) -> bool:
    """Whether a data set is a user's own ("text:/books/*.txt"), which the paper claims nothing about."""
    scheme, separator, _ = dataset.partition(":")
    return bool(separator) and scheme not in _file().layouts


@functools.cache
def claims() -> tuple[Claim, ...]:
    """All curves that the paper reports, in its order."""
    points, sizes = _points("learning_curve"), _points("model_size")
    published = _file().curve
    return tuple(
        msgspec.structs.replace(
            claim, points=points.get(claim.id, ((), ())), sizes=sizes.get(claim.id, ((), ()))
        )
        for claim in published
    )


def _points(kind: str) -> dict[str, Points]:
    found: dict[str, list[tuple[float, float]]] = {}
    with (FOLDER / "points.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == kind:
                found.setdefault(row["curve"], []).append((float(row["m"]), float(row["value"])))
    return {curve: (tuple(m for m, _ in pairs), tuple(e for _, e in pairs)) for curve, pairs in found.items()}


def published_range(claim: Claim) -> Points:
    """The paper's own points over which it fits its law."""
    m, error = claim.points
    first, last = bisect.bisect_left(m, claim.power_law_from), len(m) - claim.leaves_out
    return m[first:last], error[first:last]


@functools.cache
def published_fit(claim: Claim, level: float) -> CurveFit:
    """The published form over the published range, fitted again."""
    form: Form = "power_constant" if claim.gamma else "power"
    return fit(*published_range(claim), form=form, level=level).of(form, "all")


def published_exponent(claim: Claim) -> Exponent:
    """The published exponent with the intervals of its own points; without points, as if it were exact."""
    if not claim.points[0]:
        exact = Interval(claim.beta_g, claim.beta_g, claim.beta_g)
        return Exponent(exact, exact)
    narrow, wide = (published_fit(claim, level).beta_g for level in (AGREE_LEVEL, DISAGREE_LEVEL))
    return Exponent(narrow, wide)


def find_claims(domain: str, model: str, size: int | None, metric: str) -> tuple[Claim, ...]:
    """The claims that a curve is held against: of the same model if the paper has it.

    A fixed size is held only against curves of a fixed size, and against all of them unless the paper has that very
    size; a best fit is held only against best fits, the domain's first unless the paper has that model.
    """
    here = [c for c in claims() if (c.domain, c.metric, c.fixed_size) == (domain, metric, size is not None)]
    same = [c for c in here if c.id.split("/")[1] in (model, f"{model}-{size}")]
    return tuple(same or (here[:1] if size is None else here))
