"""`steepness check`: what a stranger runs first."""

from __future__ import annotations

from typing import Annotated

import typer

from steepness.cli.options import Domain, Offline, Settings

Preset = Annotated[
    str,
    typer.Option("--preset", "-p", help="One of its presets, or a .toml file; default: smoke or its first."),
]


def check(what: Domain, preset: Preset = "", offline: Offline = False, settings: Settings = None) -> None:
    """Look at a domain before it trains anything: missing pieces, data, shards, batches, loss, evaluation."""
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
    request = Request(what, chosen, tuple(settings or ()), device="cpu", offline=offline)
    ready = prepare(request, download_lines(console_for(False)))
    for model in ready.preset.models:
        size = ready.preset.ladder(ready.domain, model)[0]
        m, rows = ready.preset.shard_sizes()[0], ready.preset.training.batch_size
        if faults := faults_of(Sample(ready.domain, ready.data, model, size, m, rows)):
            raise ValueError(f"{what} with {model}: {'; '.join(faults)}")
    typer.echo(f"{what}, preset {chosen}: no fault found with {', '.join(ready.preset.models)}. Next:")
    typer.echo(f"  steepness plan {what} --preset {chosen}")
