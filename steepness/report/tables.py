"""Tables of the report, as rows of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from steepness.press.table import Table
from steepness.press.words import FORMS, RANGES, alike, exponent, exponent_with_bounds, interval, number
from steepness.report.sentences import verdict_cell
from steepness.study.names import metric_name

if TYPE_CHECKING:
    from steepness.study import Study
    from steepness.study.curves import Curve


def exponents(curve: Curve) -> Table:
    """Both forms over both ranges; the quoted fit is strong."""
    assert curve.fit is not None
    # The interval to quote may be wider than its row's own, as it may allow for the other form.
    quoted = curve.quoted
    fits = [quoted if (f.form, f.range) == (quoted.form, quoted.range) else f for f in curve.fit.fits]
    rows = [
        [
            FORMS[f.form], f"{RANGES[f.range]} ({f.n_shards})", exponent_with_bounds(f.beta_g), interval(f.alpha),
            interval(f.gamma) if f.form == "power_constant" else "–", f"{f.r2:.4f}",
        ]
        for f in fits
    ]  # fmt: skip
    chosen = frozenset(i for i, f in enumerate(fits) if f is quoted)
    head = ["Law", "Range (shards)", "Exponent β (95 %)", "α", "Irreducible γ", "R²"]
    return Table(head, rows, frozenset({2, 3, 4, 5}), chosen)


def verdicts(study: Study, curves: Sequence[Curve]) -> Table:
    """The exponent to quote of each curve, beside the paper's if any has one; a row for each claim."""
    rows = [
        [c.model if c.best_fit else f"{c.model}, size {c.size}", metric_name(study, c.metric),
         exponent_with_bounds(c.quoted.beta_g), FORMS[c.quoted.form],
         *((exponent(claim.beta_g), claim.id, verdict_cell(c, claim)) if claim else ("–",) * 3)]
        for c in curves if c.fit for claim in c.claims or (None,)
    ]  # fmt: skip
    head = ["Model", "Metric", "Exponent β (95 %)", "Law", "Hestness et al. 2017", "Their curve", "Verdict"]
    shown = len(head) if any(c.claims for c in curves) else head.index("Hestness et al. 2017")
    return Table(head[:shown], [row[:shown] for row in rows], frozenset({2, 4} & set(range(shown))))


def results(study: Study) -> Table:
    """What a study came to, narrow enough for a terminal: the best fit at each shard, by the first metric."""
    rows = [
        [c.model, f"{p.m:,}", error, f"{low} to {high}", str(p.seeds), str(p.size), "yes" if p.flagged else ""]
        for c in study.headline for p in c.points for error, low, high in [alike(p.error, p.low, p.high, 4)]
    ]  # fmt: skip
    head = ["Model", "m", "Error", "Over seeds", "Seeds", "Size", "Improving"]
    return Table(head, rows, frozenset(range(1, 6)))


def points(study: Study, curve: Curve) -> Table:
    """A curve's points: what was best at each shard."""
    also = study.manifest.shown_as
    rows = [
        [
            f"{p.m:,}", *([number(p.m / also[1])] if also else []), error, f"{low}–{high}", str(p.seeds),
            number(p.se, 2), number(p.test, 4), str(p.size), f"{p.params:,}", "yes" if p.flagged else "",
        ]
        for p in curve.points for error, low, high in [alike(p.error, p.low, p.high, 4)]
    ]  # fmt: skip
    head = [f"m ({study.manifest.unit})", *(also[:1] if also else []),
            f"Validation {metric_name(study, curve.metric)}", "Over seeds", "Seeds", "Sampling SE", "Test",
            "Size", "Parameters", "Still improving"]  # fmt: skip
    return Table(head, rows, frozenset(range(len(head))))


def sizes(curves: Sequence[Curve]) -> Table:
    """The size law of each model, beside the paper's if it has any."""
    rows = [
        [c.model, exponent_with_bounds(law.beta_p), interval(law.alpha), f"{law.r2:.3f}",
         exponent(c.claim.beta_p) if c.claim and c.claim.beta_p else "–"]
        for c in curves if (law := c.size_law.value)
    ]  # fmt: skip
    head = ["Model", "Exponent β (95 %)", "α (parameters)", "R²", "Hestness et al. 2017"]
    shown = len(head) if any(c.claims for c in curves) else len(head) - 1
    return Table(head[:shown], [row[:shown] for row in rows], frozenset(range(1, shown)))
