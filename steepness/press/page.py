"""Pages: figures with their files, the templates of a room over those of all, tables and text in Markdown."""

from __future__ import annotations

import hashlib
import html
import itertools
import logging
import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from steepness import __version__
from steepness.data.files import write_atomically
from steepness.press.canvas import MUTED, NARROW, WIDE, Drawing, drawing
from steepness.press.files import Album, embedded, numbers_csv, numbers_json, svg
from steepness.press.slim import shared
from steepness.press.table import Table
from steepness.press.words import number

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

EXACT = 1e9
"""Below it, a whole number is written in full."""
LONGEST_SLUG = 80
"""Characters; file systems end at 255, and more than a model's name is in a file's."""
POWER = re.compile(r"(?<=\w)\^([−-]?[\d.]*\d)")
_log = logging.getLogger(__name__)

Group = Literal["overview", "curves", "paper", "training", "compute"]
STYLE, SCRIPT = "style.css", "figures.js"
"""What all pages of a site share, beside its front page."""
MAIN = ("overview", "curves")
"""Groups whose figure, if it is the only one, fills the column of a wide screen."""


@dataclass(frozen=True)
class Link:
    """An address relative to the page, and what it says."""

    href: str
    title: str


@dataclass(kw_only=True, frozen=True)
class Frame:
    """What stands around a page: nothing if it stands alone, else its place in a site.

    Attributes:
        home: address of the front page; empty for a page that stands alone.
        links: the site's other main pages.
        before, after: its neighbours.
        album: what all the site's figures go into.
    """

    home: str = ""
    links: tuple[Link, ...] = ()
    before: Link | None = None
    after: Link | None = None
    album: Album | None = None

    @property
    def root(self) -> str:
        """Address of the site's folder, ending in a slash unless it is the page's own."""
        return self.home.removesuffix("index.html")

    @property
    def pdf(self) -> str:
        """Address of the PDF that a page's figures are in."""
        return f"{self.root}figures.pdf" if self.album else "figures/figures.pdf"

    @property
    def alone(self) -> bool:
        """Whether the page is in no site."""
        return not self.home


ALONE = Frame()


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
    """

    plot: Plot
    wide: Markup | None
    narrow: Markup
    files: tuple[tuple[str, str], ...]
    numbers: Table


def show(folder: Path | None, plots: Iterable[Plot], *, frame: Frame = ALONE) -> list[Shown]:
    """Embed a page's figures, and write their files.

    Each has its SVG, its numbers as CSV and JSON, and a page in figures.pdf, of the size that the page shows on a wide
    screen: a figure is drawn once, but for a page's main one, if it stands alone in its group, which gets a version
    for narrow places, too.

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
    if folder and drawings:
        _write_files(folder / "figures", every, drawings)
    if folder and drawings and not frame.album:
        write_atomically(folder / "figures" / "figures.pdf", album.close())
    return [
        Shown(
            plot=plot,
            wide=element(drawn, f"w{number}", plot.title) if large else None,
            narrow=element(
                _drawn(plot, NARROW) if large else drawn, f"n{number}", plot.title, told=not large
            ),
            files=_addresses(plot, f"{frame.pdf}#page={pages[number - 1]}") if folder else (),
            numbers=_numbers(drawn),
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


def _addresses(plot: Plot, pdf: str) -> tuple[tuple[str, str], ...]:
    """What there is to download of a figure; `pdf` is the address of its page in one."""
    files = [(kind.upper(), f"figures/{plot.name}.{kind}") for kind in ("csv", "json", "svg")]
    return (*files, ("PDF", pdf))


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
            f"{n.x:,.0f}" if n.x == round(n.x) and n.x < EXACT else number(n.x, 6),
            number(n.y, 4),
            *(("–" if v is None else number(v, 4)) for v in (n.low, n.high) if bounded),
        ]
        for n in drawn.numbers
    ]
    x, y = drawn.axes.get_xlabel(), drawn.axes.get_title(loc="left")
    head = ["Series", x or "x", y or "y", *["From", "To"] * bounded]
    return Table(head, rows, frozenset(range(1, len(head))))


class Contents:
    """The sections of a page, noted as they are rendered, for its table of contents."""

    def __init__(self) -> None:
        self.sections: list[Link] = []
        self._taken: set[str] = set()

    def section(self, title: str) -> str:
        """Note a section; its anchor."""
        anchor = self.anchor(title)
        self.sections.append(Link(f"#{anchor}", title))
        return anchor

    def anchor(self, title: str) -> str:
        """An id that no other element of the page has."""
        wanted = anchor = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "part"
        for turn in itertools.count(2):
            if anchor not in self._taken:
                self._taken.add(anchor)
                return anchor
            anchor = f"{wanted}-{turn}"
        raise AssertionError


def page_environment(room: str, frame: Frame = ALONE, **names: Any) -> Environment:
    """The templates of a room (`steepness/<room>/templates`), over those that all pages share; made for one page.

    Args:
        frame: where the page hangs.
        names: what its templates call by name, beside the facts they are rendered with.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(f"steepness.{room}"), PackageLoader("steepness.press")]),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"cell": cell, "raised": raised}
    environment.globals |= {
        "frame": frame,
        "contents": Contents(),
        "version": __version__,
        "STYLE": STYLE,
        "SCRIPT": SCRIPT,
        **names,
    }
    return environment


def write_shared(site: Path) -> None:
    """Write what the pages of a site share into its folder."""
    environment = page_environment("press")
    for name in (STYLE, SCRIPT):
        write_text(site / name, environment.get_template(f"{name}.j2").render())


def write_html(environment: Environment, template: str, facts: Mapping[str, Any], path: Path) -> Path:
    """Write a page of a room, whose figures share what they have in common; its path."""
    return write_text(path, shared(environment.get_template(template).render(facts)))


def raised(text: str) -> Markup:
    """Text for HTML, its powers set above the line: m^−0.35."""
    from markupsafe import Markup, escape

    return Markup(POWER.sub(r"<sup>\1</sup>", str(escape(text))))


def cell(text: str) -> str:
    """Text for Markdown, in a table or out of it: no markup of its own, no line breaks."""
    return html.escape(" ".join(str(text).split()), quote=False).replace("|", "\\|")


def slug(text: str) -> str:
    """A model's name, or import path, as part of a file name; the end of a long one, with a digest of the whole."""
    plain = re.sub(r"[^\w.-]+", "-", text).strip("-")
    if len(plain) <= LONGEST_SLUG:
        return plain
    return f"{plain[-LONGEST_SLUG:].strip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def write_text(path: Path, text: str) -> Path:
    """Write it whole or not at all, and say where."""
    write_atomically(path, text.encode())
    return path
