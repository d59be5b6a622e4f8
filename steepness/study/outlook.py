"""What a study's curves say about data, size and compute not yet spent: each answer, or the reason for none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

import numpy as np

from steepness.laws import Interval, JointLaw, OffTheLine, fit_joint, gain_of_doubling, off_the_line, trust
from steepness.laws.fit import Fit
from steepness.laws.interval import Estimate
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
        newest: the newest point against the law of the others; None with too few shards.
    """

    doubling: Estimate
    trusted: Estimate
    newest: OffTheLine | None


def outlook(curve: Curve) -> Outlook:
    """The outlook of a fitted curve."""
    assert curve.fit
    try:
        newest = off_the_line(curve.fit)
    except ValueError:
        newest = None
    return Outlook(_asked(gain_of_doubling, curve.fit), _asked(trust, curve.fit), newest)


def _asked(question: Callable[[Fit], Interval], fit: Fit) -> Estimate:
    try:
        return Estimate(question(fit))
    except ValueError as refusal:
        return Estimate(None, str(refusal))


@dataclass(kw_only=True, frozen=True)
class Joint:
    """The joint law in parameters and data of one model, over the lowest error at each size and shard.

    Attributes:
        runs: the trials behind it.
        flops_per_parameter: training FLOPs per parameter and unit of data, epochs included; their median.
        frontier: the best size and amount of data at the compute of the cheapest trial, of the dearest, and between.
        reason: why there is no law, or no optimum.
    """

    runs: tuple[Record, ...]
    law: JointLaw | None
    flops_per_parameter: float
    frontier: tuple[ComputeOptimal, ...]
    reason: str

    @property
    def optimum(self) -> ComputeOptimal | None:
        """The best split of the compute of the dearest trial."""
        return self.frontier[-1] if self.frontier else None


def joint(study: Study, curve: Curve) -> Joint:
    """The joint law behind a best-fit curve, over the errors above 0."""
    done = (r for r in study.records if r.status == "done" and r.trial.model == curve.model)
    runs = tuple(r for r in _lowest(done, curve.metric) if r.error(curve.metric) > 0)
    ratio = median(r.flops / r.parameters / r.trial.m for r in runs) if runs else 0.0
    law, frontier = None, tuple[ComputeOptimal, ...]()
    try:
        law = fit_joint(
            [r.parameters for r in runs], [r.trial.m for r in runs], [r.error(curve.metric) for r in runs]
        )
        spent = [r.flops for r in runs]
        frontier = tuple(
            law.compute_optimal(float(flops), ratio)
            for flops in np.geomspace(min(spent), max(spent), BUDGETS)
        )
    except ValueError as refusal:
        return Joint(runs=runs, law=law, flops_per_parameter=ratio, frontier=(), reason=str(refusal))
    return Joint(runs=runs, law=law, flops_per_parameter=ratio, frontier=frontier, reason="")


def _lowest(records: Iterable[Record], metric: str) -> tuple[Record, ...]:
    """Of each size at each shard the trial with the lowest error, by shard, then size."""
    best: dict[tuple[int, int], Record] = {}
    for record in records:
        key = record.trial.m, record.trial.size
        if key not in best or record.error(metric) < best[key].error(metric):
            best[key] = record
    return tuple(best[key] for key in sorted(best))
