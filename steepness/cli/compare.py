"""Commands for new models: compare one with a baseline, and check one before any long run."""

from __future__ import annotations

from pathlib import Path

import typer

from steepness.cli import options
from steepness.cli.command import say_doubt, show


def compare(
    domain: options.Domain, baseline: options.Baseline, candidate: options.Candidate = None,
    preset: options.PresetName = "cpu", results: options.Results = Path("results"),
    device: options.Device = "auto", workers: options.Workers = None, offline: options.Offline = False,
    settings: options.Settings = None, baseline_settings: options.BaselineSettings = None,
    candidate_settings: options.CandidateSettings = None, margin: options.Margin = None,
    executor: options.ExecutorName = "local", address: options.Address = "",
    plan: options.PlanOnly = False, like: options.Like = None, json: options.Json = False,
) -> None:  # fmt: skip
    """Train two models alike, and say whether the candidate shifts the curve or changes its steepness."""
    from steepness.cli.answers import CompareAnswer, ComparePlanAnswer
    from steepness.cli.board import Board, console_for, download_lines
    from steepness.compare.answer import MARGIN
    from steepness.compare.arms import Versus, make_arms
    from steepness.compare.price import price_of
    from steepness.compare.run import compare_and_report
    from steepness.study import load_study
    from steepness.study.prepare import doubt_of_device

    say_doubt(doubt_of_device(preset, device))
    asked = Versus(
        domain=domain, baseline=baseline, candidate=candidate or "", preset=preset,
        settings=tuple(settings or ()), baseline_settings=tuple(baseline_settings or ()),
        candidate_settings=tuple(candidate_settings or ()), results=results, device=device, workers=workers,
        offline=offline, executor=executor, address=address,
    )  # fmt: skip
    console = console_for(json)
    arms = make_arms(asked, download_lines(console))
    if plan:
        price = price_of(arms, load_study(like) if like else None)
        show(price.as_dict(), ComparePlanAnswer) if json else typer.echo(price.in_words())
        return
    said = compare_and_report(arms, lambda: Board(console), say=console.print, margin=margin or MARGIN)
    if json:
        show(said, CompareAnswer)
        return
    typer.echo("\n".join([*said["notes"], *said["words"]]))
    typer.echo(f"report: {said['report']}")
    typer.echo(f"verdict: {said['title']}")


def compare_table(folders: options.Comparisons, json: options.Json = False) -> None:
    """Do models tilt curves, or only shift them? All comparisons in one table, pooled, with their size laws."""
    from steepness.cli.answers import CompareTableAnswer
    from steepness.compare import table
    from steepness.compare.stored import stored_in

    claim = table.central_claim(stored_in(folders))
    show(table.as_dict(claim), CompareTableAnswer) if json else typer.echo(table.in_words(claim))


def check_model(
    domain: options.Domain, model: options.Model, preset: options.PresetName = "smoke",
    offline: options.Offline = False, settings: options.Settings = None, json: options.Json = False,
) -> None:  # fmt: skip
    """Look for a model's faults before any long run: shapes, causality, size dial, determinism, gradients."""
    from steepness.cli.answers import CheckModelAnswer
    from steepness.cli.board import console_for, download_lines
    from steepness.compare.check import check_model as check
    from steepness.study.prepare import Request, prepare

    request = Request(
        domain=domain, preset=preset, settings=tuple(settings or ()), device="cpu", offline=offline
    )
    ready = prepare(request, download_lines(console_for(json)))
    found = check(ready.domain, ready.data, ready.preset, model)
    show(found.as_dict(), CheckModelAnswer) if json else typer.echo(found.in_words())
    if found.faults:
        raise ValueError(found.refusal())
