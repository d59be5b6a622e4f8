"""How many shards and seeds a study needs for an exponent of a given width, from a finished study of its kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from steepness.laws.amounts import as_percent, counted
from steepness.laws.design import Components, Design, cheapest, components
from steepness.press.words import duration
from steepness.study.curves import Curve
from steepness.study.fitted import fit_columns
from steepness.study.prepare import Prepared
from steepness.study.study import Study
from steepness.training.trial import Record


@dataclass(kw_only=True, frozen=True)
class Designed:
    """The cheapest design of a study.

    Attributes:
        target: half-width of the exponent's interval that was asked for.
        known: variances that it rests on.
        source: the finished study's name.
        design: cost in seconds of one worker.
    """

    target: float
    known: Components
    source: str
    design: Design
    unit: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self)

    def in_words(self) -> str:
        """A line for each shard, then what it comes to."""
        lines = [
            f"{m:,.0f} {self.unit}: {counted(seeds, 'seed')}"
            for m, seeds in zip(self.design.m, self.design.seeds, strict=True)
        ]
        lines.append(
            f"The exponent would be known to ±{self.design.half_width:.2g} (asked: ±{self.target:g}) for about "
            f"{duration(self.design.cost)} of one worker. It rests on {self.source}, whose seeds differ by "
            f"{as_percent(self.known.seed**0.5, 1)} and whose shards stray by "
            f"{as_percent(self.known.shard**0.5, 1)} from their law. Half of such studies come "
            "out narrower. It is that of a straight line in log-log with a permutation for every seed: a constant that "
            "cannot be told from 0, or a region of small data, widens it."
        )
        if len(set(self.design.seeds)) > 1:
            lines.append(
                "Seeds that differ by shard come with a budget: `steepness run ... --budget TIME` adds them where they "
                "narrow the exponent most for their price."
            )
        return "\n".join(lines)


def design_study(ready: Prepared, like: Study, target: float) -> Designed:
    """The cheapest shards and seeds that show the exponent to a half-width.

    Shards are those of the preset, and further ones as far as the data reach, without those of a small-data
    region, which show nothing of the exponent.

    Args:
        like: finished, of the same domain; its noise and times are taken to be those of the study.
        target: half-width of the 95 % interval, > 0.
    Raises:
        ValueError: another domain; no data where its law begins; as `components` and `cheapest`.
    """
    if like.manifest.domain != ready.domain.name:
        raise ValueError(
            f"{like.path} is of {like.manifest.domain}, so it says nothing of {ready.domain.name}"
        )
    known = noise_of(like)
    begins = _law_begins(_curve(like))
    m = [shard for shard in _shards(ready) if shard >= begins]
    if len(m) < 3:
        raise ValueError(
            f"the law of {like.name} begins at m = {begins:,.0f}, and the data reach to {ready.data.train_units:,}; "
            "give a preset of larger shards"
        )
    design = cheapest(m, _costs(ready, like, m), known, target)
    return Designed(target=target, known=known, source=like.name, design=design, unit=ready.domain.unit)


def noise_of(study: Study) -> Components:
    """Variance components of a study's first best-fit curve, around its law.

    Raises:
        ValueError: as `components`, or there is no curve.
    """
    curve = _curve(study)
    points = fit_columns([p for p in curve.points if p.m >= _law_begins(curve)])
    return components(points["m"], points["error"], points["seeds"])


def _curve(study: Study) -> Curve:
    found = next((c for c in study.curves if c.best_fit), None)
    if found is None:
        raise ValueError(f"{study.path}: no trial is done, so its noise is not known; run it first")
    return found


def _law_begins(curve: Curve) -> float:
    """The first shard beyond the small-data region; 0 without one."""
    if curve.fit is None or curve.fit.boundary is None:
        return 0.0
    return float(curve.fit.shards.m[curve.fit.regions.index("power_law")])


def _shards(ready: Prepared) -> list[float]:
    """The preset's, then further ones while there are data."""
    sizes = [float(m) for m in ready.preset.shard_sizes()]
    while sizes[-1] * ready.preset.shards.factor <= ready.data.train_units:
        sizes.append(sizes[-1] * ready.preset.shards.factor)
    return sizes


def _costs(ready: Prepared, like: Study, m: Sequence[float]) -> list[tuple[float, float]]:
    """Seconds of a shard's first seed, which searches, and of a further one."""
    search, done = ready.preset.search, [r for r in like.records if r.status == "done"]
    first, further = _seconds(done, m), _seconds([r for r in done if r.complete], m)
    return [
        (search.trials * one, search.finalists * other) for one, other in zip(first, further, strict=True)
    ]


def _seconds(records: Sequence[Record], m: Sequence[float]) -> list[float]:
    """Of a trial at m, by a line through the logs."""
    runs = [(r.trial.m, r.timing.train_seconds + r.timing.evaluate_seconds) for r in records if r.timing]
    shards = sorted({shard for shard, _ in runs})
    mean = [float(np.mean([seconds for shard, seconds in runs if shard == s])) for s in shards]
    slope, middle = np.polyfit(np.log(shards), np.log(mean), 1)
    return [float(seconds) for seconds in np.exp(middle + slope * np.log(np.array(m)))]
