"""The command that hangs all results together as a static site."""

from __future__ import annotations

from pathlib import Path

import typer

from steepness.cli import options
from steepness.cli.command import show


def site(
    source: options.Source, out: options.Out = Path("site"), nights: options.Nights = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Write a static site over all studies and comparisons below a folder: front page, What if, every page."""
    from steepness.cli.answers import SiteAnswer
    from steepness.site.build import write_site

    front = write_site(source, out, nights)
    show({"site": str(front)}, SiteAnswer) if json else typer.echo(f"site: {front}")
