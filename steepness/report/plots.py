"""Which figures a study's report has: each with its name, caption and what draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from steepness.press.canvas import SERIES
from steepness.press.page import slug
from steepness.press.plots import Plot
from steepness.press.words import number
from steepness.report import beside, compute_figures, figures
from steepness.study.names import metric_name

if TYPE_CHECKING:
    from steepness.laws.joint import ComputeOptimal
    from steepness.study import Study
    from steepness.study.curves import Curve
    from steepness.study.outlook import Joint


def plots(study: Study, best: Sequence[Curve], joints: Sequence[Joint] = ()) -> Iterator[Plot]:
    """Every figure that the study's points allow, in the order of the page.

    Args:
        best: the best-fit curves.
        joints: the joint law of each curve of the first metric.
    """
    first = study.manifest.metrics[0].name
    headline = [c for c in best if c.metric == first]
    colour = {c.model: SERIES[i % len(SERIES)] for i, c in enumerate(headline)}
    colours = list(colour.values())
    if len(headline) > 1:
        yield Plot(
            name="models", group="overview", title="All models",
            caption="The best fit of each model, with its law.",
            paint=partial(figures.overview, study, headline, colours),
        )  # fmt: skip
    for curve in best:
        yield _learning_curve(study, curve, colour[curve.model])
    for curve in (c for c in best if beside.can_be_set_beside(study, c)):
        yield _beside_the_paper(study, curve, colour[curve.model])
    if headline:
        yield Plot(
            name="size-law", group="training", title="Size law",
            caption="Parameters of the best-fit model at each shard.",
            paint=partial(figures.size_laws, study, headline, colours),
        )  # fmt: skip
    for curve in headline:
        yield from _of_model(study, curve)
        yield _compute(study, curve, colour[curve.model])
    for curve, found in zip(headline, joints, strict=False):
        if found.law.value:
            yield _joint(study, curve, found)
        if found.frontier.value:
            yield _frontier(study, curve, found.frontier.value, found)


def _learning_curve(study: Study, curve: Curve, colour: str) -> Plot:
    caption = f"The line to quote: {curve.reason}." if curve.fit else f"No law yet: {curve.fitted.reason}."
    title = f"{curve.model}, {metric_name(study, curve.metric)}"
    return Plot(
        name=f"learning-curve-{slug(curve.model)}-{slug(curve.metric)}", group="curves", title=title,
        caption=caption,
        paint=partial(figures.learning_curve, study, curve, colour),
    )  # fmt: skip


def _beside_the_paper(study: Study, curve: Curve, colour: str) -> Plot:
    assert curve.claim is not None
    return Plot(
        name=f"paper-{slug(curve.model)}-{slug(curve.metric)}", group="paper",
        title=f"{curve.model} beside the paper, {metric_name(study, curve.metric)}",
        caption=f"Ours on {study.manifest.preset.dataset}, the paper’s {curve.claim.model} on {curve.claim.dataset}, "
        "read off its figure.",
        paint=partial(beside.beside_the_paper, study, curve, colour),
    )  # fmt: skip


def _compute(study: Study, curve: Curve, colour: str) -> Plot:
    return Plot(
        name=f"compute-{slug(curve.model)}", group="compute", title=f"{curve.model}, error against compute",
        caption="Each dot a trial; line: the lowest error that so much training has bought, the search not counted.",
        paint=partial(compute_figures.error_over_compute, study, curve, colour),
    )  # fmt: skip


def _joint(study: Study, curve: Curve, joint: Joint) -> Plot:
    return Plot(
        name=f"joint-{slug(curve.model)}", group="compute", title=f"{curve.model}, size and data",
        caption="Dots: the lowest error of each size, a colour a shard; lines: the joint law.",
        paint=partial(compute_figures.size_and_data, study, curve, joint),
    )  # fmt: skip


def _frontier(study: Study, curve: Curve, splits: Sequence[ComputeOptimal], joint: Joint) -> Plot:
    cheapest, dearest = (number(splits[i].flops) for i in (0, -1))
    return Plot(
        name=f"frontier-{slug(curve.model)}", group="compute", title=f"{curve.model}, compute-optimal size and data",
        caption=f"Lines of equal error by the joint law; dots: the trials; diamonds: the best split of {cheapest} to "
        f"{dearest} FLOPs, the compute of the cheapest trial to that of the dearest.",
        paint=partial(compute_figures.compute_optimal, study, curve, joint),
    )  # fmt: skip


def _of_model(study: Study, curve: Curve) -> Iterator[Plot]:
    """Its sizes against each other, and its training."""
    stem = slug(curve.model)
    fixed = [c for c in study.curves if not c.best_fit and (c.model, c.metric) == (curve.model, curve.metric)]
    if len(fixed) > 1:
        yield Plot(
            name=f"sizes-{stem}", group="training", title=f"{curve.model}, size by size",
            caption="Each size with its own best settings: where lines cross, a larger model begins to pay.",
            paint=partial(figures.overview, study, fixed, figures.ramp(len(fixed))),
        )  # fmt: skip
    if figures.traced(study, curve):
        yield Plot(
            name=f"training-{stem}", group="training", title=f"{curve.model}, training",
            caption="Validation error while the best fits were trained, a line per shard; dots: where each "
            "was at its best.",
            paint=partial(figures.traces, study, curve),
        )  # fmt: skip
