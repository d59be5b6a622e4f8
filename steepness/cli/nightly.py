"""The command for nightly regression runs and the baselines they are held against."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

from steepness.cli import options
from steepness.cli.command import show

if TYPE_CHECKING:
    from steepness.nightly.night import Night
    from steepness.nightly.runs import Plan


def nightly(
    domain: options.DomainNames = None, baselines: options.Baselines = None,
    results: options.Results = Path("results/nightly"), preset: options.PresetName = "nightly",
    draw: options.Draw = None, make_baseline: options.MakeBaseline = False, device: options.Device = "auto",
    workers: options.Workers = None, offline: options.Offline = False, json: options.Json = False,
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
        domains=tuple(domain or domain_names()), baselines=baselines or FOLDER, results=results,
        preset=preset, device=device, workers=workers, offline=offline,
        say=lambda line: console.print(line), progress=download_lines(console),
    )  # fmt: skip
    if make_baseline:
        _store(plan, json)
        return
    _hold(plan, draw, json)


def _store(plan: Plan, json: bool) -> None:
    from steepness.cli.answers import BaselinesAnswer
    from steepness.nightly.night import make_baseline

    written = []
    for domain in plan.domains:
        with TemporaryDirectory() as scratch:
            written.append(str(make_baseline(plan, domain, Path(scratch))))
        if not json:
            typer.echo(f"baseline: {written[-1]}")
    if json:
        show({"baselines": written}, BaselinesAnswer)


def _hold(plan: Plan, draw: int | None, json: bool) -> None:
    from steepness.cli.answers import NightlyAnswer
    from steepness.nightly.night import run_night
    from steepness.nightly.words import as_dict, as_text

    night, folder = run_night(plan, draw=draw)
    history = plan.results / "history.html"
    if json:
        show(as_dict(night) | {"folder": str(folder), "history": str(history)}, NightlyAnswer)
    else:
        typer.echo(as_text(night))
    try:
        _write(night, folder, history)
    except (
        ValueError,
        RuntimeError,
        OSError,
    ) as error:  # the night has been judged, whatever becomes of its pages
        typer.echo(f"error: the night's pages could not be written: {error}", err=True)
        raise typer.Exit(night.exit_code or 2) from error
    if not json:
        typer.echo(f"summary: {folder / 'summary.md'}\nhistory: {history}")
    raise typer.Exit(night.exit_code)


def _write(night: Night, folder: Path, history: Path) -> None:
    from steepness.nightly.history import write_history
    from steepness.nightly.night import read_nights
    from steepness.nightly.words import write_words

    write_words(night, folder)
    earlier = [other for other in read_nights(history.parent) if other.name != night.name]
    write_history(sorted([*earlier, night], key=lambda n: n.started), history)
