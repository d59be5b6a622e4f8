"""What a study's curves say about data, size and compute not yet spent: each answer, or the reason for none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from steepness.laws import (
    Estimate,
    Interval,
    JointLaw,
    OffTheLine,
    fit_joint,
    gain_of_doubling,
    off_the_line,
    trust,
)
from steepness.laws.joint import ComputeOptimal
from steepness.study.curves import Curve
from steepness.study.study import Study
from steepness.training.trial import Record

BUDGETS = 5
"""Of compute, at which the best split is worked out."""


@dataclass(frozen=True)
class Outlook:
    """What lies ahead of one curve.

    Attributes:
        doubling: change of the error when the data doubles, as a share of today's.
        trusted: the largest m at which the forecast is known to 10 %.
        newest: the newest point against the law of the others.
    """

    doubling: Estimate[Interval]
    trusted: Estimate[Interval]
    newest: Estimate[OffTheLine]


def outlook(curve: Curve) -> Outlook:
    """The outlook of a fitted curve."""
    fit = curve.fit
    assert fit
    return Outlook(
        doubling=Estimate.of(lambda: gain_of_doubling(fit)),
        trusted=Estimate.of(lambda: trust(fit)),
        newest=Estimate.of(lambda: off_the_line(fit)),
    )


@dataclass(kw_only=True, frozen=True)
class Joint:
    """The joint law in parameters and data of one model, over the lowest error at each size and shard.

    Attributes:
        runs: the trials behind it.
        flops_per_parameter: training FLOPs per parameter and unit of data, epochs included; their median.
        frontier: the best size and amount of data at the compute of the cheapest trial, of the dearest, and between.
    """

    runs: tuple[Record, ...]
    law: Estimate[JointLaw]
    flops_per_parameter: float
    frontier: Estimate[tuple[ComputeOptimal, ...]]

    @property
    def optimum(self) -> ComputeOptimal | None:
        """The best split of the compute of the dearest trial."""
        return self.frontier.value[-1] if self.frontier.value else None


def joint(study: Study, curve: Curve) -> Joint:
    """The joint law behind a best-fit curve, over the errors above 0."""
    complete = (r for r in study.records if r.complete and r.trial.model == curve.model)
    runs = tuple(r for r in _lowest(complete, curve.metric) if r.error(curve.metric) > 0)
    ratio = median(r.flops / r.parameters / r.trial.m for r in runs) if runs else 0.0
    params, m = [r.parameters for r in runs], [r.trial.m for r in runs]
    law = Estimate.of(lambda: fit_joint(params, m, [r.error(curve.metric) for r in runs]))
    frontier = Estimate[tuple[ComputeOptimal, ...]](None, law.reason)
    if fitted := law.value:
        frontier = Estimate.of(lambda: _frontier(fitted, [r.flops for r in runs], ratio))
    return Joint(runs=runs, law=law, flops_per_parameter=ratio, frontier=frontier)


def _frontier(law: JointLaw, spent: Sequence[float], ratio: float) -> tuple[ComputeOptimal, ...]:
    budgets = np.geomspace(min(spent), max(spent), BUDGETS)
    return tuple(law.compute_optimal(float(flops), ratio) for flops in budgets)


def _lowest(records: Iterable[Record], metric: str) -> tuple[Record, ...]:
    """Of each size at each shard the trial with the lowest error, by shard, then size."""
    best: dict[tuple[int, int], Record] = {}
    for record in records:
        key = record.trial.m, record.trial.size
        if key not in best or record.error(metric) < best[key].error(metric):
            best[key] = record
    return tuple(best[key] for key in sorted(best))
