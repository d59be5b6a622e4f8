"""Two studies against each other: is the curve shifted, is it steeper, where do they cross, what does an error cost?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from steepness.compare.answer import MARGIN, Answer, answer
from steepness.compare.costs import Cost, compare_costs, middle_error, ratio
from steepness.compare.exponents import ENOUGH, Law, Laws, lawful_from, laws_of
from steepness.laws import Estimate, Interval, Shift, extrapolate, paired_shift
from steepness.laws.regions import NEAR_CHANCE
from steepness.study.curves import Curve
from steepness.study.study import Study
from steepness.training.trial import Record

FURTHER = 10
"""Factor of the largest shard at which errors are forecast."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One arm as it was trained.

    Attributes:
        label: what a reader calls it.
        runs: the best of each shard, data seed and seed.
        curve: its best fits in the first metric, as `steepness fit` reads them.
        law: over the region that both arms share; None if either could not be fitted.
        ahead: the error to expect at `FURTHER` times the largest shard.
    """

    label: str
    study: Study
    runs: tuple[Record, ...]
    curve: Curve
    law: Law | None
    ahead: Estimate[Interval]

    def at(self, m: float, metric: str) -> float:
        """The median error of its runs at a shard."""
        return middle_error(self.runs, m, metric)

    def learnt(self, metric: str) -> bool:
        """Whether it does better than guessing at any shard; where nobody knows what guessing does, it is taken to."""
        chance = self.study.manifest.chance.get(metric)
        return chance is None or any(self.at(m, metric) < NEAR_CHANCE * chance for m in self.shards)

    def zeros(self, metric: str) -> list[int]:
        """Shards with a run that errs 0, which has no logarithm; ascending."""
        return sorted({r.trial.m for r in self.runs if r.error(metric) <= 0})

    @property
    def shards(self) -> list[int]:
        """Where it has runs, ascending."""
        return sorted({r.trial.m for r in self.runs})


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """The candidate against the baseline.

    Attributes:
        metric: the domain's first.
        shift: of the curve, by pairs of runs.
        answer: what the shift comes to; None without one.
        left_out: shards of the small-data region of either arm, which the shift leaves out.
        zeros: shards at which a run of either arm errs 0; ratios, costs and laws leave them out.
        laws: exponents and crossing, from each curve's own law.
        error: what `costs` are compared at: the lower end of the errors that both arms reach.
        level: confidence of all intervals.
        notes: what to know of how the arms were made.
        unmatched: what could not be done to make them alike, a sentence each.
    """

    baseline: Side
    candidate: Side
    metric: str
    unit: str
    shift: Estimate[Shift]
    answer: Answer | None
    left_out: tuple[int, ...]
    zeros: tuple[int, ...]
    laws: Estimate[Laws]
    error: float | None
    costs: tuple[Cost, ...]
    ahead_m: float
    ahead_shift: Estimate[Interval]
    level: float
    notes: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[Side, Side]:
        """The baseline, then the candidate."""
        return self.baseline, self.candidate

    @property
    def verdict(self) -> str:
        """The answer in a few words."""
        return self.answer.words if self.answer else "cannot tell"


@dataclass(frozen=True)
class Pairs:
    """Runs of both arms that share shard, data seed and rank of seed: m, errors, labels of the seeds."""

    m: list[int]
    baseline: list[float]
    candidate: list[float]
    seeds: list[str]

    def from_shard(self, first: float) -> Pairs:
        """Those of a shard and of larger ones."""
        rows = [
            row
            for row in zip(self.m, self.baseline, self.candidate, self.seeds, strict=True)
            if row[0] >= first
        ]
        return Pairs(*(list(column) for column in zip(*rows, strict=True)))

    def shift(self, level: float) -> Shift:
        """As `paired_shift`."""
        return paired_shift(self.m, self.baseline, self.candidate, seeds=self.seeds, level=level)


def contrast(
    baseline: Study, candidate: Study, labels: tuple[str, str], margin: float = MARGIN, level: float = 0.95
) -> Contrast:
    """Compare two finished studies of the same shards, data seeds and seeds.

    Args:
        labels: what a reader calls the arms.
        margin: percent by which errors may differ and still be called no difference.
        level: confidence of the intervals, between 0 and 1.
    Raises:
        ValueError: an arm without a finished trial, saying what went wrong with the others.
    """
    metric = baseline.manifest.metrics[0].name
    runs = [best_runs(study, metric) for study in (baseline, candidate)]
    curves = [_curve(study, metric) for study in (baseline, candidate)]
    told = Estimate.of(lambda: _shift(baseline, candidate, metric, curves, level))
    shift = told.map(lambda both: both[0])
    laws = Estimate.of(lambda: laws_of(*curves))
    ahead_m = float(FURTHER * baseline.manifest.preset.shard_sizes()[-1])
    sides = [
        Side(label=label, study=study, runs=of, curve=curve, law=law, ahead=_ahead(of, metric, ahead_m, level))
        for label, study, of, curve, law in zip(
            labels, (baseline, candidate), runs, curves,
            (laws.value.baseline, laws.value.candidate) if laws.value else (None, None), strict=True,
        )
    ]  # fmt: skip
    error, costs = compare_costs(runs[0], runs[1], metric, level)
    return Contrast(
        baseline=sides[0],
        candidate=sides[1],
        metric=metric,
        unit=baseline.manifest.unit,
        shift=shift,
        answer=answer(shift.value, margin) if shift.value else None,
        left_out=told.value[1] if told.value else (),
        zeros=tuple(sorted({m for side in sides for m in side.zeros(metric)})),
        laws=laws,
        error=error,
        costs=costs,
        ahead_m=ahead_m,
        ahead_shift=ratio(sides[0].ahead, sides[1].ahead, percent=True),
        level=level,
    )


def best_runs(study: Study, metric: str) -> tuple[Record, ...]:
    """The best run at each shard, of each data seed and seed for itself, smallest shard first; no probe is one.

    Raises:
        ValueError: no trial is done.
    """
    done = [r for r in study.records if r.complete]
    if not done:
        said = "; ".join(sorted({f"{r.status}: {r.message}" for r in study.records})) or "none was run"
        raise ValueError(f"{study.path}: no trial is done ({said})")
    best: dict[tuple[int, int, int], Record] = {}
    for record in sorted(done, key=lambda r: r.error(metric)):
        best.setdefault((record.trial.m, record.trial.data_seed, record.trial.seed), record)
    return tuple(best[name] for name in sorted(best))


def pairs(baseline: Study, candidate: Study, metric: str) -> Pairs:
    """Both arms' errors of the best fits' runs that have the same shard, data seed and rank of seed.

    Shards with a run that errs 0 are left out whole: without their luckiest run alone, they would show another shift.

    Raises:
        ValueError: there is none.
    """
    a, b = (_named(study, best_runs(study, metric), metric) for study in (baseline, candidate))
    both = sorted(a.keys() & b.keys())
    if not both:
        raise ValueError("the arms have no pair of runs with the same shard, data seed and seed in common")
    zeros = {name[0] for errors in (a, b) for name, error in errors.items() if error <= 0}
    both = [name for name in both if name[0] not in zeros]
    if not both:
        raise ValueError("at every shard a run errs 0, so the errors have no ratio")
    m = [name[0] for name in both]
    return Pairs(m, [a[n] for n in both], [b[n] for n in both], [f"{n[1]}/{n[2]}" for n in both])


def _named(study: Study, runs: Sequence[Record], metric: str) -> dict[tuple[int, int, int], float]:
    """Errors by shard, data seed, and how manyth of the arm's seeds."""
    first = study.manifest.preset.first_seed
    return {(r.trial.m, r.trial.data_seed, r.trial.seed - first): r.error(metric) for r in runs}


