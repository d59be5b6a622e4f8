"""The figures of a comparison: both curves with what lies ahead, the shift at each shard, what an error costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

import numpy as np

from steepness.compare.contrast import Contrast, Side
from steepness.compare.costs import COSTS
from steepness.laws import Interval
from steepness.laws.interval import in_percent
from steepness.press.axes import logarithmic, named, padded, shard_ticks
from steepness.press.canvas import INK, PAPER, SERIES, SURFACE, Drawing, drawing, readable
from steepness.press.labels import label_above, label_ends
from steepness.press.words import ELLIPSIS, MINUS, exponent, number, plain, short, signed
from steepness.study.names import cut, data_axis, error_axis, model_name
from steepness.training.trial import Record

COLOURS = SERIES[:2]
TABLES = re.compile(r"^[\w.]+\.(?=\w+=)")
"""What a setting's key is in: the training. of training.optimizer=sgd."""
VARYING = 1.1
"""Factor between the least and the most of a cost below which there is nothing to see."""


def curves(contrast: Contrast, width: int) -> Drawing:
    """Both arms' best fits with their laws, and the error to expect further on; a bar where the laws cross."""
    sides = contrast.sides
    points = [
        (r.trial.m, r.error(contrast.metric)) for side in sides for r in above_zero(side, contrast.metric)
    ]
    ahead = [side.ahead.value for side in sides if side.ahead.value]
    errors = [*(e for _, e in points), *(v for i in ahead for v in (i.value, i.low, i.high))]
    shards = sorted({float(m) for m, _ in points})
    ends = []
    with drawing(width) as drawn:
        logarithmic(drawn, padded([shards[0], contrast.ahead_m]), padded(errors))
        shard_ticks(drawn, [*shards, contrast.ahead_m])
        for i, (side, label, colour) in enumerate(zip(sides, _labels(contrast), COLOURS, strict=True)):
            if not above_zero(side, contrast.metric):
                continue
            _runs(drawn, side, contrast.metric, colour)
            place = contrast.ahead_m * 1.04 ** (2 * i - 1)
            end, law = _onwards(drawn, contrast, side, colour, place)
            ends.append((contrast.ahead_m * 1.04, end, f"{label}{law}", readable(colour)))
        label_ends(drawn, ends)
        study = contrast.baseline.study
        named(drawn, data_axis(study), error_axis(study, contrast.metric))
        _crossing(drawn, contrast)
    return drawn


def above_zero(side: Side, metric: str) -> list[Record]:
    """The runs that logarithmic axes have a place for."""
    return [r for r in side.runs if r.error(metric) > 0]


def _runs(drawn: Drawing, side: Side, metric: str, colour: str) -> None:
    """Every run of the best fits, and the law over the shards it was fitted to."""
    runs = above_zero(side, metric)
    m = [r.trial.m for r in runs]
    error = [r.error(metric) for r in runs]
    drawn.keep(side.label, m, error)
    (dots,) = drawn.axes.plot(m, error, "o", color=colour, ms=6.5, mec=SURFACE, mew=1.2, zorder=4)
    drawn.tell(
        dots,
        [
            f"{side.label}, m = {r.trial.m:,}\n{number(r.error(metric), 4)}, size {r.trial.size}, "
            f"{r.parameters:,} parameters\ndata seed {r.trial.data_seed}, seed {r.trial.seed}"
            for r in runs
        ],
    )
    if side.law:
        law, fine = side.law.fit, np.geomspace(side.law.m[0], side.law.m[-1], 16)
        low, high = law.band(fine)
        drawn.axes.plot(fine, law.predict(fine), color=colour, lw=1.8)
        drawn.axes.fill_between(fine, low, high, color=colour, alpha=0.12, lw=0)


def _onwards(drawn: Drawing, contrast: Contrast, side: Side, colour: str, place: float) -> tuple[float, str]:
    """A dashed line to the forecast with its interval; its height, and the exponent as the label's last line."""
    last = max((r for r in above_zero(side, contrast.metric)), key=lambda r: r.trial.m)
    end = side.at(last.trial.m, contrast.metric) or last.error(contrast.metric)
    if (ahead := side.ahead.value) is not None:
        drawn.axes.plot([last.trial.m, place], [end, ahead.value], color=colour, lw=1.2, ls=(0, (4, 3)))
        drawn.axes.vlines([place], [ahead.low], [ahead.high], color=colour, lw=1.6)
        (dot,) = drawn.axes.plot([place], [ahead.value], "o", color=SURFACE, mec=colour, mew=1.8, ms=6.5)
        drawn.keep(f"{side.label}, expected", [contrast.ahead_m], [ahead.value], [(ahead.low, ahead.high)])
        drawn.tell(
            dot, [f"{side.label}, expected at m = {short(contrast.ahead_m)}\n{number(ahead.value, 4)}"]
        )
        end = ahead.value
    return end, f"\nβ {exponent(side.law.fit.beta_g.value)}" if side.law else ""


def _crossing(drawn: Drawing, contrast: Contrast) -> None:
    crossing = contrast.laws.value.crossing.value if contrast.laws.value else None
    left, right = drawn.axes.get_xlim()
    if crossing is not None and left < crossing.value < right:
        drawn.axes.axvline(crossing.value, color=PAPER, lw=1, ls=(0, (2, 2)), zorder=1)
        label_above(drawn, [(crossing.value, f"cross at {short(crossing.value)}")])


