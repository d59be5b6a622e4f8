"""Logs of single training runs: no curves over data by themselves, and a point each where there are several."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from steepness.laws.forms import Floats
from steepness.laws.reading.asked import Asked
from steepness.laws.reading.numerals import are_numbers, decimal_of, number
from steepness.laws.reading.roles import COUNTED, SIZES, Roles, column, find_column, find_roles
from steepness.laws.reading.rows import Rows
from steepness.laws.reading.sources import FILE
from steepness.laws.reading.tables import SET_SIZE, Table
from steepness.laws.reading.values import column_of, error_of

FEWEST_LOGGED, SAME_PACE = 5, 0.01  # rows from which a log is told, and how even its m per step is
IN_NAME = "number in the name"  # what the column is called that several logs' names give
_NUMBER = re.compile(r"\d[\d_]*(?:\.\d+)?[kKmMgG]?(?![a-zA-Z\d])")


def refuse_a_run(rows: Rows, roles: Roles, decimal: str) -> None:
    """Steps of one run, or tokens that grow with its steps, are no sizes of training sets.

    Raises:
        ValueError: the rows of a curve, or those of one of its runs, log one run.
    """
    table = rows.table
    step = roles.m if roles.steps or table.run_log else find_column(table, COUNTED)
    if step is None or (step != roles.m and not _holds_a_log(rows, step, decimal)):
        return
    raise ValueError(
        f'{table.source}: logged during one run ("{table.names[step]}" counts its steps), which is no curve over the '
        "size of the training set; give a row per training set, or fit it all the same with --along-run"
    )


def _holds_a_log(rows: Rows, step: int, decimal: str) -> bool:
    """Whether the size stands while steps rise, or grows with those of any one run of a curve."""
    if not are_numbers(rows.table.cells[step], decimal):
        return False
    step_n = column_of(rows.table, step, decimal)
    one_size = len(np.unique(rows.m[np.isfinite(rows.m)])) == 1
    for _, curve in rows.curves():
        own_n = step_n[curve.origin]
        runs = (run for run in curve.runs() if len(run) > 1)
        if any(_rising(own_n[run]) and (one_size or _in_step(curve.m[run], own_n[run])) for run in runs):
            return True
    return False


def _rising(step_n: Floats) -> bool:
    step_n = step_n[np.isfinite(step_n)]
    return len(np.unique(step_n)) > 1 and not (np.diff(step_n) < 0).any()


def _in_step(m_n: Floats, step_n: Floats) -> bool:
    """Whether m grows from row to row by the same amount for each step."""
    there = np.isfinite(m_n) & np.isfinite(step_n)
    m_n, step_n = m_n[there], step_n[there]
    if len(m_n) < FEWEST_LOGGED:
        return False
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_n = np.diff(m_n) / np.diff(step_n)
        even = (np.abs(ratio_n / np.median(ratio_n) - 1) < SAME_PACE).all()
    return bool(even and (np.diff(step_n) > 0).all())


def is_log(table: Table, asked: Asked) -> bool:
    """Whether a table's rows follow one run: its steps rise, and nothing in it says that the training set does."""
    step = find_column(table, COUNTED)
    if table.run_log or step is None:
        return table.run_log
    size, decimal = _size(table, asked), asked.decimal or decimal_of(table.cells)
    if not are_numbers(table.cells[step], decimal):
        return False
    step_n = column_of(table, step, decimal)
    grows = size is None or _constant(table, size) or _in_step(column_of(table, size, decimal), step_n)
    return grows and _rising(step_n)


def _size(table: Table, asked: Asked) -> int | None:
    own = asked.m if asked.m != FILE or FILE in table.names else None
    return column(table, own, "--m") if own else find_column(table, (SET_SIZE, *SIZES))


def _constant(table: Table, place: int) -> bool:
    return len({str(cell).strip() for cell in table.cells[place] if str(cell or "").strip()}) == 1


def points_of_logs(tables: Sequence[Table], asked: Asked) -> tuple[list[Table], Asked]:
    """Each run's log as one point of a curve over data: its lowest error, at the size of its training set.

    The size is a column that is the same in all of a log, or with --m file the number in which the names differ.

    Raises:
        ValueError: the logs do not say how large their training sets were.
    """
    if asked.m == FILE and not any(FILE in table.names for table in tables):
        return [
            _one_point(_with_column(table, IN_NAME, size), IN_NAME, asked)
            for table, size in zip(tables, _sizes_in_names([t.source for t in tables]), strict=True)
        ], replace(asked, m=IN_NAME)
    places = [_size(table, asked) for table in tables]
    for table, place in zip(tables, places, strict=True):
        if place is None or not _constant(table, place):
            raise ValueError(
                f"{table.source}: the log of one run, which does not say how large its training set was; say --m file "
                "where that is the number in which the files' names differ, or make a table with a row per run: m,error"
            )
    named = [t.names[p] for t, p in zip(tables, places, strict=True) if p is not None]
    points = [_one_point(table, name, asked) for table, name in zip(tables, named, strict=True)]
    return points, replace(asked, m=named[0])


def _one_point(table: Table, size: str, asked: Asked) -> Table:
    roles = find_roles(table, Asked(m=size, error=asked.error, accuracy=asked.accuracy))
    errors = error_of(table, roles, asked.decimal or decimal_of(table.cells))
    if not np.isfinite(errors).any():
        raise ValueError(f"{table.source}: {table.names[roles.errors[0]]} is empty ({table.said()})")
    at = int(np.nanargmin(errors))
    kept = [place for place in range(len(table.names)) if place != find_column(table, COUNTED)]
    cells = tuple([table.cells[place][at]] for place in kept)
    cells = tuple(
        [_first(table, place)] if table.names[place] == size else cell
        for place, cell in zip(kept, cells, strict=True)
    )
    form = ", ".join(filter(None, (table.form, "the lowest error of each run")))
    names = tuple(table.names[place] for place in kept)
    return Table(source=table.source, names=names, cells=cells, form=form)


def _first(table: Table, place: int) -> object:
    """The first cell that holds something."""
    return next(cell for cell in table.cells[place] if str(cell or "").strip())


def _with_column(table: Table, name: str, value: float) -> Table:
    return replace(table, names=(name, *table.names), cells=([value] * len(table), *table.cells))


def _sizes_in_names(sources: Sequence[str]) -> list[float]:
    names = [str(Path(s).parent) if "tfevents" in Path(s).name else s for s in sources]
    found = [_NUMBER.findall(name) for name in names]
    alike = len({_NUMBER.sub("#", name) for name in names}) == 1
    differ = [i for i, own in enumerate(zip(*found, strict=True)) if len(set(own)) > 1] if alike else []
    if len(differ) != 1:
        raise ValueError(
            f"{sources[0]} and {len(sources) - 1} more: their names do not differ in one number alone, so --m file "
            "does not tell the sizes of their training sets; make a table with a row per run: m,error"
        )
    return [number(own[differ[0]].replace("_", "")) for own in found]
