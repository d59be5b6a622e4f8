"""Our curve beside the paper's own points, on the same axes and in the paper's unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from steepness.press.axes import logarithmic, named, padded
from steepness.press.canvas import MUTED, PAPER, SURFACE, Drawing, drawing, readable
from steepness.press.labels import label_clear, label_ends
from steepness.press.words import number, short
from steepness.report import marks
from steepness.report.figures import name_of
from steepness.study.claims import Claim, claims
from steepness.study.names import claim_scale, error_axis

if TYPE_CHECKING:
    from steepness.press.labels import Line
    from steepness.study import Study
    from steepness.study.curves import Curve


def can_be_set_beside(study: Study, curve: Curve) -> bool:
    """Whether the paper has points for the curve's claim, in a unit and a metric that ours can be put into."""
    return bool(curve.claim and curve.claim.points[0] and claim_scale(study, curve))


def all_of_the_papers(study: Study, curve: Curve) -> list[Claim]:
    """Every curve that the paper shows for the domain in the curve's metric, in the unit of the curve's claim."""
    assert curve.claim
    return [
        claim for claim in claims()
        if claim.domain == curve.claim.domain and claim.unit == curve.claim.unit and claim.points[0]
        and claim_scale(study, curve, claim)
    ]  # fmt: skip


def beside_the_paper(
    study: Study, curve: Curve, colour: str, width: int, theirs: Sequence[Claim] = ()
) -> Drawing:
    """Our curve and the paper's own points on the same axes, each over its own shards, in the paper's unit.

    Args:
        theirs: the paper's curves; the curve's own claim if there are none.
    """
    scale = claim_scale(study, curve)
    assert curve.claim is not None
    assert scale is not None
    published = theirs or (curve.claim,)
    ours: Line = ([p.m / scale for p in curve.points], [p.error for p in curve.points])
    rows: list[Line] = [claim.points for claim in published]
    laws: list[Line] = [
        (claim.points[0], marks.claimed(claim, np.array(claim.points[0]))) for claim in published
    ]
    every = [ours, *rows, *laws]
    with drawing(width) as drawn:
        logarithmic(
            drawn, padded([m for x, _ in every for m in x]), padded([e for _, y in every for e in y], 0.1)
        )
        for claim, law in zip(published, laws, strict=True):
            _draw_theirs(drawn, claim, law)
        if curve.fit:
            span = np.geomspace(*marks.fitted_range(curve), 16)
            drawn.axes.plot(span / scale, curve.quoted.predict(span), color=colour, lw=2)
        marks.best_fits(drawn, curve, colour, scale)
        said = (
            [marks.paper_label(drawn, curve.claim)] if not theirs else [c.id.split("/")[1] for c in published]
        )
        ends = [(float(x[-1]), float(y[-1]), text, MUTED) for (x, y), text in zip(laws, said, strict=True)]
        label_ends(drawn, ends)
        label_clear(drawn, ours, name_of(curve), readable(colour))
        named(drawn, f"training data, m ({curve.claim.unit})", error_axis(study, curve.metric))
    return drawn


def _draw_theirs(drawn: Drawing, claim: Claim, law: Line) -> None:
    m, error = claim.points
    drawn.axes.plot(*law, color=PAPER, lw=1.6)
    (dots,) = drawn.axes.plot(m, error, "o", color=PAPER, ms=6.5, mec=SURFACE, mew=1.2, zorder=4)
    where = f"{claim.model}, {marks.HESTNESS}"
    drawn.tell(dots, [f"{where}\n{number(e, 4)} at m = {short(x)}" for x, e in zip(m, error, strict=True)])
    drawn.keep(f"{claim.id}, the paper", m, error)
