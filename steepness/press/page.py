"""Pages: where each hangs, the templates of a room over those of all, tables and text in Markdown."""

from __future__ import annotations

import hashlib
import html
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steepness import __version__
from steepness.data.files import write_atomically
from steepness.press.canvas import THEME
from steepness.press.files import Album
from steepness.press.slim import shared

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

LONGEST_SLUG = 80
"""Characters; file systems end at 255, and more than a model's name is in a file's."""
UNBROKEN, JOINT = re.compile(r"[^\s&<>]{30,}"), re.compile(r"[|/,:=]")
"""A name that is too long for a column, and where it may be broken."""
POWER = re.compile(r"(?<=\w)\^([−-]?[\d.]*\d)")
STYLE, SCRIPT = "style.css", "figures.js"
"""What all pages of a site share, beside its front page."""


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
    environment.filters |= {"breakable": breakable, "cell": cell, "raised": raised}
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
    environment = page_environment("press", light={css: colour for colour, css in THEME.items()})
    for name, parts in ((STYLE, (STYLE,)), (SCRIPT, (SCRIPT, "downloads.js"))):
        texts = [environment.get_template(f"{part}.j2").render() for part in parts]
        write_text(site / name, "\n".join(texts))


def write_html(environment: Environment, template: str, facts: Mapping[str, Any], path: Path) -> Path:
    """Write a page of a room, whose figures share what they have in common; its path."""
    return write_text(path, shared(environment.get_template(template).render(facts)))


def for_script(value: Any) -> Markup:
    """A value as JSON inside a page: whatever its texts are, none ends the script."""
    from markupsafe import Markup

    told = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Markup(told.replace("<", "\\u003c"))


def raised(text: str) -> Markup:
    """Text for HTML, its powers set above the line: m^−0.35."""
    from markupsafe import Markup, escape

    return Markup(POWER.sub(r"<sup>\1</sup>", str(escape(text))))


def breakable(text: str) -> Markup:
    """Text for HTML, in which a name too long for a column may go on in the next line where its parts meet."""
    from markupsafe import Markup, escape

    return Markup(UNBROKEN.sub(lambda long: JOINT.sub(r"\g<0><wbr>", long[0]), str(escape(text))))


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
