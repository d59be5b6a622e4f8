"""The command for nightly regression runs and the baselines they are held against."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from steepness.nightly.runs import Plan

DomainNames = Annotated[
    list[str] | None,
    typer.Option("--domain", help="A domain, by name or path; may be repeated. All, if none."),
]
Baselines = Annotated[Path | None, typer.Option("--baselines", help="Folder of stored runs.")]


def nightly(
    domain: DomainNames = None,
    baselines: Baselines = None,
    results: Annotated[Path, typer.Option("--results", help="Folder of nights.")] = Path("results/nightly"),
    preset: Annotated[str, typer.Option("--preset", "-p", help="A preset that searches nothing.")] = "nightly",
    draw: Annotated[int | None, typer.Option("--draw", help="Names the seeds; the date does, otherwise.")] = None,
    make_baseline: Annotated[bool, typer.Option("--make-baseline", help="Store runs for later nights.")] = False,
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:0.")] = "auto",
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Parallel trials; default: cores.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never open a connection.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:  # fmt: skip
    """Run every domain's nightly preset and hold it against stored runs; exit 1 if anything moved.

    Exit 0: nothing moved. 1: the list says what did, for the worse or too good. 2: something could not be judged.
    """
    from steepness.cli.board import console_for, download_lines
    from steepness.domain import domain_names
    from steepness.nightly.baseline import FOLDER
    from steepness.nightly.runs import Plan

    console = console_for(json)
    plan = Plan(
        tuple(domain or domain_names()), baselines or FOLDER, results, preset, device, workers, offline,
        say=lambda line: console.print(line), progress=download_lines(console),
    )  # fmt: skip
    if make_baseline:
        _store(plan, json)
        return
    _hold(plan, draw, json)


def _store(plan: Plan, json: bool) -> None:
    from steepness.nightly.night import make_baseline

    written = []
    for domain in plan.domains:
        with TemporaryDirectory() as scratch:
            written.append(str(make_baseline(plan, domain, Path(scratch))))
        if not json:
            typer.echo(f"baseline: {written[-1]}")
    if json:
        typer.echo(jsonlib.dumps({"baselines": written}, indent=1))


def _hold(plan: Plan, draw: int | None, json: bool) -> None:
    from steepness.nightly.history import write_history
    from steepness.nightly.night import read_nights, run_night
    from steepness.nightly.words import as_dict, as_text, write_words

    night, folder = run_night(plan, draw=draw)
    write_words(night, folder)
    page = write_history(read_nights(plan.results), plan.results / "history.html")
    if json:
        typer.echo(jsonlib.dumps(as_dict(night) | {"folder": str(folder), "history": str(page)}, indent=1))
    else:
        typer.echo(f"{as_text(night)}\nsummary: {folder / 'summary.md'}\nhistory: {page}")
    raise typer.Exit(night.exit_code)
