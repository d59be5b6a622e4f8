"""The history of all nights as one page: every night a point in a panel for each statistic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from steepness.laws.amounts import counted, ranged
from steepness.nightly.judge import Statistic
from steepness.nightly.night import Night
from steepness.nightly.panels import Panel, code_of, panels, picture, planted_nights
from steepness.nightly.words import headline, line
from steepness.press.page import ALONE, Frame, page_environment, slug, write_html
from steepness.press.plots import Plot, show


def write_history(nights: Sequence[Night], path: Path, frame: Frame = ALONE) -> Path:
    """Write the page: alone it is a single file that opens anywhere, in a site the files of its figures lie beside it.

    Args:
        nights: the oldest first, at least one.
        frame: where it hangs in a site.
    Raises:
        OSError: the file cannot be written.
    """
    every = list(panels(nights))
    figures = show(None if frame.alone else path.parent, [_plot(panel) for panel in every], frame=frame)
    shown: dict[str, list[object]] = {}
    for panel, figure in zip(every, figures, strict=True):
        shown.setdefault(panel.domain, []).append(figure)
    facts = {
        "nights": nights,
        "alarmed": [night for night in nights if night.alarms],
        "planted": planted_nights(nights),
        "span": ranged(nights[0].name, nights[-1].name),
        "commits": code_of(nights[0], nights[-1]),
        "domains": shown,
    }
    environment = page_environment("nightly", frame, faults=faults, headline=headline, counted=counted)
    return write_html(environment, "history.html.j2", facts, path)


def faults(night: Night) -> Iterator[str]:
    """A night's alarms as a line for each fault: what moves the errors of a domain moves many of its statistics."""
    groups: dict[tuple[str, str, str], list[Statistic]] = {}
    for found in night.alarms:
        of_errors = found.kind in ("error", "exponent")
        key = (
            (found.domain, "error", "")
            if of_errors
            else (found.domain, found.kind, f"{found.curve} {found.name}")
        )
        groups.setdefault(key, []).append(found)
    for first, *others in groups.values():
        names = ", ".join(f"{o.curve} {o.name}" if o.curve != first.curve else o.name for o in others)
        yield line(first) + (f" (with it: {names})" if others else "")


def _plot(panel: Panel) -> Plot:
    return Plot(
        name=slug(f"{panel.domain}-{panel.title}"),
        group="curves",
        title=panel.title,
        caption=panel.caption,
        paint=partial(picture, panel),
    )
