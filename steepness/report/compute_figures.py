"""Figures of what an error costs: error against training compute, and size and data together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from steepness.laws.reading.runs import JointRuns
from steepness.press.axes import logarithmic, named, padded
from steepness.press.canvas import MUTED, SURFACE, Drawing, drawing, readable
from steepness.press.labels import label_ends
from steepness.press.words import number, short
from steepness.report import marks
from steepness.report.figures import ramp, trials_of
from steepness.report.joint import picture as joint_picture
from steepness.study.names import data_axis, error_axis, model_name

if TYPE_CHECKING:
    from steepness.study import Study
    from steepness.study.curves import Curve
    from steepness.study.outlook import Joint
    from steepness.training.trial import Record


def error_over_compute(study: Study, curve: Curve, colour: str, width: int) -> Drawing:
    """Every trial's error over the FLOPs of its training, and the lowest error that so much compute has bought."""
    records = sorted(trials_of(study, curve), key=lambda r: (r.flops, r.error(curve.metric)))
    ceiling = marks.ceiling(curve)
    front = frontier(records, curve.metric)
    with drawing(width) as drawn:
        seen = [min(r.error(curve.metric), ceiling) for r in records]
        logarithmic(drawn, padded([r.flops for r in records]), padded(seen))
        flops = [r.flops for r in records]
        marks.dots(drawn, flops, seen, MUTED, lambda i: _trial_text(records[i], curve.metric))
        cost, error = zip(*((r.flops, r.error(curve.metric)) for r in front), strict=True)
        drawn.axes.plot(cost, error, "o-", color=colour, lw=1.8, ms=6, mec=SURFACE, mew=1.2, zorder=4)
        drawn.keep("every trial", flops, [r.error(curve.metric) for r in records], aside=True)
        drawn.keep("lowest so far", cost, error)
        label_ends(drawn, [(cost[-1], error[-1], model_name(curve.model), readable(colour))])
        named(drawn, "FLOPs of one training run", error_axis(study, curve.metric))
    return drawn


def frontier(records: Sequence[Record], metric: str) -> list[Record]:
    """Of trials in ascending order of compute, then error, those with a lower error than every one before."""
    front: list[Record] = []
    for record in records:
        if not front or record.error(metric) < front[-1].error(metric):
            front.append(record)
    return front


def size_and_data(study: Study, curve: Curve, joint: Joint, width: int) -> Drawing:
    """The lowest error of each size, a line a shard: dots the trials, lines the joint law."""
    fitted = joint.law.value
    assert fitted
    shards = sorted({r.trial.m for r in joint.runs})
    params = np.geomspace(*padded([r.parameters for r in joint.runs], 0.02, 0.02), 12)
    errors = [r.error(curve.metric) for r in joint.runs]
    ends = []
    with drawing(width) as drawn:
        logarithmic(drawn, padded([r.parameters for r in joint.runs]), padded(errors))
        for m, colour in zip(shards, ramp(len(shards)), strict=True):
            here = [r for r in joint.runs if r.trial.m == m]
            law = fitted.predict(params, np.full_like(params, m))
            drawn.axes.plot(params, law, color=colour, lw=1.4)
            x, y = [r.parameters for r in here], [r.error(curve.metric) for r in here]
            (dots,) = drawn.axes.plot(x, y, "o", color=colour, ms=6, mec=SURFACE, mew=1.0, zorder=4)
            drawn.tell(dots, [_trial_text(r, curve.metric) for r in here])
            drawn.keep(f"m = {m:,}", x, y)
            ends.append((float(params[-1]), float(law[-1]), short(m), colour))
        label_ends(drawn, ends)
        named(drawn, "parameters", error_axis(study, curve.metric))
    return drawn


def compute_optimal(study: Study, curve: Curve, joint: Joint, width: int) -> Drawing:
    """Lines of equal error by the joint law, the trials, and the best split of ever more compute."""
    law, splits = joint.law.value, joint.frontier.value
    assert law
    assert splits
    columns = ([r.parameters for r in joint.runs], [r.trial.m for r in joint.runs],
               [r.error(curve.metric) for r in joint.runs])  # fmt: skip
    params, data, error = (np.array(column, dtype=float) for column in columns)
    runs = JointRuns(params=params, data=data, error=error, unique=None, said="")
    return joint_picture(law, runs, splits, width, (data_axis(study), "parameters"))


def _trial_text(record: Record, metric: str) -> str:
    return (
        f"{number(record.error(metric), 4)} for {number(record.flops)} FLOPs\nm = {record.trial.m:,}, "
        f"size {record.trial.size}: {record.parameters:,} parameters, {record.epochs:.1f} epochs"
    )