def _curve(study: Study, metric: str) -> Curve:
    return next(c for c in study.curves if c.best_fit and c.metric == metric)


def _shift(
    baseline: Study, candidate: Study, metric: str, curves: Sequence[Curve], level: float
) -> tuple[Shift, tuple[int, ...]]:
    """The shift over the shards that neither arm has in its small-data region, and those that are left out."""
    start = max(map(lawful_from, curves))
    runs = pairs(baseline, candidate, metric)
    beyond = sorted({m for m in runs.m if m >= start})
    if len(beyond) < ENOUGH:
        return runs.shift(level), ()
    return runs.from_shard(start).shift(level), tuple(sorted({m for m in runs.m if m < start}))


def _ahead(runs: Sequence[Record], metric: str, ahead_m: float, level: float) -> Estimate[Interval]:
    last = runs[-1].trial.m
    if not middle_error(runs, last, metric):
        return Estimate(None, f"its error is 0 at m = {last:,}, and no law goes on from there")
    runs = [r for r in runs if middle_error(runs, r.trial.m, metric)]
    m, error = [r.trial.m for r in runs], [r.error(metric) for r in runs]
    seeds = [f"{r.trial.data_seed}/{r.trial.seed}" for r in runs]
    ahead = Estimate.of(lambda: extrapolate(m, error, [ahead_m], level, seeds=seeds))
    return ahead.map(lambda at: Interval(*(float(v[0]) for v in (at.value, at.low, at.high))))
