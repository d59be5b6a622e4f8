"""What a reader should doubt: every reason, found in the records and fits, why an exponent may mislead."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from steepness.laws.amounts import counted
from steepness.laws.interval import in_percent
from steepness.press.words import alike, exponent, listing, number, plain
from steepness.study.account import MIN_SEEDS, guessing, lost, mixed
from steepness.study.names import metric_name
from steepness.training.trial import EARLY, Training

if TYPE_CHECKING:
    from steepness.study import Study
    from steepness.study.curves import Curve

MIN_R2 = 0.98
MAX_SE_SHARE = 0.1
"""Of the gap between neighbouring shards that the validation split’s sampling error may take."""
TOO_LONG = 0.5
"""Share of an annealed schedule before which its lowest error comes too early: the rate has hardly come down."""


def unlearnt(curves: Sequence[Curve]) -> list[str]:
    """Of the curves that do no better than guessing anywhere: that they say nothing. It belongs on the first screen."""
    return [f"{curve.model}: {_guessing(curve)}" for curve in curves if _at_chance(curve)]


def _guessing(curve: Curve) -> str:
    return guessing({p.m: p.error for p in curve.points}, curve.chance)


def _at_chance(curve: Curve) -> bool:
    return bool(curve.points) and all(guessing({p.m: p.error}, curve.chance) for p in curve.points)


def of_study(study: Study, headline: list[Curve]) -> list[str]:
    """Doubts about the study as a whole, then about each best-fit curve of its first metric."""
    return [
        *study.manifest.doubts,
        *_unfinished(study, headline),
        *_zeros(study),
        *lost(study),
        *mixed(study),
        *_about_each(study, headline),
    ]


def _about_each(study: Study, curves: list[Curve]) -> Iterator[str]:
    models: dict[str, list[str]] = {}
    for curve in curves:
        for doubt in (
            *filter(None, [_guessing(curve)]),
            *_points(curve),
            *_selection(curve),
            *_fit(curve),
            *_edges(curve),
            *_untuned(study, curve),
            *_overlong(study, curve),
            *_claim(study, curve),
        ):
            models.setdefault(doubt, []).append(curve.model)
    for doubt, names in models.items():
        yield f"{listing(names)}: {doubt}"


def _unfinished(study: Study, curves: list[Curve]) -> Iterator[str]:
    preset = study.manifest.preset
    for model in preset.models:
        have = {m for c in curves if c.model == model for m in (*(p.m for p in c.points), *c.zeros)}
        missing = [f"{m:,}" for m in preset.shard_sizes() if m not in have]
        if missing:
            yield (
                f"Unfinished: {model} has no best fit yet at {listing(missing)} {study.manifest.unit}. "
                f"Go on with: {study.manifest.command}"
            )


def _zeros(study: Study) -> Iterator[str]:
    """Errors of 0, which no power law reaches."""
    for curve in study.curves:
        if not curve.best_fit or not curve.zeros:
            continue
        error = f"{curve.model}: {metric_name(study, curve.metric)} is 0 at"
        if not curve.points:
            yield f"{error} every shard, so it has no curve: nothing was wrong, or it cannot err on these data."
            continue
        at = listing([f"{m:,}" for m in curve.zeros])
        yield (
            f"{error} m = {at}; a law in logarithms has no place for these shards. They are left out, so what is left "
            "looks flatter than it is; more held-out examples would count rare errors."
        )


def _points(curve: Curve) -> Iterator[str]:
    flagged = [f"{p.m:,}" for p in curve.points if p.flagged]
    if flagged:
        yield f"training met its bound while still improving at m = {listing(flagged)}; errors there are upper bounds."
    few = Counter(p.seeds for p in curve.points if p.seeds < MIN_SEEDS)
    if few:
        seeds = listing(
            [
                f"{n} of {len(curve.points)} points rest on {counted(s, 'seed')}"
                for s, n in sorted(few.items())
            ]
        )
        yield f"{seeds}; an interval over so few is a range, not a distribution."
    rises = [f"{b.m:,}" for a, b in pairwise(curve.points) if b.error > a.error]
    if rises:
        yield f"the error rises with more data at m = {listing(rises)}."
    coarse = [f"{b.m:,}" for a, b in pairwise(curve.points) if b.se > MAX_SE_SHARE * abs(a.error - b.error)]
    if coarse:
        yield (
            "the validation split’s sampling error is more than a tenth of the step to the previous shard at "
            f"m = {listing(coarse)}. All shards share that split, so much of it cancels between them."
        )


def _selection(curve: Curve) -> Iterator[str]:
    """What being the best of several runs did to the points."""
    biased = [f"{p.m:,}" for p in curve.points if p.biased]
    if biased:
        yield (
            "the best of several runs is quoted as it was chosen, since it was not trained again, at m = "
            f"{listing(biased)}; such errors are too low."
        )
    if curve.gap is None:
        return
    shift, slope = curve.gap.shift.map(in_percent), curve.gap.slope
    if shift.low > 0 or curve.gap.sloped:
        change = f", and by {exponent(slope.value)} more in the exponent" if curve.gap.sloped else ""
        value, low, high = alike(shift.value, shift.low, shift.high, 2)
        yield (
            f"trained again, the best of several runs err {value} % ({low} to {high} %) more than the runs "
            f"they were chosen by{change}; the runs trained again are quoted."
        )


def _fit(curve: Curve) -> Iterator[str]:
    if curve.fitted.reason:
        yield f"no law fitted: {curve.fitted.reason}."
    if curve.fit is None:
        return
    for warning in curve.warnings:
        yield f"{warning}."
    if curve.quoted.r2 < MIN_R2:
        yield f"the law explains only {curve.quoted.r2:.3f} of the log error’s variance."
    power, constant = (curve.fit.of(form, "power_law").beta_g for form in ("power", "power_constant"))
    if not (power.value in curve.quoted.beta_g and constant.value in curve.quoted.beta_g):
        yield (
            f"the form decides the exponent: {exponent(power.value)} without a constant, "
            f"{exponent(constant.value)} with one; the interval to quote does not hold both."
        )


def _edges(curve: Curve) -> Iterator[str]:
    for name, shards in curve.edges.items():
        at = listing([f"{m:,}" for m in shards])
        yield (
            f"the best {plain(name)} is at an edge of what was tried near m = {at}; a better one may lie beyond."
        )


def _untuned(study: Study, curve: Curve) -> Iterator[str]:
    """Settings that the search could choose, and that the best size had no choice of."""
    at: dict[tuple[int, int], list[Training]] = defaultdict(list)
    for trial in (r.trial for r in study.records if r.trial.model == curve.model):
        at[trial.m, trial.size].append(trial.training)
    for name, grid in study.manifest.preset.search.grid.items():
        tried = [(p.m, {getattr(training, name) for training in at[p.m, p.size]}) for p in curve.points]
        once = [f"{m:,}" for m, values in tried if len(values) == 1]
        if once and len(set(grid)) > 1:
            yield (
                f"the best size was trained at one {plain(name)} only at m = {listing(once)}; "
                "more search trials would tune it."
            )


def _overlong(study: Study, curve: Curve) -> Iterator[str]:
    """Winners that are at their best while the rate is still high: they learn their few examples by heart after it."""
    at: dict[tuple[int, int, Training], list[float]] = defaultdict(list)
    for record in study.records:
        trial = record.trial
        if record.status == "done" and trial.model == curve.model and trial.training.schedule not in EARLY:
            at[trial.m, trial.size, trial.training].append(record.best_step / max(record.steps, 1))
    early = [f"{p.m:,}" for p in curve.points if median(at[p.m, p.size, p.training] or [1.0]) < TOO_LONG]
    if early:
        yield (
            f"the lowest error comes in the first half of an annealed schedule at m = {listing(early)}; a shorter one "
            "may end lower: fewer training.min_steps, or training.max_epochs."
        )


def _claim(study: Study, curve: Curve) -> Iterator[str]:
    claim = curve.claim
    if claim is None:
        return
    if claim.dataset != study.manifest.preset.dataset:
        yield (
            f"the paper’s curve is of {claim.model} on {claim.dataset}, ours on "
            f"{study.manifest.preset.dataset}; only the exponents compare."
        )
    ours = curve.points[-1].m if curve.points else 0
    if len(claim.points[0]) and claim.unit == study.manifest.unit and ours < min(claim.points[0]):
        yield f"the paper’s smallest shard is {number(min(claim.points[0]) / ours, 2)} times our largest."
