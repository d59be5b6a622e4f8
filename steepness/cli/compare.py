"""Commands for new models: compare one with a baseline, and check one before any long run."""

from __future__ import annotations

import json as jsonlib
from pathlib import Path
from typing import Annotated

import typer

Domain = Annotated[str, typer.Argument(help='A domain, e.g. word_lm, or "package.module:Class".')]
Model = Annotated[
    str, typer.Argument(help='A model by name, "package.module:Class" or "/path/file.py:Class".')
]
Preset = Annotated[str, typer.Option("--preset", "-p", help="smoke, cpu, gpu, paper, or a .toml file.")]
Settings = Annotated[list[str] | None, typer.Option("--set", help="key=value over the preset.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never open a connection.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def compare(
    domain: Domain,
    baseline: Annotated[str, typer.Option("--baseline", help="The model to beat, by name or import path.")],
    candidate: Annotated[
        str | None, typer.Option("--candidate", help="The new model; default: the baseline's, set otherwise.")
    ] = None,
    preset: Preset = "cpu",
    results: Annotated[Path, typer.Option("--results", help="Folder that holds studies.")] = Path("results"),
    device: Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:0.")] = "auto",
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Parallel trials.")] = None,
    offline: Offline = False,
    settings: Settings = None,
    baseline_settings: Annotated[
        list[str] | None, typer.Option("--baseline-set", help="key=value for the baseline alone.")
    ] = None,
    candidate_settings: Annotated[
        list[str] | None,
        typer.Option(
            "--candidate-set", help="key=value for the candidate alone, e.g. training.optimizer=sgd."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Train two models alike, and say whether the candidate shifts the curve or changes its steepness."""
    from steepness.cli.board import Board, console_for, download_lines
    from steepness.compare.arms import Versus
    from steepness.compare.page import compare_and_report

    asked = Versus(
        domain, baseline, candidate or baseline, preset, tuple(settings or ()), tuple(baseline_settings or ()),
        tuple(candidate_settings or ()), results, device, workers, offline,
    )  # fmt: skip
    console = console_for(json)
    said = compare_and_report(asked, lambda: Board(console), download_lines(console))
    if json:
        typer.echo(jsonlib.dumps(said, indent=1))
        return
    typer.echo("\n".join([*said["notes"], *said["words"]]))
    typer.echo(f"report: {said['report']}")
    typer.echo(f"verdict: {said['verdict']}")


def check_model(
    domain: Domain, model: Model, preset: Preset = "smoke", offline: Offline = False, settings: Settings = None,
    json: Json = False,
) -> None:  # fmt: skip
    """Look for a model's faults before any long run: shapes, causality, size dial, determinism, gradients."""
    from steepness.cli.board import console_for, download_lines
    from steepness.compare.check import check_model as check
    from steepness.study.run import Request, prepare

    request = Request(domain, preset, tuple(settings or ()), device="cpu", offline=offline)
    ready = prepare(request, download_lines(console_for(json)))
    found = check(ready.domain, ready.data, ready.preset, model)
    typer.echo(jsonlib.dumps(found.as_dict(), indent=1) if json else found.in_words())
    if found.faults:
        raise ValueError(found.refusal())
