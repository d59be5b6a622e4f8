"""Commands about curves that people bring: fit one, forecast from one; and the paper's own, fitted again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from steepness.cli import options
from steepness.cli.command import show
from steepness.cli.tables import Files, read_curves, reads_tables

if TYPE_CHECKING:
    from steepness.laws import Fit
    from steepness.laws.extrapolate import Prediction
    from steepness.laws.forms import Floats
    from steepness.laws.points import Shards
    from steepness.laws.reading import Asked, Curve
    from steepness.study import Study

AT = ("m", "value", "low", "high", "law_low", "law_high", "beyond")  # of a forecast at one m
BOUNDS, CONFIDENCES = "{} ({} to {})", "{} ({} at 99 %, {} at 80 % confidence)"
LEVEL = 0.95  # at which a study's summary is made
NO_REGION = "no region of a law, as no fall of the error is shown"


@reads_tables
def fit(
    paths: Files, table: Asked, form: options.Form = None, level: options.Level = LEVEL,
    chance: options.Chance = None, constant: options.Constant = None, plot: options.PlotFile = None,
    page: options.Page = None, margin: options.Margin = None, json: options.Json = False,
) -> None:  # fmt: skip
    """Fit error(m) = alpha * m**beta_g + gamma: anybody's table, or a study's curves, finished or not."""
    of_curves = (plot, page, form, chance, constant, level != LEVEL, *vars(table).values())
    if len(paths) == 1 and paths[0].is_dir() and not any(of_curves):
        _fit_study(paths[0], margin, json)
        return
    if margin is not None:
        raise ValueError("--margin is of the verdicts in a study's summary, which this is not; leave it out")
    from steepness.cli.answers import FitAnswer
    from steepness.report.curve import fit_text, wrapped, write_page, write_plot

    read = read_curves(paths, table)
    settings = {"form": form, "level": level, "chance": chance}
    found, left_out = _each(read.curves, lambda curve: (curve.name, _fitted(curve, constant, settings)))
    said = read.said + (f"; less the constant {constant:g}" if constant else "")
    written = [f"plot: {write_plot(found, plot)}"] if plot else []
    written += [f"page: {write_page(said, found, page, _study(paths[0]))}"] if page else []
    if json:
        answers = [{"name": name, **fitted.as_dict()} for name, fitted in found]
        show({"read": said, "constant": constant, "curves": answers, "left_out": left_out}, FitAnswer)
        return
    words = ["\n".join(wrapped(said)), *(fit_text(name, fitted) for name, fitted in found)]
    typer.echo("\n\n".join([*words, *_left_out_lines(left_out)]))
    typer.echo("\n".join(written), nl=bool(written))


def _each(curves: Sequence[Curve], ask: Callable[[Curve], Any]) -> tuple[list[Any], list[dict[str, str]]]:
    """What comes of each curve, and the name and reason of those of which nothing does.

    Raises:
        ValueError: nothing comes of any: the reason of the first.
    """
    answers, refused = [], []
    for curve in curves:
        try:
            answers.append(ask(curve))
        except ValueError as fault:
            refused.append((curve.name, fault))
    if not answers:
        raise refused[0][1]
    return answers, [{"name": name, "reason": str(fault)} for name, fault in refused]


def _left_out_lines(left_out: list[dict[str, str]]) -> list[str]:
    from steepness.report.curve import wrapped

    return ["\n".join(wrapped(f"warning: left out: {curve['reason']}")) for curve in left_out]


def _fitted(curve: Curve, constant: float | None, settings: dict[str, Any]) -> Fit:
    """The fit of a curve less a floor that is known, which then has no other."""
    if not constant or settings["form"]:
        return _above(curve, constant).fit(**settings)
    from dataclasses import replace

    found = _above(curve, constant).fit(**settings | {"form": "power"})
    return replace(found, reason=found.reason.replace("power was asked for", "the constant is known"))


def _study(path: Path) -> Study | None:
    """The study at a path; None where that is a table."""
    if not path.is_dir():
        return None
    from steepness.study import load_study

    return load_study(path)


def _above(curve: Curve, constant: float | None) -> Curve:
    """The curve less a floor that is known."""
    if not constant:
        return curve
    from dataclasses import replace

    if (curve.error <= constant).any():
        of = f" of {curve.name}" * bool(curve.name)
        raise ValueError(
            f"--constant {constant:g} is not below every error{of} ({curve.error.min():.4g} is the lowest)"
        )
    return replace(curve, error=curve.error - constant)


def _fit_study(path: Path, margin: float | None, json: bool) -> None:
    from steepness.cli.answers import StudyAnswer
    from steepness.laws.verdict import MARGIN
    from steepness.report.curve import study_text
    from steepness.study import load_study
    from steepness.training.records import uncollected

    with uncollected():
        study = load_study(path, margin / 100 if margin else MARGIN, brief=True)
        show(study.summary(), StudyAnswer) if json else typer.echo(study_text(study))


@reads_tables
def forecast(
    paths: Files, table: Asked, at: options.At = None, target: options.Target = None,
    level: options.Level = 0.95, json: options.Json = False,
) -> None:  # fmt: skip
    """Forecast the error at more data, the gain of doubling it, and the data that a target needs."""
    from steepness.cli.answers import ForecastAnswer

    read = read_curves(paths, table)
    answers, left_out = _each(read.curves, lambda curve: _ahead(curve, level, at, target))
    if json:
        show({"read": read.said, "level": level, "curves": answers, "left_out": left_out}, ForecastAnswer)
        return
    for line in _short(read.said):
        typer.echo(line)
    for answer in answers:
        lines = _forecast_lines(answer, level)
        typer.echo("\n" + "\n".join(short for line in lines for short in _short(line)))
    for told in _left_out_lines(left_out):
        typer.echo("\n" + told)


def _ahead(curve: Curve, level: float, at: list[float] | None, target: float | None) -> dict[str, Any]:
    """What a curve says of data not yet there, each answer as its interval or the reason for having none."""
    from steepness.laws import data_for, gain_of_doubling, off_the_line, trust
    from steepness.laws.extrapolate import carry_on_law
    from steepness.laws.fit import Rising

    try:
        fitted = curve.fit(level=level)
    except Rising:
        return _ahead_of_rising(curve, level, at, target)
    asked = None if target is None else _answer(lambda: data_for(fitted, target))
    return {
        "name": curve.name,
        "target": target,
        "data_for_target": asked,
        "gain_of_doubling": _answer(lambda: gain_of_doubling(fitted)),
        "trusted_up_to": _answer(lambda: trust(fitted)),
        "newest_point": _answer(lambda: off_the_line(fitted)),
        "region": fitted.regions[-1] if fitted.recommended.falls else None,
        **_rows(carry_on_law(fitted, _places(fitted.shards, at))),
    }


def _ahead_of_rising(
    curve: Curve, level: float, at: list[float] | None, target: float | None
) -> dict[str, Any]:
    """The forecasts of a curve that no law here follows, and of every other answer why there is none."""
    from steepness.laws import extrapolate
    from steepness.laws.points import shards_of

    shards = shards_of(curve.m, curve.error, **curve.runs)
    reason = {"reason": "the error rises with m"}
    questions = ("gain_of_doubling", "trusted_up_to", "newest_point")
    return {
        "name": curve.name, "target": target, "data_for_target": None if target is None else reason,
        "region": None, **dict.fromkeys(questions, reason),
        **_rows(extrapolate(curve.m, curve.error, _places(shards, at), level, **curve.runs)),
    }  # fmt: skip


def _places(shards: Shards, at: list[float] | None) -> Floats:
    from steepness.laws.checks import positive_column

    return positive_column(at or [shards.m[-1] * factor for factor in (2, 4, 8)], "--at")


def _rows(ahead: Prediction) -> dict[str, Any]:
    columns = {name: value for name, value in ahead.as_dict().items() if name in AT}
    return {
        "forecast": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
        "warnings": list(ahead.warnings),
    }


def _answer(ask: Callable[[], Any]) -> dict[str, Any]:
    try:
        found: dict[str, Any] = ask().as_dict()
    except ValueError as refusal:
        return {"reason": str(refusal)}
    return found


def _short(line: str) -> list[str]:
    """A row of the table as it is, a sentence in lines of 80 columns."""
    from steepness.report.curve import wrapped

    return [line] if line.startswith(" ") else wrapped(line)


def _forecast_lines(answer: dict[str, Any], level: float) -> list[str]:
    from steepness.laws.amounts import amount, as_percent
    from steepness.press.words import alike

    lines = [answer["name"]] if answer["name"] else []
    lines.append(f"{'m':>14}  error ({as_percent(level)} interval of a new measurement; of the law)")
    lines += [
        f"{amount(row['m']):>14}  {_words(row)}  {low} to {high}" + "  beyond trust" * row["beyond"]
        for row in answer["forecast"]
        for _, low, high in [alike(row["value"], row["law_low"], row["law_high"], 4)]
    ]
    if answer["target"] is not None:
        lines.append(f"data for {answer['target']:g}: {_words(answer['data_for_target'])}")
    for name, bounds in (
        ("gain_of_doubling", BOUNDS),
        ("trusted_up_to", CONFIDENCES),
        ("newest_point", BOUNDS),
    ):
        lines.append(f"{name.replace('_', ' ')}: {_words(answer[name], bounds)}")
    region = f"the {answer['region'].replace('_', '-')} region" if answer["region"] else NO_REGION
    return [
        *lines,
        f"the largest m lies in {region}",
        *(f"warning: {warning}" for warning in answer["warnings"]),
    ]


def _words(answer: dict[str, Any], bounds: str = BOUNDS) -> str:
    from steepness.press.words import alike

    if "ratio" in answer:
        return f"{_words(answer['ratio'])} times its forecast, {answer['reason']}"
    if "value" not in answer:
        return f"cannot say: {answer['reason']}"
    return bounds.format(*alike(answer["value"], answer["low"], answer["high"], 4))


def paper(page: options.Page = None, level: options.Level = 0.95, json: options.Json = False) -> None:
    """Fit the paper's own points again and hold them against what it published."""
    from steepness.cli.answers import PaperAnswer
    from steepness.paper.page import as_text, write_page
    from steepness.paper.refit import refit_paper

    refits = refit_paper(level)
    if json:
        show({"level": level, "curves": [r.as_dict() for r in refits]}, PaperAnswer)
    else:
        typer.echo(as_text(refits))
    if page is not None:
        typer.echo(f"page: {write_page(refits, page)}", err=json)
