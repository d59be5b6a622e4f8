"""The `steepness` command. Heavy imports wait until a command needs them, so that --help answers at once."""

from __future__ import annotations

import functools
import json as jsonlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from steepness.cli import compare as cli_compare
from steepness.cli import laws as cli_laws
from steepness.cli import nightly as cli_nightly

app = typer.Typer(
    help="Learning curves as power laws: reproduce them, fit them with honest intervals, forecast from them.",
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its import takes longer than everything else that --help needs
)  # fmt: skip
data_app = typer.Typer(help="The data sets and their cache.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(data_app, name="data")

Domain = Annotated[str, typer.Argument(help='A domain, e.g. word_lm, or "package.module:Class".')]
PresetName = Annotated[str, typer.Option("--preset", "-p", help="smoke, cpu, gpu, paper, or a .toml file.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="key=value over the preset, e.g. training.max_epochs=5.")
]
Results = Annotated[Path, typer.Option("--results", help="Folder that holds studies.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:0.")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="Parallel trials; default: cores.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never open a connection.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
StudyPath = Annotated[Path, typer.Argument(help="A study's folder, e.g. results/word_lm-cpu.")]


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """A user's fault is one clear line and exit code 2; ctrl-C is 130; only our own faults show a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:  # a RuntimeError too
            raise
        except (ValueError, RuntimeError, OSError) as error:
            if os.environ.get("STEEPNESS_DEBUG"):
                raise
            fail(_remedy(error))
        except KeyboardInterrupt:
            typer.echo(
                "\nInterrupted. Nothing finished is lost: the same command goes on from here.", err=True
            )
            raise typer.Exit(130) from None

    return run


def fail(message: str) -> None:
    """Say what is wrong and exit with 2."""
    typer.echo(f"error: {message}", err=True)
    raise typer.Exit(2)


def _remedy(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        remedy = "check its permissions and the free space, or choose another folder"
        if isinstance(error, FileNotFoundError):
            remedy = "check the path"
        return f"{error.filename or 'a file'}: {error.strerror}; {remedy}"
    return str(error)


def show(value: Any) -> None:
    """Print a JSON object."""
    typer.echo(jsonlib.dumps(value, indent=1))


@app.command()
@guarded
def run(
    domain: Domain,
    preset: PresetName = "cpu",
    results: Results = Path("results"),
    device: Device = "auto",
    workers: Workers = None,
    offline: Offline = False,
    settings: Settings = None,
    retry: Annotated[bool, typer.Option("--retry", help="Run failed trials again.")] = False,
    json: Json = False,
) -> None:
    """Train a study, or go on with one; then fit, report and give the verdict."""
    from steepness.cli.board import Board, console_for, download_lines
    from steepness.report.page import write_report
    from steepness.study.run import Request, run_study

    request = Request(domain, preset, tuple(settings or ()), results, device, workers, offline, retry)
    console = console_for(json)
    with Board(console) as board:
        study = run_study(request, board, download_lines(console))
    page = write_report(study)
    if json:
        show(study.summary() | {"report": str(page)})
        return
    typer.echo(f"report: {page}")
    typer.echo(f"verdict: {study.verdict}")


@app.command()
@guarded
def plan(
    domain: Domain, preset: PresetName = "cpu", settings: Settings = None, device: Device = "auto",
    workers: Workers = None, offline: Offline = False, json: Json = False,
) -> None:  # fmt: skip
    """Say what a study will cost, in words, from a calibration of seconds; nothing is trained or written."""
    from steepness.cli.board import console_for, download_lines
    from steepness.study.plan import make_plan
    from steepness.study.run import Request, prepare

    request = Request(domain, preset, tuple(settings or ()), device=device, workers=workers, offline=offline)
    ready = prepare(request, download_lines(console_for(json)))
    found = make_plan(ready.preset, ready.domain, ready.data, ready.device, ready.workers)
    show(found.as_dict()) if json else typer.echo(found.in_words())


@app.command()
@guarded
def status(path: StudyPath, json: Json = False) -> None:
    """How far a study is: trials by shard and by status."""
    from steepness.study import load_study
    from steepness.study.progress import progress_of

    found = progress_of(load_study(path))
    show(found.as_dict()) if json else typer.echo(found.in_words())


@app.command()
@guarded
def fit(
    path: Annotated[
        Path, typer.Argument(help="A study's folder, or a CSV with columns m, error (and seed).")
    ],
    form: Annotated[
        str, typer.Option("--form", help="Of a CSV's law: auto, power, power_constant.")
    ] = "auto",
    level: Annotated[float, typer.Option("--level", help="Confidence of a CSV's intervals.")] = 0.95,
    chance: Annotated[float | None, typer.Option("--chance", help="Error of guessing, for a CSV.")] = None,
    curve: cli_laws.Name = None,
    json: Json = False,
) -> None:
    """Fit a study's curves, finished or not, or anybody's CSV."""
    if not path.is_dir():
        cli_laws.fit_csv(path, form, level, chance, curve, json)
        return
    from steepness.report.tables import exponents_text
    from steepness.study import load_study

    study = load_study(path)
    show(study.summary()) if json else typer.echo(exponents_text(study) + f"\nverdict: {study.verdict}")


@app.command()
@guarded
def report(path: StudyPath, json: Json = False) -> None:
    """Write a study's page, tables and figures."""
    from steepness.report.page import write_report
    from steepness.study import load_study

    page = write_report(load_study(path))
    show({"report": str(page)}) if json else typer.echo(f"report: {page}")


@app.command()
@guarded
def domains(
    names: Annotated[bool, typer.Option("--names", help="Names alone, one a line.")] = False, json: Json = False
) -> None:  # fmt: skip
    """The installed domains with their presets and models."""
    from steepness.domain import domain_class, domain_names
    from steepness.study.presets import preset_names

    if names:
        typer.echo("\n".join(domain_names()))
        return
    found = {n: {"presets": preset_names(n), "models": list(domain_class(n).models)} for n in domain_names()}
    if json:
        show(found)
        return
    for name, has in found.items():
        typer.echo(f"{name}: presets {', '.join(has['presets'])}; models {', '.join(has['models'])}")


app.command()(guarded(cli_laws.forecast))
app.command()(guarded(cli_laws.paper))
app.command()(guarded(cli_compare.compare))
app.command()(guarded(cli_compare.check_model))
app.command()(guarded(cli_nightly.nightly))


@data_app.command("list")
@guarded
def data_list(json: Json = False) -> None:
    """Every artefact the domains know, and whether it is in the cache."""
    from steepness.data.artefacts import Cache

    cache = Cache.default(offline=True)
    rows = [
        {"name": a.name, "bytes": a.size, "cached": cache.path(a).exists(), "licence": a.licence}
        for a in known_artefacts()
    ]
    if json:
        show(rows)
        return
    for row in rows:
        state = "cached" if row["cached"] else "not here"
        typer.echo(f"{row['name']}: {row['bytes'] / 1e6:.1f} MB, {state}; {row['licence']}")


@data_app.command("get")
@guarded
def data_get(domain: Domain) -> None:
    """Fetch and verify all a domain's artefacts now, e.g. before going offline."""
    from steepness.cli.board import console_for, download_lines
    from steepness.data.artefacts import Cache
    from steepness.domain import domain_class

    cache = Cache.default(progress=download_lines(console_for(False)))
    for artefact in domain_class(domain).artefacts:
        typer.echo(str(cache.get(artefact)))


@data_app.command("add")
@guarded
def data_add(file: Annotated[Path, typer.Argument(help="A file you already have.")]) -> None:
    """Put a file you already have into the cache, if its hash fits a known artefact."""
    from steepness.data.artefacts import Cache

    artefact = Cache.default(offline=True).add(file, known_artefacts())
    typer.echo(f"{file} is {artefact.name}: in the cache.")


def known_artefacts() -> list[Any]:
    """The artefacts of all installed domains, each once."""
    from steepness.domain import domain_class, domain_names

    return list(dict.fromkeys(a for name in domain_names() for a in domain_class(name).artefacts))


def main() -> None:
    """Entry point of the `steepness` script."""
    sys.path.insert(0, "")  # a stranger's model in the working directory is importable by its path
    app()
