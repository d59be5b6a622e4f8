"""Learning curves out of records: the best fit at each shard, its law, and how it stands to the paper's claim."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import fmean, median
from typing import Any

from steepness.laws import CurveFit, Estimate, Fit, SizeLaw, Verdict, fit, fit_size
from steepness.laws.verdict import AGREE_LEVEL, DISAGREE_LEVEL, MARGIN
from steepness.study.claims import Claim, find_claims, is_own
from steepness.study.converged import trained_out
from steepness.study.manifest import Manifest
from steepness.study.selection import Choice, Gap, best_fit, best_of_each, fixed_sizes, selection_gap
from steepness.study.standing import edges, stand
from steepness.training.trial import Record, Training


@dataclass(kw_only=True, frozen=True)
class Point:
    """One shard of a curve: the median over the seeds of one size with one set of hyper-parameters.

    Attributes:
        m: shard size, in the study's unit.
        error: median over seeds, in the metric's unit; their mean where some of them are 0.
        low: smallest over seeds, of those above 0.
        high: largest over seeds.
        errors: of each seed, ascending by (data seed, seed); if it was chosen by some runs, of the others alone.
        draws: (data seed, seed) of each.
        chosen_by: errors of the runs that it was chosen by, and that are not among `errors`.
        biased: `errors` are those that it was chosen by, as there are no others.
        se: median standard error of the validation sample, 0 if unknown.
        test: median over seeds of the metric on the test split at the same points of training.
        size: the size dial.
        params: parameters of the model.
        training: hyper-parameters.
        flagged: a trial was not trained out: see `converged.trained_out`.
        trials: ids of the trials behind the point.
    """

    m: int
    error: float
    low: float
    high: float
    errors: tuple[float, ...]
    draws: tuple[tuple[int, int], ...]
    chosen_by: tuple[float, ...]
    biased: bool
    se: float
    test: float
    size: int
    params: int
    training: Training
    flagged: bool
    trials: tuple[str, ...]

    @property
    def seeds(self) -> int:
        """How many runs the point rests on."""
        return len(self.errors)


@dataclass(kw_only=True, frozen=True)
class Curve:
    """Error over shards, of the best fit or of one fixed size, with its laws.

    Attributes:
        id: "domain/model/metric", with "/size" appended for a fixed size.
        size: the fixed size; None for the best fit.
        fitted: the laws, or why the points cannot be fitted.
        size_law: parameters of the best fit over shards, or why there is no law: a fixed size, or too few points.
        claims: the paper's curves that this one is held against; several for a size that the paper has not, none for
            data of a user's own.
        chance: the error of guessing, in the metric's unit; None if unknown.
        shown_as: a unit that readers think in, and how many of the study's make one.
        own_data: whether the data are a user's own, which the paper claims nothing about.
        edges: shards at which the best value of a dial is at the edge of what was tried, by dial.
        margin: share of a claim that counts as the same exponent.
        zeros: shards that are left out because every run's error is 0 there: a law in logarithms has no place for them.
    """

    id: str
    model: str
    metric: str
    unit: str
    size: int | None
    points: tuple[Point, ...]
    fitted: Estimate[Fit]
    size_law: Estimate[SizeLaw]
    claims: tuple[Claim, ...]
    chance: float | None
    shown_as: tuple[str, float] | None
    own_data: bool
    edges: Mapping[str, tuple[int, ...]]
    margin: float
    zeros: tuple[int, ...]

    @property
    def fit(self) -> Fit | None:
        """The laws; None if the points cannot be fitted."""
        return self.fitted.value

    @property
    def claim(self) -> Claim | None:
        """The first claim, which the others share their form with; None without any."""
        return next(iter(self.claims), None)

    @property
    def quoted(self) -> CurveFit:
        """The fit whose exponent stands for a fitted curve: of the claim's own form in the power-law region, as
        form and range move an exponent more than the architecture does; the recommended one without a claim."""
        assert self.fit
        if self.claim is None:
            return self.fit.recommended
        return self.fit.of("power_constant" if self.claim.gamma else "power", "power_law")

    @property
    def reason(self) -> str:
        """Why the quoted fit is the one quoted, or why there is none."""
        if self.fit is None:
            return self.fitted.reason or ""
        if self.claim is None:
            return self.fit.reason
        form = "with a constant" if self.claim.gamma else "without a constant"
        free = f"left to itself, the fit would be: {self.fit.reason}"
        return f"{form}, as the paper fits it, over the power-law region; {free}"

    @cached_property
    def quoted_fit(self) -> Fit | None:
        """The fit with the quoted law as the recommended one, so that its warnings are about that; None without one."""
        return replace(self.fit, recommended=self.quoted, reason=self.reason) if self.fit else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the exponent should not be quoted as it stands, the gravest reason first."""
        return self.quoted_fit.warnings if self.quoted_fit else ()

    @cached_property
    def fit_narrow(self) -> Fit | None:
        """The fit with the intervals that agreement is judged by."""
        return _fit(self.points, self.chance, AGREE_LEVEL).value

    @cached_property
    def gap(self) -> Gap | None:
        """How much worse the best of several runs is when it is trained again; None where nothing tells."""
        return selection_gap([(p.m, p.error, p.chosen_by) for p in self.points])

    @cached_property
    def verdict(self) -> Verdict | None:
        """How the exponent stands to the first claim; None without a claim or a fit."""
        return self.verdict_on(self.claim) if self.claim else None

    def verdict_on(self, claim: Claim) -> Verdict | None:
        """How the exponent stands to a claim; None without a fit."""
        return stand(self, claim)

    @property
    def best_fit(self) -> bool:
        """Whether the size is the best at each shard, rather than fixed."""
        return self.size is None


