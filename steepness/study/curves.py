"""Learning curves out of records: the best fit at each shard, its law, and how it stands to the paper's claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from statistics import fmean, median

from steepness.laws import Estimate, SizeLaw, Verdict, fit_size
from steepness.laws.verdict import DISAGREE_LEVEL, MARGIN
from steepness.study.claims import Claim, find_claims, is_own
from steepness.study.converged import Lengthened
from steepness.study.edges import edges
from steepness.study.fitted import FittedCurve, Point, fit_points
from steepness.study.manifest import Manifest
from steepness.study.selection import Choice, best_fit, best_of_each, fixed_sizes
from steepness.study.standing import stand
from steepness.training.trial import Record


@dataclass(kw_only=True, frozen=True)
class Curve(FittedCurve):
    """Error over shards, of the best fit or of one fixed size, with its laws, and how they stand to the paper's."""

    @cached_property
    def verdict(self) -> Verdict | None:
        """How the exponent stands to the first claim; None without a claim or a fit."""
        return self.verdict_on(self.claim) if self.claim else None

    def verdict_on(self, claim: Claim) -> Verdict | None:
        """How the exponent stands to a claim; None without a fit."""
        return stand(self, claim)


def select_curves(manifest: Manifest, records: Iterable[Record], margin: float = MARGIN) -> tuple[Curve, ...]:
    """Every curve the records hold: per model and metric the best fit, then each size tried at 3 shards or more."""
    return tuple(chain.from_iterable(curves_by_model(manifest, records, margin)))


def curves_by_model(
    manifest: Manifest, records: Iterable[Record], margin: float = MARGIN
) -> Iterator[Iterator[Curve]]:
    """Each model's curves, made as they are asked for: its best fit by the first metric comes first, and takes a
    fraction of the time of all."""
    tried: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.status == "done":
            tried[record.trial.model].append(record)
    for model in sorted(tried, key=manifest.preset.models.index):
        complete = [r for r in tried[model] if r.complete]
        if complete:
            yield _of_model(manifest, complete, tried[model], margin)


def _of_model(
    manifest: Manifest, complete: Sequence[Record], tried: Sequence[Record], margin: float
) -> Iterator[Curve]:
    """The best fit by the first metric, its fixed sizes, and the same of every other metric."""
    first = manifest.metrics[0].name
    best = (best_of_each if manifest.preset.search.every_seed else best_fit)(complete, first)
    at_edge = _edges(manifest, best, tried)
    longer = Lengthened(complete, first)
    yield _curve(manifest, first, None, best, at_edge, longer, margin)
    fixed = fixed_sizes(complete, first)
    for metric in manifest.metrics:
        if metric.name != first:
            yield _curve(manifest, metric.name, None, best, at_edge, longer, margin)
        for size, runs in fixed.items():
            yield _curve(manifest, metric.name, size, runs, {}, longer, margin)


def _edges(
    manifest: Manifest, best: Sequence[Choice], records: Sequence[Record]
) -> Mapping[str, tuple[int, ...]]:
    names = list(manifest.preset.search.grid)

    def dials(record: Record) -> tuple[float, ...]:
        trial = record.trial
        return trial.m, trial.size, *(getattr(trial.training, name) for name in names)

    def named(values: tuple[float, ...]) -> tuple[int, dict[str, float]]:
        return int(values[0]), dict(zip(["size", *names], values[1:], strict=True))

    tried = dict.fromkeys(map(dials, records))  # seeds turn no dial
    return edges([named(dials(choice.runs[0])) for choice in best], list(map(named, tried)))


def _point(choice: Choice, metric: str, longer: Lengthened) -> Point:
    runs = sorted(choice.runs, key=lambda r: (r.trial.data_seed, r.trial.seed))
    errors = [r.error(metric) for r in runs]
    trial = choice.runs[0].trial
    return Point(
        m=trial.m,
        error=median(errors) if min(errors) > 0 else fmean(errors),
        low=min((e for e in errors if e > 0), default=0.0),
        high=max(errors),
        errors=tuple(errors),
        draws=tuple((r.trial.data_seed, r.trial.seed) for r in runs),
        chosen_by=tuple(r.error(metric) for r in choice.choosing),
        biased=choice.biased,
        se=median(r.validation.get(f"{metric}_se", 0.0) for r in runs),
        test=median(r.test[metric] for r in runs),
        size=trial.size,
        params=choice.runs[0].parameters,
        training=trial.training,
        flagged=not longer.all_out(runs),
        trials=tuple(r.id for r in runs),
    )


def _curve(
    manifest: Manifest, metric: str, size: int | None, best: Sequence[Choice],
    at_edge: Mapping[str, tuple[int, ...]], longer: Lengthened, margin: float,
) -> Curve:  # fmt: skip
    every = [_point(choice, metric, longer) for choice in best]
    points = tuple(point for point in every if point.high > 0)
    model, chance = best[0].runs[0].trial.model, manifest.chance.get(metric)
    own_data = is_own(manifest.preset.dataset)
    return Curve(
        id="/".join([manifest.domain, model, metric, *([str(size)] if size else [])]),
        model=model,
        metric=metric,
        unit=manifest.unit,
        size=size,
        points=points,
        fitted=fit_points(points, chance, DISAGREE_LEVEL),
        size_law=_size_law(points) if size is None else Estimate(None, "the size is fixed"),
        claims=() if own_data else find_claims(manifest.domain, model, size, metric),
        chance=chance,
        shown_as=manifest.shown_as,
        own_data=own_data,
        edges=at_edge,
        margin=margin,
        zeros=tuple(point.m for point in every if point.high <= 0),
    )


def _size_law(points: Sequence[Point]) -> Estimate[SizeLaw]:
    if len({p.params for p in points}) == 1:  # the edge of what was tried, not a law
        return Estimate(None, "the best size is the same at every shard")
    return Estimate.of(lambda: fit_size([p.m for p in points], [p.params for p in points]))
