"""Runs of many sizes out of a table: parameters, data and error, a row each, as `steepness.fit_joint` takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from steepness.laws.amounts import counted
from steepness.laws.forms import Floats
from steepness.laws.joint import FLOPS_PER_PARAMETER
from steepness.laws.reading import rows as rows_of
from steepness.laws.reading.asked import Asked
from steepness.laws.reading.numerals import decimal_of
from steepness.laws.reading.roles import PARAMETERS, SIZES, Roles, column, find_column, find_errors
from steepness.laws.reading.rows import Rows
from steepness.laws.reading.sources import joined, open_table
from steepness.laws.reading.tables import Table
from steepness.laws.reading.values import column_of, error_of

DATA = (*(name for name in SIZES if name != "n"), "data", "d")
UNIQUE = ("unique", "unique_tokens", "unique_examples", "unique_data", "u")


@dataclass(kw_only=True, frozen=True)
class JointRuns:
    """Runs of several sizes on several amounts of data.

    Attributes:
        params, data, error: shape (n,).
        unique: distinct units of data among `data`, shape (n,); None where the table does not say.
        said: what was understood, in one line.
        flops_per_parameter: training FLOPs per parameter and unit of data.
    """

    params: Floats
    data: Floats
    error: Floats
    unique: Floats | None
    said: str
    flops_per_parameter: float = FLOPS_PER_PARAMETER


def read_runs(
    *sources: Any, n: str | None = None, d: str | None = None, unique: str | None = None, asked: Asked | None = None
) -> JointRuns:  # fmt: skip
    """Read runs from what people have.

    Args:
        sources: as of `steepness.read`.
        n, d, unique: columns of parameters, of data, and of the distinct data, where their names do not tell.
        asked: the column of errors, and which rows to take.
    Raises:
        ValueError: a column is missing or not numbers, or no row has all of them.
        OSError: a file cannot be read.
    """
    asked = asked or Asked()
    table = joined([open_table(source) for source in sources])
    errors, accuracy, _, _ = find_errors(table, asked, taken=-1)
    params, data = _place(table, n, PARAMETERS, "--n"), _place(table, d, DATA, "--d")
    distinct = column(table, unique, "--unique") if unique else find_column(table, UNIQUE)
    decimal = asked.decimal or decimal_of(table.cells)
    values = {name: column_of(table, place, decimal) for name, place in (("params", params), ("data", data))}
    values["error"] = error_of(
        table,
        Roles(m=data, errors=errors[:1], accuracy=accuracy, steps=False, seed=None, counts=None),
        decimal,
    )
    if distinct is not None:
        values["unique"] = column_of(table, distinct, decimal)
    kept = _kept(table, values, asked)
    error = "1 - " * accuracy + table.names[errors[0]]
    said = f"N = {table.names[params]}, D = {table.names[data]}, error = {error}"
    left_out = len(table) - len(kept)
    skipped = f", {counted(left_out, 'row')} without them or not asked for" if left_out else ""
    found = {name: column_[kept] for name, column_ in values.items()}
    return JointRuns(
        params=found["params"], data=found["data"], error=found["error"], unique=found.get("unique"),
        said=f"{counted(len(kept), 'run')} of {table.source}: {said}{skipped}",
    )  # fmt: skip


def _place(table: Table, name: str | None, known: Sequence[str], option: str) -> int:
    if name:
        return column(table, name, option)
    found = find_column(table, known)
    if found is None:
        raise ValueError(f"{table.source}: no column for {option} ({table.said()}); say {option} COLUMN")
    return found


def _kept(table: Table, values: dict[str, Floats], asked: Asked) -> np.ndarray:
    there = np.isfinite(np.stack(list(values.values()))).all(axis=0)
    rows = Rows(
        table=table, origin=np.flatnonzero(there), m=values["data"][there], error=values["error"][there],
        seed=None,
        group=np.zeros(int(there.sum()), dtype=np.intp),
    )  # fmt: skip
    kept = rows_of.where(rows, asked.where)
    within = (kept.m >= (asked.first or 0.0)) & (kept.m <= (asked.last or np.inf))
    if not within.any():
        raise ValueError(f"{table.source}: no row with parameters, data and error ({table.said()})")
    return kept.take(within).origin
