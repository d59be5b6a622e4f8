"""The front page's figures: each domain's curve over the paper's, and every exponent with its interval and claim."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from steepness.press.axes import exact, named
from steepness.press.canvas import INK, MUTED, PAPER, SERIES, Drawing, drawing, readable
from steepness.press.labels import BACKGROUND
from steepness.press.page import slug
from steepness.press.plots import Plot
from steepness.press.words import exponent, exponent_with_bounds, listing
from steepness.report.beside import all_of_the_papers, beside_the_paper, can_be_set_beside
from steepness.report.figures import overview
from steepness.site.exponents import Quoted
from steepness.study import Study
from steepness.study.curves import Curve
from steepness.study.names import metric_name, model_name

VERDICTS = {
    "agrees": SERIES[2], "consistent": SERIES[2], "disagrees": SERIES[1], "inconsistent": SERIES[1],
    "undecided": SERIES[0], "no claim": MUTED,
}  # fmt: skip

MARGINS, ROW = 90, 46
"""Pixels of the forest plot's height: around its rows, and of each, which is three lines of text."""


def plots(quoted: Quoted) -> Iterator[Plot]:
    """One panel for each curve, then the forest plot."""
    for i, (study, curve) in enumerate(quoted):
        yield _panel(study, curve, SERIES[i % len(SERIES)])
    yield Plot(
        name="exponents", group="overview", title="Every exponent",
        caption="Ours with 95 % intervals; grey diamonds: what the paper reports. Green agrees or is consistent, "
        "orange does not, blue is undecided.",
        paint=partial(forest, quoted),
    )  # fmt: skip


def _panel(study: Study, curve: Curve, colour: str) -> Plot:
    theirs, paint = "", partial(overview, study, [curve], [colour])
    if can_be_set_beside(study, curve):
        published = all_of_the_papers(study, curve)
        theirs = f"; grey: the paper’s {listing([c.model for c in published])} on {published[0].dataset}"
        paint = partial(beside_the_paper, study, curve, colour, theirs=published)
    return Plot(
        name=f"curve-{slug(study.name)}-{slug(curve.model)}", group="curves",
        title=f"{study.manifest.domain}: {metric_name(study, curve.metric)}",
        caption=f"{curve.model} on {study.manifest.preset.dataset}{theirs}.", paint=paint,
    )  # fmt: skip


def forest(quoted: Quoted, width: int) -> Drawing:
    """A row for each exponent: interval, estimate, claim."""
    with drawing(width, MARGINS + ROW * len(quoted)) as drawn:
        axes = drawn.axes
        for row, (study, curve) in enumerate(quoted):
            beta, colour = curve.quoted.beta_g, VERDICTS[_answer(curve)]
            axes.hlines(row, beta.low, beta.high, color=colour, lw=2.2)
            (dot,) = axes.plot([beta.value], [row], "o", color=colour, ms=8)
            drawn.tell(dot, [f"{study.name}, {curve.model}\n{exponent_with_bounds(beta)}\n{_words(curve)}"])
            drawn.keep(
                f"{study.manifest.domain}, {curve.model}", [row], [beta.value], [(beta.low, beta.high)]
            )
            if curve.claim:
                (mark,) = axes.plot([curve.claim.beta_g], [row], "D", color=PAPER, ms=6.5)
                drawn.tell(mark, [f"{curve.claim.id}, Hestness et al. 2017\n{exponent(curve.claim.beta_g)}"])
                drawn.keep(f"{curve.claim.id}, the paper", [row], [curve.claim.beta_g])
            _row_label(drawn, row, study, curve, readable(colour))
        axes.set_ylim(len(quoted) - 0.4, -0.6)
        axes.set_yticks([])
        axes.grid(axis="x")
        axes.margins(x=0.08)
        axes.locator_params("x", nbins=5 if drawn.narrow else 8, min_n_ticks=3)
        axes.xaxis.set_major_formatter(lambda value, _: exact(value))
        named(drawn, "exponent β", "")
        drawn.leave_room(20)
    return drawn


def _answer(curve: Curve) -> str:
    return curve.verdict.answer if curve.verdict else "no claim"


def _words(curve: Curve) -> str:
    return curve.verdict.in_words() if curve.verdict else "no claim"


def _row_label(drawn: Drawing, row: int, study: Study, curve: Curve, colour: str) -> None:
    """What the row is, above it at the left, and the verdict behind it; a narrow figure has room for its first word."""
    across = drawn.axes.get_yaxis_transform()
    verdict = _answer(curve) if drawn.narrow else _words(curve)
    for x, align, text, ink in (
        (0, "left", f"{study.manifest.domain}  {model_name(curve.model)}", INK),
        (1, "right", verdict, colour),
    ):
        drawn.axes.annotate(
            text,
            (x, row),
            (0, 9),
            xycoords=across,
            textcoords="offset points",
            va="bottom",
            ha=align,
            color=ink,
            bbox=BACKGROUND,
        )