def shifts(contrast: Contrast, width: int) -> Drawing:
    """The candidate's error over the baseline's at each shard, in percent, with intervals, and overall."""
    shift, colour = contrast.shift.value, COLOURS[1]
    assert shift is not None
    with drawing(width) as drawn:
        drawn.axes.set(xscale="log", xlim=padded(shift.m))
        shard_ticks(drawn, shift.m)
        drawn.axes.axhline(0, color=INK, lw=1)
        line, name = _line(contrast)
        ends = [shift.m[0], shift.m[-1]]
        drawn.axes.fill_between(
            ends, [e.low for e in line], [e.high for e in line], color=colour, alpha=0.12, lw=0
        )
        drawn.axes.plot(ends, [e.value for e in line], color=colour, lw=1.4)
        low, high = ([getattr(at, side) for at in shift.at] for side in ("low", "high"))
        drawn.axes.vlines(shift.m, low, high, color=colour, lw=1.6)
        drawn.keep("shift in percent", shift.m, [at.value for at in shift.at], zip(low, high, strict=True))
        (dots,) = drawn.axes.plot(
            shift.m, [at.value for at in shift.at], "o", color=colour, ms=7.5, mec=SURFACE, mew=1.4, zorder=4
        )
        drawn.tell(
            dots,
            [
                f"m = {m:,.0f}\n{signed(at.value)} % ({signed(at.low)}{ELLIPSIS}{signed(at.high)})"
                for m, at in zip(shift.m, shift.at, strict=True)
            ],
        )
        drawn.axes.yaxis.set_major_formatter(
            lambda value, _: f"{value:+g} %".replace("-", MINUS) if value else "0 %"
        )
        drawn.axes.set_ylim(drawn.axes.get_ylim())  # labels are placed within limits that stay
        named(
            drawn,
            data_axis(contrast.baseline.study),
            f"error of {contrast.candidate.label} over {contrast.baseline.label}",
        )
        label_ends(drawn, [(shift.m[-1], line[1].value, name, readable(colour))])
    return drawn


def _line(contrast: Contrast) -> tuple[tuple[Interval, Interval], str]:
    """The shift at the first and the last shard, in percent: overall, or changing with data where it is found to."""
    shift = contrast.shift.value
    assert shift is not None
    if not (contrast.answer and contrast.answer.turn):
        return (shift.overall, shift.overall), "overall"
    ends = (end.interval(contrast.level).map(in_percent) for end in (shift.first, shift.last))
    first, last = ends
    return (first, last), contrast.answer.turn


def costs(contrast: Contrast, name: str, width: int) -> Drawing:
    """What the best fits of both arms cost over the error they reach; a line where the costs are compared."""
    sides = contrast.sides
    spent = [_spent(contrast, side, name) for side in sides]
    with drawing(width) as drawn:
        logarithmic(drawn, padded([c for s in spent for c, _ in s]), padded([e for s in spent for _, e in s]))
        if contrast.error is not None:
            drawn.axes.axhline(contrast.error, color=PAPER, lw=1, ls=(0, (2, 2)), zorder=1)
        ends = []
        for side, label, points, colour in zip(sides, _labels(contrast), spent, COLOURS, strict=True):
            if not points:
                continue
            cost, error = zip(*points, strict=True)
            (dots,) = drawn.axes.plot(cost, error, "o-", color=colour, lw=1.4, ms=6.5, mec=SURFACE, mew=1.2)
            drawn.tell(
                dots, [f"{side.label}\n{number(e, 4)} for {short(c)} {plain(name)}" for c, e in points]
            )
            drawn.keep(side.label, cost, error)
            ends.append((cost[-1], error[-1], label, readable(colour)))
        label_ends(drawn, ends)
        study = contrast.baseline.study
        named(drawn, AXES[name], error_axis(study, contrast.metric))
    return drawn


def _labels(contrast: Contrast) -> tuple[str, str]:
    return in_lines((contrast.baseline.label, contrast.candidate.label))


def in_lines(labels: tuple[str, str]) -> tuple[str, str]:
    """The arms' labels as a panel has room for them: the model over its settings, without the tables that these are in.

    Args:
        labels: "net" or "net (training.optimizer=sgd, options.dropout=0.2)".
    """
    parts = (label.removesuffix(")").partition(" (") for label in labels)
    short = [
        "\n".join(
            [
                model_name(model),
                *(cut(TABLES.sub("", setting)) for setting in settings.split(", ") if setting),
            ]
        )
        for model, _, settings in parts
    ]
    return (short[0], short[1]) if short[0] != short[1] else labels


def varying(contrast: Contrast) -> list[str]:
    """The costs that differ enough between shards or arms to be drawn."""
    spent = {
        name: [cost for side in contrast.sides for cost, _ in _spent(contrast, side, name)] for name in AXES
    }
    return [name for name, costs in spent.items() if costs and max(costs) > VARYING * min(costs)]


AXES = {
    "parameters": "parameters of the best fit",
    "flops": "FLOPs of its training",
    "seconds": "seconds of its training",
}


def _spent(contrast: Contrast, side: Side, name: str) -> Sequence[tuple[float, float]]:
    """Median cost and error at each shard where it is above 0, ascending in m."""
    shards = sorted({r.trial.m for r in side.runs})
    spent = [
        (median(COSTS[name](r) for r in side.runs if r.trial.m == m), side.at(m, contrast.metric))
        for m in shards
    ]
    return [(cost, error) for cost, error in spent if error > 0]
