"""What the paper published beside what its own points say, as text and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from steepness.laws import CurveFit
from steepness.paper.refit import Refit
from steepness.press.axes import logarithmic, named, padded
from steepness.press.canvas import INK, MUTED, PAPER, SERIES, Drawing, drawing
from steepness.press.page import ALONE, Frame, page_environment, slug, write_html
from steepness.press.plots import Plot, show
from steepness.press.table import Table, table_text
from steepness.press.words import FORMS, RANGES, exponent, exponent_with_bounds, number, plain, sentence

AXES = {
    "cross_entropy_nats": "cross entropy (nats)",
    "token_error": "token error (share of target tokens)",
    "character_error_rate": "character error rate (edits per character)",
    "top1_error": "top1 error (fraction of images)",
    "top5_error": "top5 error (fraction of images)",
}
"""What the paper's metrics are called beside their axis."""


def verdicts(refits: Sequence[Refit]) -> Table:
    """The published exponents against the published form over the published shards."""
    rows = [
        [r.claim.id, exponent(r.claim.beta_g), r.claim.evidence.split(" ")[0], _shown(r.published), r.verdict]
        for r in refits
    ]
    head = ["Curve", "Published β", "Evidence", "Their law over their shards (n)", "Verdict"]
    return Table(head, rows, frozenset({1, 3}))


def exponents(refits: Sequence[Refit]) -> Table:
    """Both forms over all shards and over the power-law region that we find, a row a curve."""
    rows = [[r.claim.id, *(_shown(f) for f in r.fit.fits)] for r in refits]
    head = ["Curve", *(f"{FORMS[f.form]}, {RANGES[f.range]}" for f in refits[0].fit.fits)]
    return Table(head, rows, frozenset())


def sizes(refits: Sequence[Refit]) -> Table:
    """Published and fitted exponents of the size laws."""
    rows = [
        [
            r.claim.id,
            exponent(r.claim.beta_p),
            exponent_with_bounds(r.size.beta_p),
            r.size_verdict or "–",
        ]
        for r in refits
        if r.size and r.claim.beta_p
    ]
    return Table(["Curve", "Published β_p", "Ours (95 %)", "Verdict"], rows, frozenset({1, 2}))


def _shown(fitted: CurveFit) -> str:
    return f"{exponent_with_bounds(fitted.beta_g)} {fitted.n_shards}"


def as_text(refits: Sequence[Refit]) -> str:
    """The tables for a terminal."""
    return "\n\n".join(table_text(table(refits)) for table in (verdicts, exponents, sizes))


def write_page(refits: Sequence[Refit], path: Path, frame: Frame = ALONE) -> Path:
    """Write the page: alone it is a single file that opens anywhere, in a site the files of its figures lie beside it.

    Args:
        frame: where it hangs in a site.
    Raises:
        OSError: the file cannot be written.
    """
    facts = {
        "refits": refits,
        "figures": show(
            None if frame.alone else path.parent,
            [_plot(refit) for refit in refits],
            frame=frame,
        ),
        "verdicts": verdicts(refits),
        "exponents": exponents(refits),
        "sizes": sizes(refits),
    }
    environment = page_environment("paper", frame)
    return write_html(environment, "paper.html.j2", facts, path)


def _plot(refit: Refit) -> Plot:
    claim, fit = refit.claim, refit.fit
    return Plot(
        name=f"refit-{slug(claim.id)}", group="curves", title=claim.id,
        caption=" ".join(map(sentence, (f"{claim.model} on {claim.dataset}", fit.reason, *fit.warnings))),
        paint=partial(_figure, refit),
    )  # fmt: skip


def _figure(refit: Refit, width: int) -> Drawing:
    """A curve's points, the published law, and ours with and without a constant."""
    m, error = (np.array(column) for column in refit.claim.points)
    fine = np.geomspace(m[0], m[-1], 40)
    with drawing(width) as drawn:
        logarithmic(drawn, padded(m.tolist()), padded(error.tolist()))
        named(drawn, f"training data, m ({refit.claim.unit})", AXES[refit.claim.metric])
        claimed = refit.claim.alpha * fine**refit.claim.beta_g + refit.claim.gamma
        drawn.axes.plot(fine, claimed, color=PAPER, lw=1.5)
        drawn.keep("read off the figure", m, error)
        drawn.keep("published law", m, refit.claim.alpha * m**refit.claim.beta_g + refit.claim.gamma)
        for f, colour in (
            (refit.fit.of("power", "power_law"), SERIES[0]),
            (refit.fit.of("power_constant", "power_law"), SERIES[1]),
        ):
            drawn.axes.plot(fine, f.predict(fine), color=colour, lw=1.4, ls=(0, (4, 3)))
            drawn.keep(f"ours, {FORMS[f.form]}", m, f.predict(m))
        for region, colour in (("power_law", INK), ("small_data", MUTED), ("irreducible", MUTED)):
            at = np.array([label == region for label in refit.fit.regions])
            if at.any():
                (marks,) = drawn.axes.plot(m[at], error[at], "o", ms=4, color=colour)
                drawn.tell(
                    marks,
                    [
                        f"{plain(region)}\n{number(x, 4)} {refit.claim.unit}\n{number(y, 4)}"
                        for x, y in zip(m[at], error[at], strict=True)
                    ],
                )
    return drawn
