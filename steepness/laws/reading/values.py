"""Columns of a table as numbers, whichever decimal mark they were written with."""

import numpy as np

from steepness.laws.forms import Floats
from steepness.laws.reading.numerals import BadCell, are_numbers, numbers
from steepness.laws.reading.roles import Roles
from steepness.laws.reading.tables import Table


def column_of(table: Table, place: int, decimal: str) -> Floats:
    """A column of numbers; one in which the table's decimal mark cannot be meant is read with the other."""
    first: BadCell | None = None
    for mark in (decimal, "." if decimal == "," else ","):
        try:
            return numbers(table.cells[place], mark)
        except BadCell as bad:
            first = first or bad
    assert first
    if _second_head(table, first.row):
        raise ValueError(
            f"{table.place(first.row)}: no row but a head, of a second table ({table.said()}); put each table into a "
            "file of its own"
        )
    raise ValueError(
        f'{table.place(first.row)}: {table.names[place]} is "{first.cell}", not a number ({table.said()}); correct or '
        "drop the line"
    )


def _second_head(table: Table, row: int) -> bool:
    """Whether not one of a row's cells is a number, after rows whose cells were."""
    cells = [column[row] for column in table.cells if str(column[row] or "").strip()]
    return row > 0 and len(cells) > 1 and not any(are_numbers([cell]) for cell in cells)


def error_of(table: Table, roles: Roles, decimal: str, place: int | None = None) -> Floats:
    """A column of errors; accuracies are turned into errors."""
    values = column_of(table, roles.errors[0] if place is None else place, decimal)
    if not roles.accuracy:
        return values
    with np.errstate(invalid="ignore"):
        highest = np.nanmax(values) if np.isfinite(values).any() else 0.0
        if np.nanmin(values, initial=0.0) < 0:  # scikit-learn's scores of errors: neg_mean_squared_error
            return -values
    return 1 - values / (100 if 1.5 < highest <= 100 else 1)
