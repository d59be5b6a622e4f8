"""The `steepness` command. Heavy imports wait until a command needs them, so that --help answers at once."""

from __future__ import annotations

import gc
import sys
from typing import Annotated

import typer

import steepness
from steepness.cli import check, compare, data, decisions, laws, nightly, schema, site, study
from steepness.cli.command import guarded

COMMANDS = (
    laws.fit, laws.forecast, decisions.backtest, decisions.buy, decisions.joint, laws.paper, study.plan, study.run,
    study.status, study.report, study.checklist, check.check, compare.compare, compare.compare_table,
    compare.check_model, nightly.nightly, site.site, study.domains, schema.schema,
)  # fmt: skip

app = typer.Typer(
    help="Learning curves as power laws: reproduce them, fit them with honest intervals, forecast from them.",
    no_args_is_help=True, pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # its import takes longer than everything else that --help needs
)  # fmt: skip
for command in COMMANDS:
    app.command()(guarded(command))
app.add_typer(data.app, name="data")


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"steepness {steepness.__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="Say which version this is.")
]


@app.callback(
    epilog="Exit codes: 0 answered; 1 a gate failed; 2 wrong use or data; 3 the machine failed."
)  # shown under the commands
def _entry(version: Version = False) -> None: ...


def main() -> None:
    """Entry point of the `steepness` script."""
    sys.path.insert(0, "")  # a stranger's model in the working directory is importable by its path
    try:
        app(prog_name="steepness")
    finally:  # what is left goes with the process: to look for garbage in it first takes a tenth of a second
        gc.freeze()
