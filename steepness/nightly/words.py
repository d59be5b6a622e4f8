"""A night in words: for the terminal, as Markdown, as JUnit XML."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import msgspec

from steepness.data.files import write_atomically
from steepness.laws.amounts import counted
from steepness.press.words import duration, exponent, number, plain, signed

if TYPE_CHECKING:
    from steepness.nightly.judge import Statistic
    from steepness.nightly.night import Night

COLUMNS = ("domain", "curve", "statistic", "expected", "accepted", "found", "change", "verdict")

MIB = 2.0**20
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no way to write, though a model's error may say them."""


def value(statistic: Statistic, shown: float | str | None) -> str:
    """A value in the statistic's own terms."""
    if shown is None or isinstance(shown, str):
        return shown or ""
    if statistic.kind == "exponent":
        return exponent(shown, 4)
    return f"{shown / MIB:,.0f} MiB" if statistic.kind == "memory" else number(shown, 4)


def unit(statistic: Statistic) -> str:
    """What a statistic is counted in, in a picture."""
    if statistic.kind == "error":
        metric = plain(statistic.curve.rpartition("/")[2])
        return f"validation {metric.removesuffix(' nats')}" + " (nats)" * metric.endswith(" nats")
    units = {"exponent": "exponent of the fit", "memory": "peak memory (MiB)"}
    return units.get(statistic.kind, "units of data per pass of the calibration kernel")


def change(statistic: Statistic) -> str:
    """How far it is from what was expected: in percent, or a difference of exponents."""
    if isinstance(statistic.expected, str) or isinstance(statistic.tonight, str):
        return ""
    if statistic.kind == "exponent":
        return signed(statistic.tonight - statistic.expected, 4)
    return f"{signed(100 * (statistic.tonight / statistic.expected - 1))} %"


def cells(statistic: Statistic) -> list[str]:
    """A statistic as a row of a table with `COLUMNS`."""
    bounds = (
        f"{value(statistic, statistic.low)} to {value(statistic, statistic.high)}"
        if statistic.low is not None
        else ""
    )
    return [
        statistic.domain,
        statistic.curve or statistic.kind,
        statistic.name,
        value(statistic, statistic.expected),
        bounds,
        value(statistic, statistic.tonight),
        change(statistic),
        statistic.state,
    ]


def line(statistic: Statistic) -> str:
    """A statistic that moved, as a line that names domain, curve, statistic, expected and found."""
    domain, curve, name, expected, bounds, found, moved, state = cells(statistic)
    accepted = f" (accepted {bounds})" if bounds else ""
    by = f", {moved}" if moved else ""
    return f"{domain} {curve} {name}: expected {expected}{accepted}, found {found}{by}: {state}"


def headline(night: Night) -> str:
    """How the night went, in a line."""
    alarms, tested = len(night.alarms), sum(statistic.low is not None for statistic in night.statistics)
    moved = f"{alarms} of its statistics moved" if alarms else "nothing moved"
    failed = f", {counted(len(night.problems), 'domain')} could not be judged" if night.problems else ""
    return f"night {night.name}: {moved}; {counted(tested, 'statistic')} tested in {duration(night.seconds)}{failed}"


def as_text(night: Night) -> str:
    """For the terminal: the alarms, what was not judged, the headline."""
    lines = [f"MOVED {line(statistic)}" for statistic in night.alarms]
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
    """JUnit XML: a suite for each domain, a case for each statistic, a failure for each that moved."""
    root = ElementTree.Element("testsuites", name="steepness nightly", time=f"{night.seconds:.1f}")
    for seen in night.observations:
        statistics = [statistic for statistic in night.statistics if statistic.domain == seen.domain]
        suite = _suite(root, seen.domain, len(statistics), sum(f.alarming for f in statistics), 0)
        suite.set("time", f"{seen.seconds:.1f}")
        for statistic in statistics:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                classname=f"{statistic.domain}.{statistic.curve or statistic.kind}",
                name=statistic.name,
            )
            if statistic.alarming:
                ElementTree.SubElement(
                    case, "failure", type=statistic.state, message=line(statistic)
                ).text = line(statistic)
    if night.problems:
        suite = _suite(root, "problems", len(night.problems), 0, len(night.problems))
        for problem in night.problems:
            case = ElementTree.SubElement(suite, "testcase", classname="problems", name=problem.split(":")[0])
            ElementTree.SubElement(case, "error", message=problem)
    for element in root.iter():
        element.text = _FORBIDDEN.sub("\ufffd", element.text) if element.text else None
        element.attrib.update({name: _FORBIDDEN.sub("\ufffd", said) for name, said in element.attrib.items()})
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _suite(
    root: ElementTree.Element, name: str, tests: int, failures: int, errors: int
) -> ElementTree.Element:
    return ElementTree.SubElement(
        root, "testsuite", name=name, tests=str(tests), failures=str(failures), errors=str(errors)
    )
