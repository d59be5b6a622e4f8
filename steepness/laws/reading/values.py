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
    if _negated(table, roles, decimal):
        return -values
    return 1 - values / (100 if _percent(values) else 1)


def error_words(table: Table, roles: Roles, decimal: str) -> str:
    """How the errors come out of their columns: "val_loss", "1 - accuracy / 100", "-score"."""
    names = [table.names[place] for place in roles.errors]
    name = f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]
    if not roles.accuracy:
        return name
    if _negated(table, roles, decimal):
        return f"-{name}"
    percent = _percent(column_of(table, roles.errors[0], decimal))
    return f"1 - {name}{' / 100' * percent}"


def _negated(table: Table, roles: Roles, decimal: str) -> bool:
    """Whether scores are errors below zero, as scikit-learn's neg_mean_squared_error; an R2 is only now and then."""
    columns = np.concatenate([column_of(table, place, decimal) for place in roles.errors])
    return bool((columns < 0).any() and not (columns > 0).any())


def _percent(values: Floats) -> bool:
    return bool(np.isfinite(values).any() and 1.5 < np.nanmax(values) <= 100)
