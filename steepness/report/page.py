"""The report of a study: one page that opens anywhere, the same facts as Markdown, figures, curves.csv."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from steepness.press.page import page_environment, show, write_text
from steepness.press.words import duration
from steepness.report import doubts, tables
from steepness.report.exhibits import exhibits
from steepness.report.plots import plots
from steepness.report.sentences import boundary_line, claim_line, headline
from steepness.study import account
from steepness.study.export import curves_csv
from steepness.study.names import metric_name

if TYPE_CHECKING:
    from steepness.study import Study


def write_report(study: Study) -> Path:
    """Write report.html, report.md, curves.csv and figures/ into the study's folder.

    A half-finished study gets what there is so far, and says what is missing.

    Returns:
        The path of report.html.
    Raises:
        OSError: the folder cannot be written to.
    """
    best = [c for c in study.curves if c.best_fit and c.points]
    first = [c for c in best if c.metric == study.manifest.metrics[0].name]
    drawn = list(plots(study, best))
    groups = [plot.group for plot in drawn]
    environment = page_environment(
        "report",
        account=account,
        boundary_line=boundary_line,
        claim_line=claim_line,
        metric_name=metric_name,
        tables=tables,
    )
    facts: dict[str, Any] = {
        "study": study,
        "about": study.manifest,
        "headlines": [headline(curve) for curve in first],
        "lede": _lede(study),
        "best": best,
        "first": first,
        "claimed_sizes": [c for c in study.curves if not c.best_fit and c.claim and c.fit],
        "figures": [show(study.path / "figures", plot, groups.count(plot.group) == 1) for plot in drawn],
        "doubts": doubts.of_study(study, first),
        "exhibits": exhibits(study, first),
    }
    write_text(study.path / "curves.csv", curves_csv(study, study.curves))
    write_text(study.path / "report.md", environment.get_template("report.md.j2").render(facts))
    return write_text(study.path / "report.html", environment.get_template("page.html.j2").render(facts))


def _lede(study: Study) -> str:
    """The size of the study in one line."""
    shards = sorted({p.m for c in study.curves for p in c.points})
    counts = {status.replace("_", " "): n for status, n in study.counts().items() if n}
    statuses = ", ".join(f"{n} {status}" for status, n in counts.items())
    parts = [f"{len(study.records)} trials: {statuses}" if statuses else "no trials yet"]
    if shards:
        parts.append(f"{len(shards)} shards, {shards[0]:,} to {shards[-1]:,} {study.manifest.unit}")
    seconds = sum(r.timing.train_seconds + r.timing.evaluate_seconds for r in study.records if r.timing)
    parts.append(f"{duration(seconds)} of computing")
    parts += sorted({r.machine.device for r in study.records})
    return " · ".join(parts)
