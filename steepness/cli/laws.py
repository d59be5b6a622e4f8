"""Commands that need no study: fit a CSV, forecast from one, fit the paper's own points again."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from steepness.cli import options
from steepness.cli.command import show

if TYPE_CHECKING:
    from steepness.laws import Fit, Interval

Csv = Annotated[Path, typer.Argument(help="A CSV with columns m, error (and seed).")]
Source = Annotated[Path, typer.Argument(help="A study's folder, or a CSV with columns m, error (and seed).")]
Row = tuple[int, dict[str, str]]  # line number and values by column
FORMS = ("auto", "power", "power_constant")
CURVE = "curve"  # the column that a study's curves.csv names its curves in
# What else tells curves apart in a CSV without that column; one in which every row differs is a row's number.
LABELS = ("id", "name", "model", "metric")


def fit(
    path: Source, form: options.Form = "auto", level: options.Level = 0.95, chance: options.Chance = None,
    curve: options.CurveName = None, json: options.Json = False,
) -> None:  # fmt: skip
    """Fit error(m) = alpha * m**beta_g + gamma: a study's curves, finished or not, or anybody's CSV.

    With --json, each of "fits" has the interval of its own form; that of "recommended" also allows for the other.
    """
    if path.is_dir():
        _fit_study(path, json)
        return
    found = _fit(path, form, level, chance, curve)
    show(found.as_dict()) if json else typer.echo(_fit_text(found))


def _fit_study(path: Path, json: bool) -> None:
    from steepness.report.tables import exponents_text
    from steepness.study import load_study

    study = load_study(path)
    show(study.summary()) if json else typer.echo(exponents_text(study) + f"\nverdict: {study.verdict}")


def forecast(
    path: Csv, at: options.At = None, target: options.Target = None, curve: options.CurveName = None,
    level: options.Level = 0.95, json: options.Json = False,
) -> None:  # fmt: skip
    """Forecast the error at more data, the gain of doubling it, and the data that a target needs."""
    from steepness.laws import extrapolate

    found = _fit(path, "auto", level, None, curve)
    last = float(found.shards.m[-1])
    places = at or [last * factor for factor in (2, 4, 8)]
    ahead = extrapolate(found.shards.m, found.shards.error, places, level)
    said = _answers(found, target)
    if json:
        rows = [
            {"m": m, "value": float(v), "low": float(low), "high": float(high)}
            for m, v, low, high in zip(places, ahead.value, ahead.low, ahead.high, strict=True)
        ]
        show({"level": level, "forecast": rows, **said})
        return
    typer.echo(f"{'m':>14}  error ({level:.0%} interval of a new measurement)")
    for m, v, low, high in zip(places, ahead.value, ahead.low, ahead.high, strict=True):
        typer.echo(f"{m:>14,.6g}  {v:.4g} ({low:.4g} to {high:.4g})")
    for name, answer in said.items():
        typer.echo(f"{name.replace('_', ' ')}: {_words(answer)}")


def paper(page: options.Page = None, level: options.Level = 0.95, json: options.Json = False) -> None:
    """Fit the paper's own points again and hold them against what it published."""
    from steepness.paper.page import as_text, write_page
    from steepness.paper.refit import refit_paper

    refits = refit_paper(level)
    if json:
        show({"curves": [r.as_dict() for r in refits]})
    else:
        typer.echo(as_text(refits))
    if page is not None:
        typer.echo(f"page: {write_page(refits, page)}", err=json)


