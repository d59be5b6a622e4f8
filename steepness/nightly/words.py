"""A night in words: for the terminal, as Markdown, as JUnit XML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec

from steepness.data.storage import write_atomically
from steepness.press.words import duration, exponent, number

if TYPE_CHECKING:
    from steepness.nightly.judge import Figure
    from steepness.nightly.night import Night

COLUMNS = ("domain", "curve", "figure", "expected", "accepted", "found", "change", "verdict")


def value(figure: Figure, shown: float | str | None) -> str:
    """A value in the figure's own terms."""
    if shown is None or isinstance(shown, str):
        return shown or ""
    if figure.kind == "exponent":
        return exponent(shown, 4)
    return f"{shown / 2**20:,.0f} MiB" if figure.kind == "memory" else number(shown, 4)


def change(figure: Figure) -> str:
    """How far it is from what was expected: in percent, or a difference of exponents."""
    if isinstance(figure.expected, str) or isinstance(figure.found, str):
        return ""
    if figure.kind == "exponent":
        return f"{figure.found - figure.expected:+.4f}"
    return f"{100 * (figure.found / figure.expected - 1):+.1f} %"


def cells(figure: Figure) -> list[str]:
    """A figure as a row of a table with `COLUMNS`."""
    bounds = f"{value(figure, figure.low)} to {value(figure, figure.high)}" if figure.low is not None else ""
    return [
        figure.domain,
        figure.curve or figure.kind,
        figure.name,
        value(figure, figure.expected),
        bounds,
        value(figure, figure.found),
        change(figure),
        figure.state,
    ]


def line(figure: Figure) -> str:
    """A figure that moved, as a line that names domain, curve, figure, expected and found."""
    domain, curve, name, expected, bounds, found, moved, state = cells(figure)
    accepted = f" (accepted {bounds})" if bounds else ""
    by = f", {moved}" if moved else ""
    return f"{domain} {curve} {name}: expected {expected}{accepted}, found {found}{by}: {state}"


def headline(night: Night) -> str:
    """How the night went, in a line."""
    alarms, tested = len(night.alarms), sum(figure.low is not None for figure in night.figures)
    moved = f"{alarms} of its figures moved" if alarms else "nothing moved"
    failed = f", {len(night.problems)} domains could not be judged" if night.problems else ""
    return f"night {night.name}: {moved}; {tested} figures tested in {duration(night.seconds)}{failed}"


def as_text(night: Night) -> str:
    """For the terminal: the alarms, what was not judged, the headline."""
    lines = [f"MOVED {line(figure)}" for figure in night.alarms]
    lines += [f"note: {note}" for note in night.notes]
    lines += [f"error: {problem}" for problem in night.problems]
    return "\n".join([*lines, headline(night)])


def as_dict(night: Night) -> dict[str, Any]:
    """For `--json`: all but the raw observations."""
    kept = {name: getattr(night, name) for name in night.__struct_fields__ if name != "observations"}
    counts = {"alarms": night.alarms, "exit_code": night.exit_code}
    found: dict[str, Any] = msgspec.to_builtins(kept | counts)
    return found


def write_words(night: Night, folder: Path) -> None:
    """Write summary.md and junit.xml.

    Raises:
        OSError: the folder cannot be written.
    """
    from steepness.press.page import page_environment

    facts = {"night": night, "columns": COLUMNS, "cells": cells, "headline": headline}
    text = page_environment("nightly").get_template("night.md.j2").render(facts)
    write_atomically(folder / "summary.md", text.encode())
    write_atomically(folder / "junit.xml", junit(night))


def junit(night: Night) -> bytes:
    """JUnit XML: a suite for each domain, a case for each figure, a failure for each that moved."""
    root = ElementTree.Element("testsuites", name="steepness nightly", time=f"{night.seconds:.1f}")
    for seen in night.observations:
        figures = [figure for figure in night.figures if figure.domain == seen.domain]
        suite = _suite(root, seen.domain, len(figures), sum(f.alarming for f in figures), 0)
        suite.set("time", f"{seen.seconds:.1f}")
        for figure in figures:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=f"{figure.domain}.{figure.curve or figure.kind}",
                name=figure.name,
            )
            if figure.alarming:
                ElementTree.SubElement(case, "failure", type=figure.state, message=line(figure)).text = line(
                    figure
                )
    if night.problems:
        suite = _suite(root, "problems", len(night.problems), 0, len(night.problems))
        for problem in night.problems:
            case = ElementTree.SubElement(suite, "testcase", classname="problems", name=problem.split(":")[0])
            ElementTree.SubElement(case, "error", message=problem)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _suite(
    root: ElementTree.Element, name: str, tests: int, failures: int, errors: int
) -> ElementTree.Element:
    return ElementTree.SubElement(
        root, "testsuite", name=name, tests=str(tests), failures=str(failures), errors=str(errors)
    )
