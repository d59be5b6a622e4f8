"""The paper's claims, and which of them a curve is held against."""

from __future__ import annotations

import csv
import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "baselines" / "paper"


Points = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True)
class Claim:
    """One published curve: error(m) = alpha * m**beta_g + gamma.

    Attributes:
        id: "domain/model", as in claims.toml.
        model, dataset, unit, metric: of the paper's curve, not ours.
        evidence: how well the exponent is evidenced: figure, text or recalled.
        beta_p: exponent of the size law, if reported.
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
    gamma: float
    beta_p: float | None
    evidence: str
    power_law_from: float
    leaves_out: int
    points: Points
    sizes: Points

    @property
    def fixed_size(self) -> bool:
        """Whether the curve is of one size, rather than of the best at each shard."""
        return "one fixed size" in self.model

    def as_dict(self) -> dict[str, Any]:
        """Plain values, without the points."""
        names = ("id", "model", "dataset", "unit", "metric", "alpha", "beta_g", "gamma", "beta_p", "evidence")
        return {name: getattr(self, name) for name in names}


@functools.cache
def claims() -> tuple[Claim, ...]:
    """All curves that the paper reports, in its order."""
    points, sizes = _points("learning_curve"), _points("model_size")
    table = tomllib.loads((FOLDER / "claims.toml").read_text())
    return tuple(
        Claim(
            id=row["id"],
            domain=row["domain"],
            model=row["model"],
            dataset=row["dataset"],
            unit=row["unit"],
            metric=row["metric"],
            alpha=row["alpha"],
            beta_g=row["beta_g"],
            gamma=row.get("gamma", 0.0),
            beta_p=row.get("beta_p"),
            evidence=row["evidence"],
            power_law_from=row.get("power_law_from", 0.0),
            leaves_out=row.get("leaves_out", 0),
            points=points.get(row["id"], ((), ())),
            sizes=sizes.get(row["id"], ((), ())),
        )
        for row in table["curve"]
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
