"""Pages: figures with their files, the templates of a room over those of all, tables and text in Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from steepness.data.storage import write_atomically
from steepness.press.canvas import NARROW, WIDE, Drawing, embedded, png, svg

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

Group = Literal["overview", "curves", "paper", "training"]


@dataclass(frozen=True)
class Plot:
    """A figure of a page.

    Attributes:
        name: stem of its files, unique on the page.
        group: figures of one group stand side by side.
        draw: draws it at a width in pixels.
    """

    name: str
    group: Group
    title: str
    caption: str
    draw: Callable[[int], Drawing]


@dataclass(frozen=True)
class Shown:
    """A figure as the page embeds it: for wide screens (None in a row of panels) and for narrow places."""

    plot: Plot
    wide: Markup | None
    narrow: Markup


def show(folder: Path, plot: Plot, alone: bool) -> Shown:
    """Write a figure's files and embed it; a figure that stands alone gets a wide version too."""
    from markupsafe import Markup

    wide, narrow = plot.draw(WIDE), plot.draw(NARROW)
    text = svg(wide)
    write_text(folder / f"{plot.name}.svg", text)
    write_atomically(folder / f"{plot.name}.png", png(wide))
    # The markup is our own: matplotlib's, with every text escaped by ElementTree.
    large = Markup(embedded(text, wide.tips, f"wide-{plot.name}", plot.title)) if alone else None
    return Shown(plot, large, Markup(embedded(svg(narrow), narrow.tips, f"panel-{plot.name}", plot.title)))


def page_environment(room: str, **names: Any) -> Environment:
    """The templates of a room (`steepness/<room>/templates`), over those that all pages share.

    Args:
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
    environment.filters["cell"] = cell
    environment.globals |= names
    return environment


def cell(text: str) -> str:
    """Text for Markdown, in a table or out of it: no markup of its own, no line breaks."""
    return html.escape(" ".join(str(text).split()), quote=False).replace("|", "\\|")


def slug(text: str) -> str:
    """A model's name, or import path, as part of a file name."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-")


def write_text(path: Path, text: str) -> Path:
    """Write it whole or not at all, and say where."""
    write_atomically(path, text.encode())
    return path
