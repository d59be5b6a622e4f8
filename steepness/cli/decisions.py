"""Commands that end in a decision: how far to trust forecasts, how much data to buy, which run to train next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from steepness.cli import options
from steepness.cli.command import show
from steepness.cli.tables import OF_COLUMNS, Files, read_curves, reads_tables

if TYPE_CHECKING:
    from steepness.laws.reading import Asked
    from steepness.laws.reading.runs import JointRuns


@reads_tables
def backtest(
    paths: Files, table: Asked, level: options.Level = 0.95, plot: options.PlotFile = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Forecast each later shard of a curve from its first ones, and say how that came out."""
    from steepness.cli.answers import BacktestAnswer
    from steepness.laws.backtest import backtest
    from steepness.report.backtest import backtest_text, write_plot
    from steepness.report.curve import wrapped

    read = read_curves(paths, table)
    found = backtest(read.curve.m, read.curve.error, level=level, **read.curve.runs)
    written = f"plot: {write_plot(found, plot)}" if plot else ""
    if json:
        show({"read": read.said, **found.as_dict()}, BacktestAnswer)
        return
    typer.echo("\n\n".join(filter(None, ["\n".join(wrapped(read.said)), backtest_text(found), written])))


@reads_tables
def buy(
    paths: Files, table: Asked, target: options.Reach, price: options.Price, penalty: options.Penalty,
    rounds: options.Rounds = 3, most: options.Most = None, json: options.Json = False,
) -> None:  # fmt: skip
    """Say how much data to order now, and how much later, to reach a target at the least expected cost."""
    from steepness.cli.answers import BuyAnswer
    from steepness.laws.buy import buy
    from steepness.report.buy import buy_text
    from steepness.report.curve import wrapped

    read = read_curves(paths, table)
    curve = read.curve
    found = buy(
        curve.m, curve.error, target, price=price, penalty=penalty, rounds=rounds, most=most, **curve.runs
    )
    if json:
        show({"read": read.said, "price": price, "penalty": penalty, **found.as_dict()}, BuyAnswer)
        return
    typer.echo("\n".join([*wrapped(read.said), "", buy_text(found)]))


@reads_tables
def joint(
    paths: Files, table: Asked, n: options.Parameters = None, d: options.Data = None,
    unique: options.Unique = None, form: options.JointForm = "auto", flops: options.Flops = None,
    next_flops: options.NextFlops = None, narrow: options.Narrow = "params", level: options.Level = 0.95,
    plot: options.PlotFile = None, json: options.Json = False,
) -> None:  # fmt: skip
    """Fit a law in size and data: the best split of a budget, what repeating data brings, which run to train next."""
    from steepness.cli.answers import JointAnswer
    from steepness.laws import fit_joint, next_run
    from steepness.report import joint as words
    from steepness.report.curve import wrapped

    runs = _runs(paths, table, n, d, unique)
    law = fit_joint(runs.params, runs.data, runs.error, level, unique=runs.unique, form=form)
    each = runs.flops_per_parameter
    splits = [law.compute_optimal(f, each) for f in flops or ()]
    at = max(flops) if flops else None
    ahead = next_run(law, next_flops, narrow, at=at, flops_per_parameter=each) if next_flops else None
    epochs = words.epochs_that_pay(law, runs)
    written = f"plot: {words.write_plot(law, runs, splits, ahead, plot)}" if plot else ""
    if json:
        show(_joint_answer(runs, law, splits, ahead, epochs), JointAnswer)
        return
    said = "\n".join(wrapped(runs.said))
    typer.echo("\n".join(filter(None, [said, words.joint_text(law, splits, ahead, epochs), written])))


def _joint_answer(
    runs: JointRuns, law: Any, splits: list[Any], ahead: Any, epochs: list[Any]
) -> dict[str, Any]:
    told = law.as_dict()
    about = {
        name: told.pop(name)
        for name in ("form", "formula", "scatter", "warnings", "objective", "n", "level", "choice")
    }
    return {
        "read": runs.said, **about, "flops_per_parameter": runs.flops_per_parameter, "parameters": told,
        "compute_optimal": [s.as_dict() for s in splits],
        "epochs": [{"epochs": e, "error": error} for e, error in epochs],
        "next_run": ahead.as_dict() if ahead else None,
    }  # fmt: skip


def _runs(paths: list[Path], table: Asked, n: str | None, d: str | None, unique: str | None) -> JointRuns:
    from steepness.laws.reading.runs import read_runs

    if not any(path.is_dir() for path in paths):
        return read_runs(*paths, n=n, d=d, unique=unique, asked=table)
    from dataclasses import replace

    from steepness.study import load_study
    from steepness.study.export import flops_per_parameter, run_rows

    if len(paths) > 1:
        raise ValueError(f"{len(paths)} paths, among them a folder; give one study, or tables")
    _refuse_columns(table, n, d, unique)
    study = load_study(paths[0])
    model = next((w.partition("=")[2] for w in table.where), None)
    rows = run_rows(study, model, traces=table.along_run)
    found = read_runs(rows, asked=replace(table, where=()))
    each = flops_per_parameter(rows)
    said = f"{found.said}; {each:.3g} FLOPs per parameter and unit of data, as counted"
    return replace(found, flops_per_parameter=each, said=said.replace("the table", str(study.path)))


def _refuse_columns(table: Asked, n: str | None, d: str | None, unique: str | None) -> None:
    """A study names its own columns, so no option does; of `table` only rows can be chosen."""
    columns = {"--n": n, "--d": d, "--unique": unique}
    if any(columns.values()):
        raise ValueError(
            f"a study has no use for {', '.join(o for o, v in columns.items() if v)}; leave it out"
        )
    table.refuse(OF_COLUMNS, "a study")
    if len(table.where) > 1 or not all(condition.startswith("model=") for condition in table.where):
        raise ValueError(f"--where takes model=NAME, once, of a study, not {', '.join(table.where)}")
