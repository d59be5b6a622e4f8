"""Writes the site: the front page, What if, and every page of a study, a comparison, the paper and the nights."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from steepness.compare import words as compare_words
from steepness.compare.page import write_comparison
from steepness.compare.stored import STORED, read_stored
from steepness.compare.table import central_claim, headline, pooled_table
from steepness.data.files import write_atomically
from steepness.laws.amounts import counted
from steepness.nightly.history import write_history
from steepness.nightly.night import Night, read_nights
from steepness.paper.page import write_page
from steepness.paper.refit import Refit, refit_paper
from steepness.press.files import Album
from steepness.press.page import Frame, Link, for_script, page_environment, write_html, write_shared
from steepness.press.plots import show
from steepness.press.words import exponent_with_bounds, listing
from steepness.report.page import write_report
from steepness.site import exponents, figures, whatif
from steepness.site.catalogue import Catalogue, Compared, read_catalogue
from steepness.study import Study
from steepness.study.names import metric_name


@dataclass(frozen=True)
class Entry:
    """A page below the front page.

    Attributes:
        folder: its own, below the site's.
        title, about: what the front page says of it.
        write: writes it into its folder, in a frame.
    """

    folder: str
    title: str
    about: str
    write: Callable[[Path, Frame], None]


def write_site(source: Path, out: Path, nights: Path | None = None) -> Path:
    """Write a static site over everything below a folder; it needs no server and no network.

    Args:
        source: folder of studies and comparisons.
        out: where the site goes; made if it is not there.
        nights: folder of nights; left out if there are none.
    Returns:
        The path of the front page.
    Raises:
        ValueError: no study below the source, or a damaged record.
        OSError: the site cannot be written.
    """
    catalogue = read_catalogue(source)
    pages = entries(catalogue, read_nights(nights) if nights else [])
    main = [Link(f"{p.folder}/index.html", p.title) for p in pages if p.folder in ("paper", "nightly")]
    links = (Link("whatif/index.html", "What if"), *main)
    ordered = [Entry("whatif", "What if", "", partial(_write_whatif, catalogue)), *pages]
    # What if comes first, and is written last: it forecasts from what the studies' pages export.
    album = Album()
    front = _write_front(catalogue, pages, source, out, Frame(home="index.html", links=links, album=album))
    for i in [*range(1, len(ordered)), 0]:
        frame = _frame(links, ordered[i - 1 : i] if i else [], ordered[i + 1 : i + 2])
        ordered[i].write(out / ordered[i].folder, replace(frame, album=album))
    write_atomically(out / "figures.pdf", album.close())
    write_shared(out)
    return front


def entries(catalogue: Catalogue, nights: list[Night]) -> list[Entry]:
    """Every page but the front page and What if, in the order that next and previous follow."""
    found = [Entry(s.name, s.name, study_line(s), partial(_write_study, s)) for s in catalogue.studies]
    found += [
        Entry(c.name, c.name, compare_words.headline(c.contrast), partial(_write_comparison, c))
        for c in catalogue.comparisons
    ]
    refits = refit_paper()
    about = f"{counted(len(refits), 'published curve')}, both forms and both ranges."
    found.append(Entry("paper", "The paper, fitted again", about, partial(_write_paper, refits)))
    if nights:
        about = f"{counted(len(nights), 'night')} against stored runs."
        found.append(Entry("nightly", "Nights", about, partial(_write_nights, nights)))
    return found


def _write_study(study: Study, folder: Path, frame: Frame) -> None:
    write_report(study, folder, frame)


def _write_comparison(compared: Compared, folder: Path, frame: Frame) -> None:
    write_comparison(compared.contrast, folder, frame=frame)


def _write_paper(refits: Sequence[Refit], folder: Path, frame: Frame) -> None:
    write_page(refits, folder / "index.html", frame)


def _write_nights(nights: Sequence[Night], folder: Path, frame: Frame) -> None:
    write_history(nights, folder / "index.html", frame)


def study_line(study: Study) -> str:
    """A study in a line: what fell how steeply."""
    said = [
        f"{c.model}: {metric_name(study, c.metric)} ∝ m^{exponent_with_bounds(c.quoted.beta_g)}"
        if c.fit else f"{c.model}: no exponent yet" for c in study.headline
    ]  # fmt: skip
    return f"{study.manifest.domain}, preset {study.manifest.preset_name}. {'; '.join(said)}"


def _frame(links: tuple[Link, ...], before: list[Entry], after: list[Entry]) -> Frame:
    """Where a page one folder down hangs."""
    neighbours = [Link(f"../{e.folder}/index.html", e.title) for e in (*before[:1], *after[:1])]
    first = neighbours[0] if before else Link("../index.html", "All studies")
    last = neighbours[-1] if after else None
    below = tuple(Link(f"../{link.href}", link.title) for link in links)
    return Frame(home="../index.html", links=below, before=first, after=last)


def _tally(quoted: exponents.Quoted) -> str:
    """How the exponents stand to the paper's, in a few words."""
    answers = Counter(curve.verdict.answer if curve.verdict else "without a claim" for _, curve in quoted)
    return listing([f"{n} {answer}" for answer, n in answers.most_common()])


def _write_front(catalogue: Catalogue, pages: list[Entry], source: Path, out: Path, frame: Frame) -> Path:
    quoted, fitted = list(catalogue.quoted()), list(catalogue.fitted())
    claim = central_claim([read_stored(path) for path in sorted(source.glob(f"*/*/{STORED}"))])
    facts = {
        "pages": pages,
        "figures": show(out, figures.plots(quoted), frame=frame),
        "summary": exponents.summary(quoted),
        "claim": headline(claim),
        "pooled": pooled_table(claim),
        "curves": whatif.rows(fitted),
        "cost": exponents.cost(catalogue),
        "tally": _tally(quoted),
        "command": shlex.join(["steepness", "site", str(source), "--out", str(out)]),
    }
    environment = page_environment("site", frame)
    return write_html(environment, "front.html.j2", facts, out / "index.html")


def _write_whatif(catalogue: Catalogue, folder: Path, frame: Frame) -> None:
    curves = whatif.grid(catalogue, folder.parent)
    data = for_script({"schema_version": 1, "curves": curves})
    environment = page_environment("site", frame)
    write_html(environment, "whatif.html.j2", {"data": data, "curves": curves}, folder / "index.html")