def read_curve(path: Path, name: str | None = None) -> tuple[list[float], list[float], list[str] | None]:
    """The columns m, error and, if there, seed of one curve in a CSV.

    Args:
        path: the CSV; a column curve (or id, name, model, metric) tells several curves apart.
        name: which of them; None where there is one.
    Raises:
        ValueError: a column is missing, a value is no number (the message names the line), or several curves and
            none of them named.
        OSError: the file cannot be read.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        columns = list(reader.fieldnames or [])
        missing = [c for c in ("m", "error") if c not in columns]
        if missing:
            said = ", ".join(columns) or "none"
            raise ValueError(
                f"{path}: no column {' or '.join(missing)} (columns: {said}); name them m,error[,seed]"
            )
        rows = _chosen(path, [(reader.line_num, row) for row in reader], columns, name)
    m, error = ([_number(path, line, name, row[name]) for line, row in rows] for name in ("m", "error"))
    return m, error, [row["seed"] for _, row in rows] if "seed" in columns else None


def _chosen(path: Path, rows: list[Row], columns: list[str], name: str | None) -> list[Row]:
    """The rows of the curve asked for; of several curves one has to be named, since mixed they show no law."""
    labels = [CURVE] if CURVE in columns else [c for c in LABELS if c in columns and _repeats(rows, c)]
    named = [("/".join(row[c] or "" for c in labels), (line, row)) for line, row in rows]
    names = list(dict.fromkeys(label for label, _ in named))
    if name is None and len(names) <= 1:
        return rows
    if name not in names:
        problem = f"holds {len(names)} curves" if name is None else f'holds no curve "{name}"'
        raise ValueError(
            f"{path}: {problem}; choose one with --curve: {', '.join(filter(None, names)) or 'it has none'}"
        )
    return [row for label, row in named if label == name]


def _repeats(rows: list[Row], column: str) -> bool:
    return len({row[column] for _, row in rows}) < len(rows)


def _number(path: Path, line: int, column: str, text: str | None) -> float:
    try:
        return float(text or "")
    except ValueError:
        raise ValueError(
            f'{path}:{line}: {column} is "{text or ""}", not a number; correct or drop the line'
        ) from None


def _fit(path: Path, form: str, level: float, chance: float | None, curve: str | None) -> Fit:
    from steepness.laws import fit

    m, error, seeds = read_curve(path, curve)
    if form not in FORMS:
        raise ValueError(f'--form is "{form}"; choose {", ".join(FORMS)}')
    try:
        return fit(m, error, form=form, seeds=seeds, level=level, chance=chance)  # type: ignore[arg-type]
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}") from None


def _answers(found: Fit, target: float | None) -> dict[str, Any]:
    """What the curve says, each answer as its interval or as the reason for refusing it."""
    from steepness.laws import data_for, gain_of_doubling, off_the_line, trust

    questions: dict[str, Any] = {
        "gain_of_doubling": gain_of_doubling,
        "trusted_up_to": trust,
        "newest_point": off_the_line,
    }
    if target is not None:
        questions[f"data_for_{target:g}"] = lambda curve: data_for(curve, target)
    said: dict[str, Any] = {}
    for name, ask in questions.items():
        try:
            said[name] = ask(found).as_dict()
        except ValueError as refusal:
            said[name] = {"refused": str(refusal)}
    return said


def _words(answer: dict[str, Any]) -> str:
    if "refused" in answer:
        return f"cannot say: {answer['refused']}"
    if "ratio" in answer:
        return f"{_words(answer['ratio'])} times its forecast, {answer['reason']}"
    return f"{answer['value']:,.4g} ({answer['low']:,.4g} to {answer['high']:,.4g})"


def _fit_text(found: Fit) -> str:
    lines = []
    for f in found.fits:
        quoted = (f.form, f.range) == (found.recommended.form, found.recommended.range)
        shown = found.recommended if quoted else f
        lines.append(
            f"{'>' if quoted else ' '} {f.form:<15}{f.range.replace('_', ' '):<11}{f.n_shards:>3} shards  "
            f"beta_g {_interval(shown.beta_g)}  alpha {_interval(f.alpha)}  gamma {_interval(f.gamma)}  r2 {f.r2:.4f}"
        )
    regions = ", ".join(
        f"{m:g} {r.replace('_', ' ')}" for m, r in zip(found.shards.m, found.regions, strict=True)
    )
    lines += [f"quoted (>): {found.reason}", f"regions: {regions}"]
    return "\n".join([*lines, *([f"warning: {found.warning}"] if found.warning else [])])


def _interval(found: Interval) -> str:
    return f"{found.value:.4g} ({found.low:.4g} to {found.high:.4g})"
