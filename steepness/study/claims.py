"""The paper's claims, and which of them a curve is held against."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Any

import msgspec

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


@functools.cache
def claims() -> tuple[Claim, ...]:
    """All curves that the paper reports, in its order."""
    points, sizes = _points("learning_curve"), _points("model_size")
    published = msgspec.toml.decode((FOLDER / "claims.toml").read_bytes(), type=_File).curve
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


def find_claims(domain: str, model: str, size: int | None, metric: str) -> tuple[Claim, ...]:
    """The claims that a curve is held against: of the same model if the paper has it.

    A fixed size is held only against curves of a fixed size, and against all of them unless the paper has that very
    size; a best fit is held only against best fits, the domain's first unless the paper has that model.
    """
    here = [c for c in claims() if (c.domain, c.metric, c.fixed_size) == (domain, metric, size is not None)]
    same = [c for c in here if c.id.split("/")[1] in (model, f"{model}-{size}")]
    return tuple(same or (here[:1] if size is None else here))
