"""`steepness check`: what a stranger runs first."""

from __future__ import annotations

import shlex
from pathlib import Path

import typer

from steepness.cli import options
from steepness.cli.command import show


def check(
    what: options.Domain, preset: options.PresetName = "", offline: options.Offline = False,
    settings: options.Settings = None, json: options.Json = False,
) -> None:  # fmt: skip
    """Look at a domain before it trains anything: missing pieces, data, shards, batches, loss, evaluation.

    Given a study's folder instead, judge that: complete, unharmed, of its preset, its numbers those of its records.
    """
    if (Path(what) / "study.json").is_file():
        check_study(Path(what), json)
        return
    from steepness.cli.answers import CheckAnswer
    from steepness.cli.board import console_for, download_lines
    from steepness.domain.check import Sample, faults_of
    from steepness.study.prepare import Request, prepare
    from steepness.study.presets import preset_names

    names = preset_names(what)
    if not preset and not names:
        raise ValueError(
            f"{what}: no presets/*.toml beside the class, so `run` has nothing to run; write one, or give --preset"
        )
    chosen = preset or ("smoke" if "smoke" in names else names[0])
    request = Request(
        domain=what, preset=chosen, settings=tuple(settings or ()), device="cpu", offline=offline
    )
    ready = prepare(request, download_lines(console_for(json)))
    for model in ready.preset.models:
        size = ready.preset.ladder(ready.domain, model)[0]
        m, rows = ready.preset.shard_sizes()[0], ready.preset.training.batch_size
        if faults := faults_of(
            Sample(domain=ready.domain, data=ready.data, model=model, size=size, m=m, batch_size=rows)
        ):
            raise ValueError(f"{what} with {model}: {'; '.join(faults)}")
    if json:
        show({"domain": what, "preset": chosen, "models": ready.preset.models}, CheckAnswer)
        return
    typer.echo(f"{what}, preset {chosen}: no fault found with {', '.join(ready.preset.models)}. Next:")
    typer.echo(f"  {shlex.join(['steepness', 'plan', what, '--preset', chosen])}")


def check_study(folder: Path, json: bool) -> None:
    """One line for each finding; exit code 1 if there are any."""
    from steepness.cli.answers import FindingsAnswer
    from steepness.study.audit import findings

    found = list(findings(folder))
    if json:
        show({"study": str(folder), "findings": found}, FindingsAnswer)
    else:
        typer.echo("\n".join(found or [f"{folder}: no finding"]))
    if found:
        raise typer.Exit(1)
