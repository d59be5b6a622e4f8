"""Figures of a page: each drawn once, embedded, with its table and what there is to download of it."""

from __future__ import annotations

import logging
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from steepness.data.files import write_atomically
from steepness.press.canvas import MUTED, NARROW, WIDE, Drawing, drawing
from steepness.press.files import Album, embedded, numbers_csv, numbers_json, numbers_of_page, svg
from steepness.press.page import ALONE, Frame, for_script, write_text
from steepness.press.table import Table
from steepness.press.words import exactly, number

if TYPE_CHECKING:
    from markupsafe import Markup

_log = logging.getLogger(__name__)

Group = Literal["overview", "curves", "paper", "training", "compute"]
MAIN = ("overview", "curves")
"""Groups whose figure, if it is the only one, fills the column of a wide screen."""


@dataclass(kw_only=True, frozen=True)
class Plot:
    """A figure of a page.

    Attributes:
        name: stem of its files, unique on the page.
        group: figures of one group stand side by side.
        paint: makes its drawing at a width in pixels.
    """

    name: str
    group: Group
    title: str
    caption: str
    paint: Callable[[int], Drawing]


@dataclass(kw_only=True, frozen=True)
class Shown:
    """A figure as the page embeds it: for wide screens (None in a row of panels) and for narrow places.

    Attributes:
        files: what there is to download, relative to the page: kind and address.
        numbers: the table behind it.
        data: the same as JSON, and what only files hold besides, where the page's script makes the files: in a site.
    """

    plot: Plot
    wide: Markup | None
    narrow: Markup
    files: tuple[tuple[str, str], ...]
    numbers: Table
    data: Markup | None = None


def show(folder: Path | None, plots: Iterable[Plot], *, frame: Frame = ALONE) -> list[Shown]:
    """Embed a page's figures, and write their files.

    Each has its SVG, its numbers as CSV and JSON, and a page in figures.pdf, of the size that the page shows on a wide
    screen: a figure is drawn once, but for a page's main one, if it stands alone in its group, which gets a version
    for narrow places, too. In a site all but the PDF are made by the page when they are asked for, of what it holds
    anyway, so that nothing is stored twice.

    Args:
        folder: of the page; the files go into figures/ below it. None for a page that is a single file.
        frame: of the page; a site's pages share one PDF.
    """
    every = list(plots)
    groups = [plot.group for plot in every]
    wide = [plot.group in MAIN and groups.count(plot.group) == 1 for plot in every]
    drawings = [_drawn(plot, WIDE if large else NARROW) for plot, large in zip(every, wide, strict=True)]
    album = frame.album or Album()
    pages = [album.add(drawn) for drawn in drawings] if folder else []
    alone = bool(folder and drawings and not frame.album)
    if folder and alone:
        _write_files(folder / "figures", every, drawings)
        write_atomically(folder / "figures" / "figures.pdf", album.close())
    return [
        Shown(
            plot=plot,
            wide=element(drawn, f"w{number}", plot.title) if large else None,
            narrow=element(
                _drawn(plot, NARROW) if large else drawn, f"n{number}", plot.title, told=not large
            ),
            files=_addresses(plot, f"{frame.pdf}#page={pages[number - 1]}", alone) if folder else (),
            numbers=_numbers(drawn),
            data=for_script(numbers_of_page(drawn, plot.name, plot.title)) if frame.album else None,
        )
        for number, (plot, drawn, large) in enumerate(zip(every, drawings, wide, strict=True), 1)
    ]


def _drawn(plot: Plot, width: int) -> Drawing:
    """A plot's drawing; one that fails says so in its own place, and costs the page nothing else."""
    try:
        return plot.paint(width)
    except Exception as error:  # whatever a study's numbers or names may lead to
        _log.warning("figure %s could not be drawn", plot.name, exc_info=True)
        with drawing(width) as drawn:
            drawn.axes.axis("off")
            said = f"This figure could not be drawn ({type(error).__name__}: {error})."
            drawn.axes.text(0, 1, textwrap.fill(said, width // 9), color=MUTED, va="top")
        return drawn


def _write_files(folder: Path, plots: Iterable[Plot], drawings: Sequence[Drawing]) -> None:
    for plot, drawn in zip(plots, drawings, strict=True):
        write_text(folder / f"{plot.name}.svg", svg(drawn))
        write_text(folder / f"{plot.name}.csv", numbers_csv(drawn))
        write_text(folder / f"{plot.name}.json", numbers_json(drawn, plot.title))


def _addresses(plot: Plot, pdf: str, alone: bool) -> tuple[tuple[str, str], ...]:
    """What there is to download of a figure; `pdf` is the address of its page in one."""
    kinds = ("csv", "json", "svg") if alone else ()
    return (*((kind.upper(), f"figures/{plot.name}.{kind}") for kind in kinds), ("PDF", pdf))


def element(drawn: Drawing, prefix: str, label: str, *, told: bool = True) -> Markup:
    """A drawing as markup of a page; arguments as `embedded`."""
    from markupsafe import Markup

    # The markup is our own: matplotlib's, with every text escaped by ElementTree.
    return Markup(embedded(drawn, prefix, label, told=told))


def _numbers(drawn: Drawing) -> Table:
    """What is behind a figure, as a reader wants it; without columns for bounds where nothing has any."""
    bounded = any(n.low is not None or n.high is not None for n in drawn.numbers)
    rows = [
        [
            n.series,
            exactly(n.x),
            number(n.y, 4),
            *(("–" if v is None else number(v, 4)) for v in (n.low, n.high) if bounded),
        ]
        for n in drawn.numbers
    ]
    head = ["Series", drawn.names["x"] or "x", drawn.names["y"] or "y", *["From", "To"] * bounded]
    return Table(head, rows, frozenset(range(1, len(head))))
