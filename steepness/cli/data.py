"""The commands `steepness data ...`: the data sets and their cache."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from steepness.cli import options
from steepness.cli.command import guarded, show

app = typer.Typer(help="The data sets and their cache.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
@guarded
def data_list(json: options.Json = False) -> None:
    """Every artefact the domains know, and whether it is in the cache."""
    from steepness.cli.answers import ArtefactsAnswer
    from steepness.data.artefacts import Cache

    cache = Cache.default(offline=True)
    rows = [
        {"name": a.name, "bytes": a.size, "cached": cache.path(a).exists(), "licence": a.licence}
        for a in known_artefacts()
    ]
    if json:
        show({"artefacts": rows}, ArtefactsAnswer)
        return
    for row in rows:
        state = "cached" if row["cached"] else "not here"
        typer.echo(f"{row['name']}: {row['bytes'] / 1e6:.1f} MB, {state}; {row['licence']}")


@app.command("get")
@guarded
def data_get(domain: options.Domain, json: options.Json = False) -> None:
    """Fetch and verify all a domain's artefacts now, e.g. before going offline."""
    from steepness.cli.answers import FetchedAnswer
    from steepness.cli.board import console_for, download_lines
    from steepness.data.artefacts import Cache
    from steepness.domain import domain_class

    cache = Cache.default(progress=download_lines(console_for(json)))
    files = []
    for artefact in domain_class(domain).artefacts:
        files.append(str(cache.get(artefact)))
        if not json:
            typer.echo(files[-1])
    if json:
        show({"domain": domain, "files": files}, FetchedAnswer)


@app.command("add")
@guarded
def data_add(
    file: Annotated[Path, typer.Argument(help="A file you already have.")], json: options.Json = False
) -> None:
    """Put a file you already have into the cache, if its hash fits a known artefact."""
    from steepness.cli.answers import AddedAnswer
    from steepness.data.artefacts import Cache

    artefact = Cache.default(offline=True).add(file, known_artefacts())
    if json:
        show({"file": str(file), "name": artefact.name}, AddedAnswer)
        return
    typer.echo(f"{file} is {artefact.name}: in the cache.")


def known_artefacts() -> list[Any]:
    """The artefacts of all installed domains, each once."""
    from steepness.domain import domain_class, domain_names

    return list(dict.fromkeys(a for name in domain_names() for a in domain_class(name).artefacts))
