"""What it takes two arms to reach one error: parameters, FLOPs, seconds."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from steepness.laws import Estimate, Interval
from steepness.laws.interval import difference, in_percent
from steepness.laws.law_fit import fit_curve
from steepness.laws.paired import widened
from steepness.laws.points import shards_of
from steepness.training.trial import Record

COSTS: dict[str, Callable[[Record], float]] = {
    "parameters": lambda record: float(record.parameters),
    "flops": lambda record: record.flops,
    "seconds": lambda record: record.timing.train_seconds if record.timing else 0.0,
}


@dataclass(frozen=True)
class Cost:
    """What it takes to reach one error, by a line through log cost over log error of each arm's best fits."""

    name: str
    baseline: Estimate[Interval]
    candidate: Estimate[Interval]
    ratio: Estimate[Interval]


def compare_costs(
    a_runs: Sequence[Record], b_runs: Sequence[Record], metric: str, level: float
) -> tuple[float | None, tuple[Cost, ...]]:
    """Costs at the lowest error that both arms reach, None if there is none, by their medians at each shard.

    Args:
        a_runs, b_runs: the best runs of either arm.
        metric: the error's name; runs in which it is 0 are left out.
        level: confidence of the intervals.
    """
    a_runs, b_runs = ([r for r in runs if r.error(metric) > 0] for runs in (a_runs, b_runs))
    if not a_runs or not b_runs:
        return _nowhere("an arm errs 0 at every shard, so no error above 0 is reached by both")
    reached = [
        [middle_error(runs, m, metric) for m in {r.trial.m for r in runs}] for runs in (a_runs, b_runs)
    ]
    error, highest = max(map(min, reached)), min(map(max, reached))
    if error > highest:
        return _nowhere(
            "the arms' errors do not overlap: even the worst of one is below the best of the other"
        )
    costs = []
    for name, cost_of in COSTS.items():
        a, b = (_cost_at(error, runs, cost_of, metric, level) for runs in (a_runs, b_runs))
        costs.append(Cost(name, a, b, ratio(a, b)))
    return error, tuple(costs)


def _nowhere(reason: str) -> tuple[None, tuple[Cost, ...]]:
    none = Estimate[Interval](None, reason)
    return None, tuple(Cost(name, none, none, none) for name in COSTS)


def _cost_at(
    error: float, runs: Sequence[Record], cost_of: Callable[[Record], float], metric: str, level: float
) -> Estimate[Interval]:
    """What the arm spends on that error: cost = alpha * error**beta over its best-fit runs."""

    def line() -> Interval:
        points = shards_of([r.error(metric) for r in runs], [cost_of(r) for r in runs])
        found = fit_curve(points, "power", "all", slice(0, len(points)), level)
        value, high = float(found.predict([error])[0]), float(found.band([error])[1][0])
        factor = float((high / value) ** widened(len({r.trial.m for r in runs})))
        return Interval(value, value / factor, value * factor)

    return Estimate.of(line)


def ratio(a: Estimate[Interval], b: Estimate[Interval], percent: bool = False) -> Estimate[Interval]:
    """b over a, or by how many percent it is more; bounds from both intervals, taken as independent."""
    if a.value is None or b.value is None:
        return Estimate(None, a.reason or b.reason)
    found = difference(b.value.map(math.log), a.value.map(math.log))
    return Estimate(found.map(in_percent if percent else math.exp))


def middle_error(runs: Sequence[Record], m: float, metric: str) -> float:
    """The median error of the runs at a shard."""
    return median(r.error(metric) for r in runs if r.trial.m == m)