def select_curves(manifest: Manifest, records: Iterable[Record], margin: float = MARGIN) -> tuple[Curve, ...]:
    """Every curve the records hold: per model and metric the best fit, then each size tried at 3 shards or more."""
    first = manifest.metrics[0].name
    tried: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if record.status == "done":
            tried[record.trial.model].append(record)
    whole = {model: [r for r in runs if r.trial == r.trial.whole] for model, runs in tried.items()}
    by_model = {model: runs for model, runs in whole.items() if runs}
    curves = []
    for model in sorted(by_model, key=manifest.preset.models.index):
        choose = best_of_each if manifest.preset.search.every_seed else best_fit
        best = choose(by_model[model], first)
        at_edge = _edges(manifest, best, tried[model])
        improving = {r.id for r in by_model[model] if not trained_out(r, by_model[model], first)}
        fixed = fixed_sizes(by_model[model], first)
        for metric in manifest.metrics:
            curves.append(_curve(manifest, metric.name, None, best, at_edge, improving, margin))
            curves += [
                _curve(manifest, metric.name, size, runs, {}, improving, margin)
                for size, runs in fixed.items()
            ]
    return tuple(curves)


def _edges(
    manifest: Manifest, best: Sequence[Choice], records: Sequence[Record]
) -> Mapping[str, tuple[int, ...]]:
    names = list(manifest.preset.search.grid)

    def dials(record: Record) -> tuple[int, dict[str, float]]:
        settings = {name: getattr(record.trial.training, name) for name in names}
        return record.trial.m, {"size": record.trial.size} | settings

    return edges([dials(choice.runs[0]) for choice in best], [dials(record) for record in records])


def _point(choice: Choice, metric: str, improving: Set[str]) -> Point:
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
        flagged=any(r.id in improving for r in runs),
        trials=tuple(r.id for r in runs),
    )


def _curve(
    manifest: Manifest, metric: str, size: int | None, best: Sequence[Choice],
    at_edge: Mapping[str, tuple[int, ...]], improving: Set[str], margin: float,
) -> Curve:  # fmt: skip
    every = [_point(choice, metric, improving) for choice in best]
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
        fitted=_fit(points, chance, DISAGREE_LEVEL),
        size_law=_size_law(points) if size is None else Estimate(None, "the size is fixed"),
        claims=() if own_data else find_claims(manifest.domain, model, size, metric),
        chance=chance,
        shown_as=manifest.shown_as,
        own_data=own_data,
        edges=at_edge,
        margin=margin,
        zeros=tuple(point.m for point in every if point.high <= 0),
    )


def fit_columns(points: Sequence[Point]) -> dict[str, Any]:
    """What a curve is fitted to, a value per run, by the argument of `steepness.fit`."""
    return {
        "m": [p.m for p in points for _ in p.errors],
        "error": [error for p in points for error in p.errors],
        "seeds": [f"{data_seed}/{seed}" for p in points for data_seed, seed in p.draws],
        "permutations": [data_seed for p in points for data_seed, _ in p.draws],
        "upper_bound": [int(p.flagged) for p in points for _ in p.errors],
    }


def _fit(points: Sequence[Point], chance: float | None, level: float) -> Estimate[Fit]:
    return Estimate.of(lambda: fit(**fit_columns(points), chance=chance, level=level))


def _size_law(points: Sequence[Point]) -> Estimate[SizeLaw]:
    if len({p.params for p in points}) == 1:  # the edge of what was tried, not a law
        return Estimate(None, "the best size is the same at every shard")
    return Estimate.of(lambda: fit_size([p.m for p in points], [p.params for p in points]))
