"""Which rows of a table make which curve, and what has to be asked before they do."""

from collections.abc import Container, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steepness.laws.forms import Floats
from steepness.laws.reading.asked import Asked
from steepness.laws.reading.numerals import are_numbers, number
from steepness.laws.reading.roles import COUNTED, PARAMETERS, STEPS, column, measured, plain
from steepness.laws.reading.tables import Table

CURVE = "curve"  # the column in which a study's own export names its curves
OF_A_CURVE = (
    "--by {name} (a curve each)", "--where {case} (some of them)", "--best-of {name} (the best at each m)",
    "--seed {name} (runs of one curve)",
)  # fmt: skip
"""What can be said of a column that splits the rows of a curve."""
_EMPTY = ("", "None", "nan")

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
            raise ValueError(f"{rows.table.source}: no row with {condition}; {name} is {_listed(known)}")
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
                f'{rows.table.source}: holds no curve "{asked.curve}"; choose one: {_listed(names)}'
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


def ask_about_the_rest(
    rows: Rows, used: Set[int | None], asked: Asked, offers: Sequence[str] = OF_A_CURVE
) -> None:
    """Refuse a table in which an unused setting, or the steps of single runs, split the rows of one curve.

    Args:
        rows: what is left of the table; a curve for each group.
        used: places of the columns that have a role.
        asked: columns named in it are used, too.
        offers: the options that say what to do with a column.
    Raises:
        ValueError: names the column, its values and what is offered.
    """
    named = [*asked.by, *(w.partition("=")[0].strip() for w in asked.where), *asked.searched]
    used = used | {column(rows.table, name, "") for name in named}
    if CURVE in rows.table.names:  # a study's export says all that there is of a curve in its name
        return
    for place, name in enumerate(rows.table.names):
        if place in used or measured(name):
            continue
        values = _splitting(rows, place)
        if values:
            raise ValueError(
                f'{rows.table.source}: "{name}" ({_listed(values)}) splits the rows, and one law through all of them '
                f"means nothing; say {_offered(offers, name, values)}"
                + "; `steepness joint` fits a law in size and data"
                * (plain(name) in PARAMETERS and offers is OF_A_CURVE)
            )
    if not (asked.along_run or asked.as_is):
        _ask_about_steps(rows, used, offers)


def _ask_about_steps(rows: Rows, used: Container[int | None], offers: Sequence[str]) -> None:
    """Refuse the evaluations of single runs, which are no runs of their own."""
    for place, name in enumerate(rows.table.names):
        values = _within_runs(rows, place) if plain(name) in STEPS and place not in used else []
        if values:
            best = [offer for offer in offers if "--best-of" in offer]
            raise ValueError(
                f'{rows.table.source}: "{name}" ({_listed(values)}) takes several values at one size, and evaluations '
                f"of one run are no runs of their own; say {_offered(best, name, values)}, or --as-is where each row "
                "is a run"
            )


def _within_runs(rows: Rows, place: int) -> list[str]:
    """The values of a step that changes within runs; empty where it says of each run how long that was."""
    label, known = rows.labels(place)
    run_n = np.zeros(len(rows), dtype=np.intp)
    for i, run in enumerate(rows.runs()):
        run_n[run] = i
    _, m = np.unique(rows.m, return_inverse=True)
    _, run_n = np.unique(np.stack([rows.group, m, run_n]), axis=1, return_inverse=True)
    told = np.array([value not in _EMPTY for value in known])[label]
    pairs = np.unique(run_n[told] * len(known) + label[told])
    steps = np.bincount(pairs // len(known)) if len(pairs) else np.zeros(1)
    # a total, as of epochs until it stopped, differs from run to run; a setting that was tried is the same at each m
    total = plain(rows.table.names[place]) not in COUNTED and (steps[steps > 1] < steps.max()).any()
    if steps.max() < 2 or total or _named_apart(rows):
        return []
    return [value for value in known if value not in _EMPTY]


def _named_apart(rows: Rows) -> bool:
    """Whether a column gives every row a name of its own, as trackers name runs."""
    for place, name in enumerate(rows.table.names):
        if not measured(name):
            _, known = rows.labels(place)
            if len(known) == len(rows) and not are_numbers(known):
                return True
    return False


def _splitting(rows: Rows, place: int) -> list[str]:
    """The values of a column that splits a curve's rows; empty if it is constant, numbers the rows, or follows m."""
    label, known = rows.labels(place)
    if not 1 < len(known) <= max(len(rows) // 2, 2):
        return []
    counts = np.bincount(label)
    _, m = np.unique(rows.m, return_inverse=True)
    shard = rows.group * (m.max() + 1) + m
    pairs = np.unique(shard * len(known) + label)
    follows_m = len(pairs) == len(np.unique(shard))
    if follows_m and (are_numbers(known) or counts.max() < 3):
        return []
    varies = len(np.unique(rows.group * len(known) + label)) > len(np.unique(rows.group))
    return known if varies and counts.max() > 1 else []


def _listed(values: Sequence[str], most: int = 6) -> str:
    more = f", ... {len(values)} in all" if len(values) > most else ""
    return ", ".join(v or "empty" for v in values[:most]) + more


def _offered(offers: Sequence[str], name: str, values: Sequence[str]) -> str:
    said = [offer.format(name=_word(name), case=_word(f"{name}={values[0]}")) for offer in offers]
    return " or ".join(filter(None, (", ".join(said[:-1]), said[-1])))


def _word(text: str) -> str:
    return f"'{text}'" if " " in text else text
