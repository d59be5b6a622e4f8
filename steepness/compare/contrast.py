"""Two studies against each other: is the curve shifted, is it steeper, where do they cross, what does an error cost?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from steepness.compare.costs import Cost, compare_costs, middle_error, ratio, tried
from steepness.laws import (
    Comparison,
    CurveFit,
    Estimate,
    Interval,
    Shift,
    extrapolate,
    fit,
    paired_shift,
    same_steepness,
)
from steepness.study.study import Study
from steepness.training.trial import Record

FALSE_ALARMS = 0.03
"""Share of candidates identical to the baseline that may be called different, over all questions together; what was
measured is in benchmarks/compare_same.md."""
FURTHER = 10
"""Factor of the largest shard at which errors are forecast."""


@dataclass(frozen=True)
class Side:
    """One arm as it was trained.

    Attributes:
        label: what a reader calls it.
        runs: the best of each shard, data seed and seed.
        law: the form that both arms share, over the power-law region; None if it could not be fitted.
        ahead: the error to expect at `FURTHER` times the largest shard.
    """

    label: str
    study: Study
    runs: tuple[Record, ...]
    law: CurveFit | None
    ahead: Estimate

    def at(self, m: float, metric: str) -> float:
        """The median error of its runs at a shard."""
        return middle_error(self.runs, m, metric)


@dataclass(frozen=True)
class Contrast:
    """The candidate against the baseline.

    Attributes:
        metric: the domain's first.
        shift: of the curve, by pairs of runs; None with a `problem`.
        problem: why there is no shift.
        laws: steepness and crossing, from each curve's own law; None with a `laws_problem`.
        error: what `costs` are compared at: the lower end of the errors that both arms reach.
        level: confidence of all intervals.
    """

    baseline: Side
    candidate: Side
    metric: str
    unit: str
    shift: Shift | None
    problem: str
    laws: Comparison | None
    laws_problem: str
    error: float | None
    costs: tuple[Cost, ...]
    ahead_m: float
    ahead_shift: Estimate
    level: float

    @property
    def answer(self) -> str:
        """better or worse, steeper or flatter, or "no difference" where seed noise explains what there is."""
        found = self.found
        which = turn = ""
        if found.shift and self.shift:
            which = ("better", "worse")[self.shift.overall.value > 0]
        if found.trend and self.shift:
            turn = ("steeper", "flatter")[self.shift.per_doubling.value > 0]
        elif found.steepness and self.laws:
            turn = ("steeper", "flatter")[self.laws.steepness_difference.value > 0]
        joint = " and " if (which, turn) in (("better", "steeper"), ("worse", "flatter")) else " but "
        return joint.join(filter(None, (which, turn))) or "no difference"

    @property
    def found(self) -> Found:
        """What is more than seed noise."""
        p_shift, p_trend = (self.shift.p_value, self.shift.trend_p_value) if self.shift else (1.0, 1.0)
        return differences(p_shift, p_trend, self.laws.p_value if self.laws else 1.0)


class Found(NamedTuple):
    """Which questions are answered yes: a shift, a ratio that changes with data, exponents that differ."""

    shift: bool
    trend: bool
    steepness: bool


def differences(p_shift: float, p_trend: float, p_steepness: float) -> Found:
    """Answers at `FALSE_ALARMS` over all questions together (Holm 1979)."""
    p = [p_shift, p_trend, p_steepness]
    passed, rejected = True, [False] * len(p)
    for rank, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        passed = rejected[i] = passed and p[i] <= FALSE_ALARMS / (len(p) - rank)
    return Found(*rejected)


def contrast(baseline: Study, candidate: Study, labels: tuple[str, str], level: float = 0.95) -> Contrast:
    """Compare two finished studies of the same shards, data seeds and seeds.

    Args:
        labels: what a reader calls the arms.
        level: confidence of the intervals, between 0 and 1.
    Raises:
        ValueError: an arm without a finished trial, saying what went wrong with the others.
    """
    metric = baseline.manifest.metrics[0].name
    a_runs, b_runs = (best_runs(study, metric) for study in (baseline, candidate))
    shift, problem = tried(lambda: paired_shift(*pairs(baseline, candidate, metric), level))
    a, b = (_columns(runs, metric) for runs in (a_runs, b_runs))
    laws, laws_problem = tried(lambda: same_steepness(a, b, level))
    ahead_m = float(FURTHER * baseline.manifest.preset.shard_sizes()[-1])
    sides = [
        _side(label, study, runs, metric, laws, ahead_m, level)
        for label, study, runs in zip(labels, (baseline, candidate), (a_runs, b_runs), strict=True)
    ]
    error, costs = compare_costs(a_runs, b_runs, metric, level)
    return Contrast(
        sides[0], sides[1], metric, baseline.manifest.unit, shift, problem, laws, laws_problem, error, costs,
        ahead_m, ratio(sides[0].ahead, sides[1].ahead, percent=True), level,
    )  # fmt: skip


def best_runs(study: Study, metric: str) -> tuple[Record, ...]:
    """The best run at each shard, of each data seed and seed for itself, smallest shard first.

    Raises:
        ValueError: no trial is done.
    """
    done = [r for r in study.records if r.status == "done"]
    if not done:
        said = "; ".join(sorted({f"{r.status}: {r.message}" for r in study.records})) or "none was run"
        raise ValueError(f"{study.path}: no trial is done ({said})")
    best: dict[tuple[int, int, int], Record] = {}
    for record in sorted(done, key=lambda r: r.error(metric)):
        best.setdefault((record.trial.m, record.trial.data_seed, record.trial.seed), record)
    return tuple(best[name] for name in sorted(best))


def pairs(baseline: Study, candidate: Study, metric: str) -> tuple[list[int], list[float], list[float]]:
    """m and both arms' errors of the best fits' runs that have the same shard, data seed and rank of seed.

    Raises:
        ValueError: there is none.
    """
    a, b = (_named(study, best_runs(study, metric), metric) for study in (baseline, candidate))
    both = sorted(a.keys() & b.keys())
    if not both:
        raise ValueError("the arms have no pair of runs with the same shard, data seed and seed in common")
    return [name[0] for name in both], [a[n] for n in both], [b[n] for n in both]


def _named(study: Study, runs: Sequence[Record], metric: str) -> dict[tuple[int, int, int], float]:
    """Errors by shard, data seed, and how manyth of the arm's seeds."""
    first = study.manifest.preset.first_seed
    return {(r.trial.m, r.trial.data_seed, r.trial.seed - first): r.error(metric) for r in runs}


def _columns(runs: Sequence[Record], metric: str) -> tuple[list[float], list[float], list[str]]:
    return (
        [r.trial.m for r in runs],
        [r.error(metric) for r in runs],
        [f"{r.trial.data_seed}/{r.trial.seed}" for r in runs],
    )


def _side(
    label: str, study: Study, runs: tuple[Record, ...], metric: str, laws: Comparison | None, ahead_m: float,
    level: float,
) -> Side:  # fmt: skip
    m, error, seeds = _columns(runs, metric)
    law = fit(m, error, seeds=seeds, level=level).of(laws.form, "power_law") if laws else None
    ahead, problem = tried(lambda: extrapolate(m, error, [ahead_m], level))
    interval = Interval(*(float(v[0]) for v in (ahead.value, ahead.low, ahead.high))) if ahead else None
    return Side(label, study, runs, law, Estimate(interval, problem or None))
