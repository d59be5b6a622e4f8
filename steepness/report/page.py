"""The report of a study: one page that opens anywhere, the same facts as Markdown, figures, curves.csv."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from steepness.data.files import write_atomically
from steepness.laws.amounts import counted, ranged
from steepness.press.page import ALONE, Frame, page_environment, write_html, write_text
from steepness.press.plots import show
from steepness.press.words import duration
from steepness.report import doubts, tables
from steepness.report.exhibits import exhibits
from steepness.report.meaning import joint_sentences, sentences
from steepness.report.plots import plots
from steepness.report.sentences import boundary_line, claim_line, headline
from steepness.study import account
from steepness.study.checklist import checklist
from steepness.study.export import curves_csv, whole
from steepness.study.names import metric_name
from steepness.study.outlook import joint, outlook

if TYPE_CHECKING:
    from steepness.study import Study


def write_report(study: Study, folder: Path | None = None, frame: Frame = ALONE) -> Path:
    """Write report.html, report.md, curves.csv and figures/ into the study's folder, or index.html into a site's.

    A half-finished study gets what there is so far, and says what is missing.

    Args:
        folder: another folder than the study's own.
        frame: where the page hangs in a site; without one it stands alone, with Markdown beside it.
    Returns:
        The path of the page.
    Raises:
        OSError: the folder cannot be written to.
    """
    folder = folder or study.path
    facts = _facts(study)
    drawn = plots(study, facts["best"], facts["joints"])
    facts["figures"] = show(folder, drawn, frame=frame)
    environment = page_environment(
        "report", frame, account=account, boundary_line=boundary_line, claim_line=claim_line,
        joint_sentences=joint_sentences, metric_name=metric_name, sentences=sentences, tables=tables,
    )  # fmt: skip
    write_text(folder / "curves.csv", curves_csv(study, study.curves))
    if not frame.alone:
        write_atomically(folder / f"{study.name}.json", whole(study))
    if frame.alone:
        write_text(folder / "report.md", environment.get_template("report.md.j2").render(facts))
    name = "report.html" if frame.alone else "index.html"
    return write_html(environment, "page.html.j2", facts, folder / name)


def _facts(study: Study) -> dict[str, Any]:
    """What the templates show."""
    best = [c for c in study.curves if c.best_fit and c.points]
    first = [c for c in study.headline if c.points]
    return {
        "study": study,
        "about": study.manifest,
        "headlines": [headline(curve) for curve in first],
        "lede": _lede(study),
        "best": best,
        "first": first,
        "claimed_sizes": [c for c in study.curves if not c.best_fit and c.claim and c.fit],
        "ahead": {c.id: outlook(c) for c in first if c.fit},
        "joints": [joint(study, c) for c in first],
        "at_once": [*study.manifest.doubts, *doubts.unlearnt(first)],
        "doubts": doubts.of_study(study, first),
        "exhibits": exhibits(study, first),
        "cite": account.citation(study),
        "checklist": checklist(study),
    }


def _lede(study: Study) -> str:
    """The size of the study in one line."""
    shards = sorted({p.m for c in study.curves for p in c.points})
    counts = {status.replace("_", " "): n for status, n in study.counts().items() if n}
    statuses = ", ".join(f"{n} {status}" for status, n in counts.items())
    parts = [f"{counted(len(study.records), 'trial')}: {statuses}" if statuses else "no trials yet"]
    if shards:
        parts.append(
            f"{counted(len(shards), 'shard')}, {ranged(f'{shards[0]:,}', f'{shards[-1]:,}')} {study.manifest.unit}"
        )
    seconds = sum(r.timing.train_seconds + r.timing.evaluate_seconds for r in study.records if r.timing)
    parts.append(f"{duration(seconds)} of computing")
    parts += sorted({r.machine.device for r in study.records})
    return " · ".join(parts)
