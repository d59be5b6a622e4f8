"""A panel of the history: one statistic over all nights, what was accepted, and where it changed for good."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from steepness.laws.amounts import ranged
from steepness.nightly.changepoints import find_change_points
from steepness.nightly.night import Night
from steepness.nightly.words import MIB, change, unit, value
from steepness.press.axes import exact, named
from steepness.press.canvas import INK, PAPER, SERIES, SURFACE, Drawing, drawing

if TYPE_CHECKING:
    from steepness.nightly.judge import Statistic

ALARM = SERIES[1]
TICKS = 4


@dataclass(kw_only=True, frozen=True)
class Panel:
    """A statistic's nights.

    Attributes:
        nights: the nights that have it, oldest first, each with the statistic.
        change_points: indices into `nights`: from there on it is another.
        planted: names of nights that ran other code than the usual domains.
    """

    domain: str
    curve: str
    name: str
    nights: tuple[tuple[Night, Statistic], ...]
    change_points: tuple[int, ...]
    planted: frozenset[str]

    @property
    def title(self) -> str:
        """The curve, and the statistic if that is not all of it."""
        return self.curve if self.name == self.curve else f"{self.curve} {self.name}".strip()

    @property
    def caption(self) -> str:
        """The change points in words: between which nights and commits, from what to what."""
        if not self.change_points:
            return "No change point."
        means = [value(self.nights[0][1], mean) for _, _, mean in self.stretches()]
        return "; ".join(
            f"Change point {self._between(at)}: {before} to {after}"
            for at, before, after in zip(self.change_points, means, means[1:], strict=False)
        ) + "."  # fmt: skip

    @property
    def own(self) -> list[int]:
        """Indices of the nights that ran the usual code: what was planted changes nothing for good."""
        return [i for i, (night, _) in enumerate(self.nights) if night.name not in self.planted]

    def stretches(self) -> list[tuple[int, int, float]]:
        """From which night, to before which, and the mean of the usual nights between change points."""
        edges = [0, *self.change_points, len(self.nights)]
        found = [float(statistic.tonight) for _, statistic in self.nights]
        return [
            (a, b, float(np.mean([found[i] for i in self.own if a <= i < b])))
            for a, b in itertools.pairwise(edges)
        ]

    def _between(self, at: int) -> str:
        last = max(i for i in self.own if i < at)
        (before, _), (after, _) = self.nights[last], self.nights[at]
        commits = code_of(before, after)
        return f"between {before.name} and {after.name} ({commits})"


def code_of(first: Night, last: Night) -> str:
    """The code that was run, from one night to another."""
    commits = first.commit[:12], last.commit[:12]
    return f"commit{'s' * (commits[0] != commits[1])} {ranged(*commits)}"


def planted_nights(nights: Sequence[Night]) -> dict[str, str]:
    """Nights that ran a domain by an import path that most nights do not have: name, and that path."""
    asked = [(night.name, [word for word in night.command.split() if ":" in word]) for night in nights]
    usual = Counter(path for _, paths in asked for path in paths)
    strange = {name: [p for p in paths if 2 * usual[p] <= len(nights)] for name, paths in asked}
    return {name: ", ".join(paths) for name, paths in strange.items() if paths}


def panels(nights: Sequence[Night]) -> Iterator[Panel]:
    """A panel for every statistic that was ever tested, in the order of the latest nights."""
    found: dict[tuple[str, str, str], list[tuple[Night, Statistic]]] = {}
    for night in nights:
        for statistic in night.statistics:
            if statistic.low is not None:
                key = statistic.domain, statistic.curve, statistic.name
                found.setdefault(key, []).append((night, statistic))
    planted = frozenset(planted_nights(nights))
    for (domain, curve, name), points in found.items():
        panel = Panel(
            domain=domain, curve=curve, name=name, nights=tuple(points), change_points=(), planted=planted
        )
        changes = find_change_points([float(points[i][1].tonight) for i in panel.own])
        yield replace(panel, change_points=tuple(panel.own[i] for i in changes))


def picture(panel: Panel, width: int) -> Drawing:
    """The nights' values, the band that was accepted, change points as lines, with the mean between them."""
    statistics = [statistic for _, statistic in panel.nights]
    at = np.arange(len(statistics))
    scale = MIB if statistics[0].kind == "memory" else 1.0
    low, expected, high, tonight = (
        np.array([getattr(statistic, name) for statistic in statistics], dtype=float) / scale
        for name in ("low", "expected", "high", "tonight")
    )
    with drawing(width) as drawn:
        wide = np.r_[at[0] - 0.5, at, at[-1] + 0.5]
        padded = [np.r_[x[0], x, x[-1]] for x in (low, expected, high)]
        drawn.axes.fill_between(wide, padded[0], padded[2], color=SERIES[0], alpha=0.12, lw=0, step="mid")
        drawn.axes.plot(wide, padded[1], color=PAPER, lw=1.2, ls=(0, (4, 3)))
        _means(drawn, panel, scale)
        _nights(drawn, panel, tonight)
        drawn.keep(panel.title, at + 1, tonight, zip(low, high, strict=True))
        ticks = at[:: max(1, -(-len(at) // TICKS))]
        drawn.axes.set_xticks(ticks, [panel.nights[i][0].name[5:].strip() for i in ticks])
        drawn.axes.set_xlim(-0.5, len(at) - 0.5)
        drawn.axes.yaxis.set_major_formatter(lambda y, _: exact(y))
        named(drawn, "night", unit(statistics[0]))
    return drawn


def _nights(drawn: Drawing, panel: Panel, values: np.ndarray) -> None:
    """A dot a night: orange where it raised the alarm, hollow where other code was planted."""
    at = np.arange(len(values))
    moved = np.array([statistic.alarming for _, statistic in panel.nights])
    strange = np.array([night.name in panel.planted for night, _ in panel.nights])
    for alarmed, hollow in itertools.product((False, True), repeat=2):
        chosen = at[(moved == alarmed) & (strange == hollow)]
        if not len(chosen):
            continue
        colour = ALARM if alarmed else SERIES[0]
        face, edge = (SURFACE, colour) if hollow else (colour, SURFACE)
        (marks,) = drawn.axes.plot(
            chosen, values[chosen], "o", ms=6, mfc=face, mec=edge, mew=1.2 if hollow else 0.8
        )
        drawn.tell(marks, [_tip(*panel.nights[i]) for i in chosen])


def _means(drawn: Drawing, panel: Panel, scale: float) -> None:
    for start, end, mean in panel.stretches() if panel.change_points else ():
        drawn.axes.hlines(mean / scale, start - 0.5, end - 0.5, color=INK, lw=1.0)
    for start in panel.change_points:
        drawn.axes.axvline(start - 0.5, color=INK, lw=1.0, ls=(0, (1, 2)))


def _tip(night: Night, statistic: Statistic) -> str:
    state = "" if statistic.state == "ok" else f"\n{statistic.state}"
    by = f"{change(statistic)} of what was expected"
    return f"{night.name}, {night.commit}\n{value(statistic, statistic.tonight)} ({by}){state}"
