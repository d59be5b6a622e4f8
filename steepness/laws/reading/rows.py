"""Which rows of a table make which curve."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steepness.laws.forms import Floats
from steepness.laws.reading.asked import Asked
from steepness.laws.reading.numerals import number
from steepness.laws.reading.roles import column
from steepness.laws.reading.tables import Table

CURVE = "curve"  # the column in which a study's own export names its curves
Labels = NDArray[np.intp]


@dataclass(kw_only=True, frozen=True)
class Rows:
    """The points of a table, a row each.

    Attributes:
        m, error: shape (n,); nan where a cell is empty.
        seed: labels of the runs, shape (n,); None without any.
        table: where they come from; `origin` names each point's row of it, shape (n,).
        group: the curve each belongs to, a place in `names`, shape (n,).
    """

    table: Table
    origin: Labels
    m: Floats
    error: Floats
    seed: Sequence[Any] | None
    group: Labels
    names: tuple[str, ...] = ("",)

    def __len__(self) -> int:
        return len(self.m)

    def take(self, keep: NDArray[np.bool_]) -> "Rows":
        """Some of the rows."""
        if keep.all():
            return self
        places = np.flatnonzero(keep)
        seed = None if self.seed is None else [self.seed[i] for i in places.tolist()]
        return replace(
            self, origin=self.origin[keep], m=self.m[keep], error=self.error[keep], seed=seed,
            group=self.group[keep],
        )  # fmt: skip

    def labels(self, place: int) -> tuple[Labels, list[str]]:
        """A column of the table as numbered labels of these rows, and what they are called."""
        cells = self.table.cells[place]
        cells = cells.tolist() if isinstance(cells, np.ndarray) else cells
        raw: dict[Any, int] = {}
        every = np.array_equal(self.origin, np.arange(len(cells)))
        chosen = cells if every else [cells[i] for i in self.origin.tolist()]
        found = np.fromiter((raw.setdefault(cell, len(raw)) for cell in chosen), np.intp, len(self))
        known: dict[str, int] = {}
        label = np.array([known.setdefault(str(cell).strip(), len(known)) for cell in raw], dtype=np.intp)
        return label[found], list(known)

    def runs(self) -> list[Labels]:
        """The places of each labelled run's rows, in order; of all rows where none is labelled."""
        if self.seed is None:
            return [np.arange(len(self))]
        known: dict[Any, int] = {}
        run_n = np.fromiter((known.setdefault(seed, len(known)) for seed in self.seed), np.intp, len(self))
        ends = np.cumsum(np.bincount(run_n))
        return np.split(np.argsort(run_n, kind="stable"), ends[:-1])

    def curves(self) -> Iterator[tuple[str, "Rows"]]:
        """Each curve by its name."""
        for i, name in enumerate(self.names):
            own = self.take(self.group == i)
            if len(own):
                yield name, own


def where(rows: Rows, conditions: Sequence[str]) -> Rows:
    """The rows whose columns hold the values that were asked for.

    Raises:
        ValueError: a condition without =, or one that no row fulfils; names the values there are.
    """
    for condition in conditions:
        name, equals, value = condition.partition("=")
        if not equals:
            raise ValueError(f'--where takes column=value, not "{condition}"')
        place = column(rows.table, name.strip(), "--where")
        label, known = rows.labels(place)
        fits = [i for i, text in enumerate(known) if _same(text, value.strip())]
        if not fits:
            raise ValueError(f"{rows.table.source}: no row with {condition}; {name} is {listed(known)}")
        rows = rows.take(np.isin(label, fits))
    return rows


def _same(text: str, value: str) -> bool:
    try:
        return text == value or number(text) == number(value)
    except ValueError:
        return False


def grouped(rows: Rows, asked: Asked) -> Rows:
    """The rows with the curve that each belongs to; of those of a study's export, the one that was asked for.

    Raises:
        ValueError: several curves and none chosen, or none of that name.
    """
    by = [column(rows.table, name, "--by") for name in asked.by]
    exported = CURVE in rows.table.names and not by
    if exported:
        by = [rows.table.names.index(CURVE)]
    if not by:
        if asked.curve:
            raise ValueError(
                f'{rows.table.source}: no column "{CURVE}", so no curve "{asked.curve}"; use --where'
            )
        return rows
    group, names = np.zeros(len(rows), dtype=np.intp), [""]
    for place in by:
        label, known = rows.labels(place)
        pairs, group = np.unique(group * len(known) + label, return_inverse=True)
        names = ["/".join(filter(None, (names[p // len(known)], known[p % len(known)]))) for p in pairs]
    found = replace(rows, group=group, names=tuple(names))
    if asked.curve:
        if asked.curve not in names:
            raise ValueError(
                f'{rows.table.source}: holds no curve "{asked.curve}"; choose one: {listed(names)}'
            )
        return found.take(group == names.index(asked.curve))
    if exported and len(names) > 1:
        raise ValueError(
            f"{rows.table.source}: holds {len(names)} curves; choose one with --curve, or take each with --by curve: "
            + ", ".join(names)
        )
    return found


def best(rows: Rows, asked: Asked) -> Rows:
    """Per curve and m, the rows of the searched settings' best values: the lowest median over seeds."""
    if not asked.searched:
        return rows
    label = np.zeros(len(rows), dtype=np.intp)
    for name in asked.searched:
        own, known = rows.labels(column(rows.table, name, "--best-of"))
        label = np.unique(label * len(known) + own, return_inverse=True)[1]
    _, m = np.unique(rows.m, return_inverse=True)
    keep = np.zeros(len(rows), dtype=bool)
    shard = rows.group * (m.max() + 1) + m
    for one in np.unique(shard):
        here = np.flatnonzero(shard == one)
        medians = {v: np.median(rows.error[here[label[here] == v]]) for v in np.unique(label[here])}
        keep[here[label[here] == min(medians, key=lambda v: medians[v])]] = True
    return rows.take(keep)


def listed(values: Sequence[str], most: int = 6) -> str:
    """Values in a message, the first of many."""
    more = f", ... {len(values)} in all" if len(values) > most else ""
    return ", ".join(v or "empty" for v in values[:most]) + more
