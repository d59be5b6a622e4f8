"""The history of all nights as one page: every night a point in a panel for each statistic."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from steepness.data.storage import write_atomically
from steepness.nightly.changepoints import find_change_points
from steepness.nightly.night import Night
from steepness.nightly.words import change, headline, line, value
from steepness.press.canvas import INK, NARROW, PAPER, SERIES, SURFACE, Drawing, drawing, embedded, svg
from steepness.press.page import page_environment

if TYPE_CHECKING:
    from markupsafe import Markup

    from steepness.nightly.judge import Statistic

ALARM = SERIES[1]
TICKS = 4


@dataclass(frozen=True)
class Panel:
    """A statistic's nights.

    Attributes:
        nights: the nights that have it, oldest first, each with the statistic.
        change_points: indices into `nights`: from there on it is another.
    """

    domain: str
    curve: str
    name: str
    nights: tuple[tuple[Night, Statistic], ...]
    change_points: tuple[int, ...]

    @property
    def caption(self) -> str:
        """The change points in words."""
        if not self.change_points:
            return "No change point."
        edges = [0, *self.change_points, len(self.nights)]
        found = np.array([statistic.found for _, statistic in self.nights], dtype=float)
        means = [found[a:b].mean() for a, b in itertools.pairwise(edges)]
        shown = [value(self.nights[0][1], float(mean)) for mean in means]
        return "; ".join(
            f"Change point at {self.nights[at][0].name}: {before} to {after}"
            for at, before, after in zip(self.change_points, shown, shown[1:], strict=False)
        ) + "."  # fmt: skip


def panels(nights: Sequence[Night]) -> Iterator[Panel]:
    """A panel for every statistic that was ever tested, in the order of the latest nights."""
    found: dict[tuple[str, str, str], list[tuple[Night, Statistic]]] = {}
    for night in nights:
        for statistic in night.statistics:
            if statistic.low is not None:
                found.setdefault((statistic.domain, statistic.curve, statistic.name), []).append(
                    (night, statistic)
                )
    for key, points in found.items():
        changes = find_change_points([float(statistic.found) for _, statistic in points])
        yield Panel(*key, tuple(points), tuple(changes))


def write_history(nights: Sequence[Night], path: Path) -> Path:
    """Write the page: a single file that opens anywhere.

    Args:
        nights: the oldest first, at least one.
    Raises:
        OSError: the file cannot be written.
    """
    from markupsafe import Markup

    shown: dict[str, list[tuple[Panel, Markup]]] = {}
    for i, panel in enumerate(panels(nights)):
        drawn = _draw(panel)
        # The markup is our own: matplotlib's, with every text escaped by ElementTree.
        markup = Markup(embedded(svg(drawn), drawn.tips, f"night-{i}", f"{panel.curve} {panel.name}"))
        shown.setdefault(panel.domain, []).append((panel, markup))
    facts = {
        "nights": nights,
        "alarmed": [night for night in nights if night.alarms],
        "domains": shown,
        "line": line,
        "headline": headline,
    }
    write_atomically(path, page_environment("nightly").get_template("history.html.j2").render(facts).encode())
    return path


def _draw(panel: Panel) -> Drawing:
    """The nights' values, the band that was accepted, change points as lines, with the mean between them."""
    statistics = [statistic for _, statistic in panel.nights]
    at = np.arange(len(statistics))
    low, expected, high, found = (
        np.array([getattr(statistic, name) for statistic in statistics], dtype=float)
        for name in ("low", "expected", "high", "found")
    )
    with drawing(NARROW) as drawn:
        wide = np.r_[at[0] - 0.5, at, at[-1] + 0.5]
        padded = [np.r_[x[0], x, x[-1]] for x in (low, expected, high)]
        drawn.axes.fill_between(wide, padded[0], padded[2], color=SERIES[0], alpha=0.12, lw=0, step="mid")
        drawn.axes.plot(wide, padded[1], color=PAPER, lw=1.2, ls=(0, (4, 3)))
        _means(drawn, panel, found)
        moved = np.array([statistic.alarming for statistic in statistics])
        for chosen, colour in ((~moved, SERIES[0]), (moved, ALARM)):
            if chosen.any():
                (marks,) = drawn.axes.plot(
                    at[chosen], found[chosen], "o", ms=6, mec=SURFACE, mew=0.8, color=colour
                )
                drawn.tell(marks, [_tip(*panel.nights[i]) for i in at[chosen]])
        ticks = at[:: max(1, -(-len(at) // TICKS))]
        drawn.axes.set_xticks(ticks, [panel.nights[i][0].name[5:] for i in ticks])
        drawn.axes.set_xlim(-0.5, len(at) - 0.5)
        drawn.axes.yaxis.set_major_formatter(lambda y, _: value(statistics[0], y))
    return drawn


def _means(drawn: Drawing, panel: Panel, found: np.ndarray) -> None:
    edges = [0, *panel.change_points, len(found)]
    for a, b in itertools.pairwise(edges):
        if panel.change_points:
            drawn.axes.hlines(found[a:b].mean(), a - 0.5, b - 0.5, color=INK, lw=1.0)
    for start in panel.change_points:
        drawn.axes.axvline(start - 0.5, color=INK, lw=1.0, ls=(0, (1, 2)))


def _tip(night: Night, statistic: Statistic) -> str:
    state = "" if statistic.state == "ok" else f"\n{statistic.state}"
    by = f"{change(statistic)} of what was expected"
    return f"{night.name}, {night.commit}\n{value(statistic, statistic.found)} ({by}){state}"
