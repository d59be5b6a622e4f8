"""The figures of a study: learning curves, the paper's beside ours, size laws, training traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from steepness.press.axes import logarithmic, named, padded, shard_ticks
from steepness.press.canvas import INK, RAMP, SURFACE, Drawing, drawing, readable
from steepness.press.labels import label_ends
from steepness.press.words import exponent, number, short
from steepness.report import marks
from steepness.study.names import claim_scale, data_axis, error_axis, model_name

if TYPE_CHECKING:
    from steepness.study import Study
    from steepness.study.curves import Curve
    from steepness.training.trial import Record


def learning_curve(study: Study, curve: Curve, colour: str, width: int) -> Drawing:
    """Error over shard size: every trial, the best fits with their intervals, the law with its band, regions."""
    shards = [p.m for p in curve.points]
    records = trials_of(study, curve)
    best = [e for p in curve.points for e in (p.low, p.high)]
    ceiling, scale = marks.ceiling(curve), claim_scale(study, curve)
    seen = [min(r.error(curve.metric), ceiling) for r in records]
    last = shards[-1] * marks.FORECAST if curve.fit else shards[-1]
    end = float(curve.quoted.predict([last])[0]) if curve.fit else curve.points[-1].error
    with drawing(width) as drawn:
        logarithmic(drawn, padded([shards[0], last]), padded([*best, *seen, end], above=0.12))
        shard_ticks(drawn, shards)
        marks.trials(drawn, records, curve.metric, ceiling)
        ends = [(last, end, name_of(curve), readable(colour))]
        if curve.claim and scale:
            ends += marks.paper_line(drawn, curve.claim, scale)
        if curve.fit:
            marks.law(drawn, curve, colour)
        marks.best_fits(drawn, curve, colour)
        label_ends(drawn, ends)
        named(drawn, data_axis(study), error_axis(study, curve.metric))
        marks.regions(drawn, curve)
    return drawn


def overview(study: Study, curves: Sequence[Curve], colours: Sequence[str], width: int) -> Drawing:
    """Curves of one metric on the same axes: one per model, or one per size of a model."""
    shards = sorted({p.m for c in curves for p in c.points})
    with drawing(width) as drawn:
        logarithmic(
            drawn, padded(shards), padded([e for c in curves for p in c.points for e in (p.low, p.high)])
        )
        shard_ticks(drawn, shards)
        for curve, colour in zip(curves, colours, strict=True):
            if curve.fit:
                m = np.geomspace(*marks.fitted_range(curve), 16)
                drawn.axes.plot(m, curve.quoted.predict(m), color=colour, lw=1.8)
            marks.best_fits(drawn, curve, colour)
        last = [
            (c.points[-1], name_of(c), readable(colour)) for c, colour in zip(curves, colours, strict=True)
        ]
        label_ends(drawn, [(p.m, p.error, text, colour) for p, text, colour in last])
        named(drawn, data_axis(study), error_axis(study, curves[0].metric))
    return drawn


def size_laws(study: Study, curves: Sequence[Curve], colours: Sequence[str], width: int) -> Drawing:
    """Parameters of the best fit over shard size, with the size law."""
    shards = sorted({p.m for c in curves for p in c.points})
    params = [float(p.params) for c in curves for p in c.points]
    laws = [v for c in curves if (law := c.size_law.value) for v in law.predict([p.m for p in c.points])]
    ends = []
    with drawing(width) as drawn:
        logarithmic(drawn, padded(shards), padded([*params, *laws]))
        shard_ticks(drawn, shards)
        for curve, colour in zip(curves, colours, strict=True):
            m, params = np.array([(p.m, p.params) for p in curve.points], dtype=float).T
            (dots,) = drawn.axes.plot(m, params, "o", color=colour, ms=7.5, mec=SURFACE, mew=1.4, zorder=4)
            drawn.tell(
                dots,
                [f"{curve.model}, m = {p.m:,}\nsize {p.size}: {p.params:,} parameters" for p in curve.points],
            )
            end, text = params[-1], model_name(curve.model)
            if law := curve.size_law.value:
                drawn.axes.plot(m, law.predict(m), color=colour, lw=1.8)
                end, text = law.predict(m)[-1], f"{text}\nβ {exponent(law.beta_p.value)}"
            drawn.keep(curve.model, m, params)
            ends.append((m[-1], end, text, readable(colour)))
        label_ends(drawn, ends)
        named(drawn, data_axis(study), "parameters of the best fit")
    return drawn


def traces(study: Study, curve: Curve, width: int) -> Drawing:
    """Validation error while the best fits were trained, a line per shard, the minima marked."""
    chosen = [(m, r) for m, r in traced(study, curve) if _minimum(r, curve.metric)[1] > 0]
    colours = ramp(len(chosen))
    # An untrained model's error says nothing and would take half the axis.
    ceiling = 1.25 * max(_minimum(r, curve.metric)[1] for _, r in chosen)
    kept = [[e for e in r.trace if 0 < e.validation[curve.metric] <= ceiling] for _, r in chosen]
    with drawing(width) as drawn:
        errors = [e.validation[curve.metric] for trace in kept for e in trace]
        logarithmic(drawn, padded([e.step for trace in kept for e in trace], above=0.02), padded(errors))
        for trace, (m, _), colour in zip(kept, chosen, colours, strict=True):
            steps, error = [e.step for e in trace], [e.validation[curve.metric] for e in trace]
            drawn.axes.plot(steps, error, color=colour, lw=1.5)
            drawn.keep(f"m = {m:,}", steps, error, aside=True)
        minima = tuple(zip(*(_minimum(r, curve.metric) for _, r in chosen), strict=True))
        drawn.keep("where each was at its best", *minima)
        (dots,) = drawn.axes.plot(*minima, "o", color=INK, ms=6, mec=SURFACE, mew=1.2, zorder=4)
        drawn.tell(dots, [_minimum_text(r, curve.metric) for _, r in chosen])
        last = [
            (trace[-1], short(m), colour) for trace, (m, _), colour in zip(kept, chosen, colours, strict=True)
        ]
        label_ends(drawn, [(e.step, e.validation[curve.metric], text, colour) for e, text, colour in last])
        named(drawn, "training steps", error_axis(study, curve.metric))
    return drawn


def trials_of(study: Study, curve: Curve) -> list[Record]:
    """The finished trials a curve was chosen from, less those whose error is 0, for which its axis has no place."""
    return [
        r
        for r in study.records
        if r.status == "done"
        and r.trial.model == curve.model
        and curve.size in (None, r.trial.size)
        and r.error(curve.metric) > 0
    ]


def traced(study: Study, curve: Curve) -> list[tuple[int, Record]]:
    """The first best-fit trial at each shard that has a trace, with its shard."""
    found = {r.id: r for r in study.records}
    return [(p.m, found[p.trials[0]]) for p in curve.points if p.trials and found[p.trials[0]].trace]


def ramp(n: int) -> list[str]:
    """n colours from pale to deep, for what grows."""
    return [RAMP[round(i)] for i in np.linspace(0, len(RAMP) - 1, n)]


def name_of(curve: Curve) -> str:
    """The label beside a curve: its model (or size) over its exponent."""
    name = model_name(curve.model) if curve.size is None else f"size {curve.size}"
    if curve.fit is None:
        return name
    constant = " (+ γ)" if curve.quoted.form == "power_constant" else ""
    return f"{name}\nβ {exponent(curve.quoted.beta_g.value)}{constant}"


def _minimum(record: Record, metric: str) -> tuple[int, float]:
    """Where the line of a trial is lowest, as far as its trace tells: the trace may see a part of the split alone."""
    best = min(record.trace, key=lambda e: abs(e.step - record.best_step))
    return best.step, best.validation[metric]


def _minimum_text(record: Record, metric: str) -> str:
    return (
        f"m = {record.trial.m:,}: {number(record.error(metric), 4)}\n"
        f"step {record.best_step:,} of {record.steps:,}, {record.epochs:.1f} epochs, size {record.trial.size}"
    )
