"""Commands around a study: plan it, run it, follow it, report it."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path

import typer

from steepness.cli import options
from steepness.cli.command import fitted_to_screen, say_doubt, show


def with_also(settings: list[str] | None, also: list[str] | None) -> tuple[str, ...]:
    """The settings of a preset, and the domain's option that `--also` stands for."""
    return (*(settings or ()), *([f"options.also={jsonlib.dumps(also)}"] if also else ()))


def run(
    domain: options.Domain, preset: options.PresetName = "cpu", results: options.Results = Path("results"),
    device: options.Device = "auto", workers: options.Workers = None, offline: options.Offline = False,
    settings: options.Settings = None, also: options.Also = None, budget: options.StudyBudget = None,
    precision: options.Precision = None, retry: options.Retry = False, track: options.Track = None,
    trial_limit: options.TrialLimit = None, executor: options.ExecutorName = "local",
    address: options.Address = "", json: options.Json = False,
) -> None:  # fmt: skip
    """Train a study, or go on with one; then fit, report and give the verdict."""
    from steepness.cli.answers import StudyAnswer
    from steepness.cli.board import Board, console_for, download_lines
    from steepness.cli.track import Tracked, tracker
    from steepness.press.table import table_text
    from steepness.report import tables
    from steepness.report.doubts import unlearnt
    from steepness.report.page import write_report
    from steepness.study.prepare import Request, doubt_of_device, prepare
    from steepness.study.run import run_study

    request = Request(
        domain=domain, preset=preset, settings=with_also(settings, also), results=results, device=device,
        workers=workers, offline=offline, retry=retry,
        budget=budget, precision=precision, trial_limit=trial_limit, executor=executor, address=address,
    )  # fmt: skip
    console, write = console_for(json), tracker(track) if track else None
    say_doubt(doubt_of_device(preset, device))
    ready = prepare(request, download_lines(console))
    console.print(ready.data.in_words(ready.domain.unit), markup=False)
    with Board(console) as board:
        study = run_study(ready, Tracked(board, write, ready.folder) if write else board)
    page = write_report(study)
    if json:
        show(study.summary() | {"report": str(page)}, StudyAnswer)
        return
    typer.echo(table_text(tables.results(study)))
    typer.echo(f"report: {page}")
    typer.echo(fitted_to_screen(f"verdict: {study.verdict}"))
    for doubt in unlearnt(study.headline):
        say_doubt(doubt)


def plan(
    domain: options.Domain, preset: options.PresetName = "cpu", settings: options.Settings = None,
    budget: options.StudyBudget = None, precision: options.Precision = None, device: options.Device = "auto",
    workers: options.Workers = None, offline: options.Offline = False, also: options.Also = None,
    half_width: options.HalfWidth = None, like: options.Like = None, gpus: options.Gpus = None,
    teraflops: options.Teraflops = None, json: options.Json = False,
) -> None:  # fmt: skip
    """Say what a study will cost, in words, from a calibration of seconds; nothing is trained or written."""
    from steepness.cli.answers import DesignAnswer, PlanAnswer
    from steepness.cli.board import console_for, download_lines
    from steepness.study import load_study
    from steepness.study.calibrate import granted
    from steepness.study.design import design_study
    from steepness.study.fleet import plan_on_gpus
    from steepness.study.plan import make_plan
    from steepness.study.prepare import Request, doubt_of_device, prepare
    from steepness.study.run import prices_of

    chosen = with_also(settings, also)
    request = Request(
        domain=domain,
        preset=preset,
        settings=chosen,
        device=device,
        workers=workers,
        offline=offline,
        budget=budget,
    )
    say_doubt(doubt_of_device(preset, device))
    ready = prepare(request, download_lines(console_for(json)))
    if not json:
        typer.echo(ready.data.in_words(ready.domain.unit))
    if half_width is not None:
        designed = design_study(
            ready, load_study(like or Path(f"results/{ready.domain.name}-smoke")), half_width
        )
        show(designed.as_dict(), DesignAnswer) if json else typer.echo(designed.in_words())
        return
    if gpus:
        found = plan_on_gpus(ready, gpus, teraflops, budget)
    else:
        prices = prices_of(ready)
        found = make_plan(ready, granted(prices, budget, ready.workers, precision) if budget else prices)
    answer = {"data": ready.data.summary()} | found.as_dict()
    show(answer, PlanAnswer) if json else typer.echo(found.in_words())


def status(path: options.StudyPath, json: options.Json = False) -> None:
    """How far a study is: trials by shard and by status."""
    from steepness.cli.answers import StatusAnswer
    from steepness.study import load_study
    from steepness.study.progress import progress_of
    from steepness.training.records import uncollected

    with uncollected():
        found = progress_of(load_study(path, brief=True))
    show(found.as_dict(), StatusAnswer) if json else typer.echo(found.in_words())


def report(path: options.StudyPath, margin: options.Margin = None, json: options.Json = False) -> None:
    """Write a study's page, tables and figures; or a comparison's, answered again from the records of its arms."""
    from steepness.cli.answers import ReportAnswer
    from steepness.compare.stored import STORED, answer_again
    from steepness.laws.verdict import MARGIN
    from steepness.report.page import write_report
    from steepness.study import load_study
    from steepness.training.records import uncollected

    with uncollected():
        again = (path / STORED).exists()
        if again:
            page = answer_again(path, margin)["report"]
        else:
            page = write_report(load_study(path, margin / 100 if margin else MARGIN))
    show({"report": str(page)}, ReportAnswer) if json else typer.echo(f"report: {page}")


def domains(names: options.Names = False, json: options.Json = False) -> None:
    """The installed domains with their presets and models."""
    from steepness.cli.answers import DomainsAnswer
    from steepness.domain import domain_class, domain_names
    from steepness.study.presets import preset_names

    if names and not json:
        typer.echo("\n".join(domain_names()))
        return
    found = {n: {"presets": preset_names(n), "models": list(domain_class(n).models)} for n in domain_names()}
    if json:
        show({"domains": found}, DomainsAnswer)
        return
    for name, has in found.items():
        typer.echo(f"{name}: presets {', '.join(has['presets'])}; models {', '.join(has['models'])}")


def checklist(path: options.StudyPath, json: options.Json = False) -> None:
    """What a paper on scaling should report, after (Mis)Fitting (Li et al. 2025), from a study's records.

    What the records do not say is named as missing.
    """
    from steepness.cli.answers import ChecklistAnswer
    from steepness.study import load_study
    from steepness.study.checklist import checklist, checklist_text

    study = load_study(path)
    items = checklist(study)
    if json:
        show({"study": study.name, "items": [item.as_dict() for item in items]}, ChecklistAnswer)
        return
    typer.echo(checklist_text(items))
