"""The report of a study: one page that opens anywhere, the same facts as Markdown, figures, curves.csv."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steepness.data.storage import write_atomically
from steepness.press.canvas import NARROW, WIDE, embedded, png, svg
from steepness.report import doubts, tables
from steepness.report.exhibits import exhibits
from steepness.report.plots import Plot, plots
from steepness.report.sentences import boundary_line, claim_line, duration, headline, metric_name

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

    from steepness.study import Study


@dataclass(frozen=True)
class Shown:
    """A figure as the page embeds it: for wide screens (None in a row of panels) and for narrow places."""

    plot: Plot
    wide: Markup | None
    narrow: Markup


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
    environment = page_environment()
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
    _write(study.path / "curves.csv", tables.curves_csv(study, study.curves))
    _write(study.path / "report.md", environment.get_template("report.md.j2").render(facts))
    return _write(study.path / "report.html", environment.get_template("page.html.j2").render(facts))


def show(folder: Path, plot: Plot, alone: bool) -> Shown:
    """Write a figure's files and embed it; a figure that stands alone gets a wide version too."""
    from markupsafe import Markup

    wide, narrow = plot.draw(WIDE), plot.draw(NARROW)
    text = svg(wide)
    _write(folder / f"{plot.name}.svg", text)
    write_atomically(folder / f"{plot.name}.png", png(wide))
    # The markup is our own: matplotlib's, with every text escaped by ElementTree.
    large = Markup(embedded(text, wide.tips, f"wide-{plot.name}", plot.title)) if alone else None
    return Shown(plot, large, Markup(embedded(svg(narrow), narrow.tips, f"panel-{plot.name}", plot.title)))


def page_environment() -> Environment:
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader(f"steepness.{room}")
                for room in ("report", "compare", "nightly", "paper", "press")
            ]
        ),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = _cell
    environment.globals |= {
        "boundary_line": boundary_line,
        "claim_line": claim_line,
        "metric_name": metric_name,
        "tables": tables,
    }
    return environment


def _cell(text: str) -> str:
    """Text for Markdown, in a table or out of it: no markup of its own, no line breaks."""
    return html.escape(" ".join(str(text).split()), quote=False).replace("|", "\\|")


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


def _write(path: Path, text: str) -> Path:
    write_atomically(path, text.encode())
    return path
