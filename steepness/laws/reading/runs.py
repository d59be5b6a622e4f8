"""Runs of many sizes out of a table: parameters, data and error, a row each, as `steepness.fit_joint` takes them."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from steepness.laws.amounts import counted
from steepness.laws.forms import Floats
from steepness.laws.joint import FLOPS_PER_PARAMETER
from steepness.laws.reading import rows as rows_of
from steepness.laws.reading.asked import Asked
from steepness.laws.reading.doubted_rows import ask_about_the_rest
from steepness.laws.reading.logs import refuse_a_run
from steepness.laws.reading.numerals import decimal_of
from steepness.laws.reading.roles import PARAMETERS, SEEDS, SIZES, Roles, column, find_column, find_errors
from steepness.laws.reading.rows import Rows
from steepness.laws.reading.sources import joined, open_table
from steepness.laws.reading.tables import Table
from steepness.laws.reading.values import column_of, error_of, error_words

DATA = (*(name for name in SIZES if name != "n"), "data", "d")
OF_A_JOINT_LAW = (
    "--where {case} (some of them)", "--best-of {name} (the best at each size and data)",
    "--seed {name} (runs of one law)",
)  # fmt: skip
NO_USE = ("m", "by", "counts", "weights")  # of `Asked`: a joint law has no place for them
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
        ValueError: a column is missing or not numbers, no row has all of them, a setting splits the rows, they are
            checkpoints of single runs (without `unique` or `along_run`), or what was asked means nothing here.
        OSError: a file cannot be read.
    """
    asked = asked or Asked()
    asked.refuse(NO_USE, "a law in size and data")
    table = joined([open_table(source) for source in sources])
    errors, accuracy, _, _ = find_errors(table, asked, taken=-1)
    if len(errors) > 1:
        there = ", ".join(table.names[place] for place in errors)
        raise ValueError(
            f"{table.source}: {len(errors)} columns of errors ({there}); say which, --error COLUMN"
        )
    params, data = _place(table, n, PARAMETERS, "--n"), _place(table, d, DATA, "--d")
    distinct = column(table, unique, "--unique") if unique else find_column(table, UNIQUE)
    decimal = asked.decimal or decimal_of(table.cells)
    values = {name: column_of(table, place, decimal) for name, place in (("params", params), ("data", data))}
    seed = (
        column(table, asked.seed, "--seed")
        if asked.seed
        else find_column(table, SEEDS, {params, data, *errors})
    )
    roles = Roles(m=data, errors=errors, accuracy=accuracy, steps=False, seed=seed, counts=None)
    values["error"] = error_of(table, roles, decimal)
    if distinct is not None:
        values["unique"] = column_of(table, distinct, decimal)
    rows = _rows(table, values, roles, asked)
    if not (asked.along_run or distinct is not None):  # what repeating data brings shows along a run
        refuse_a_run(rows, roles, decimal)
    kept = _kept(rows, roles, {params, distinct}, asked).origin
    error = error_words(table, roles, decimal)
    said = [f"N = {table.names[params]}", f"D = {table.names[data]}", f"error = {error}"]
    said += [f"best {' and '.join(asked.searched)} at each size and data"] * bool(asked.searched)
    left_out = len(table) - len(kept)
    said += [f"{counted(left_out, 'row')} without them or not asked for"] * bool(left_out)
    found = {name: column_[kept] for name, column_ in values.items()}
    return JointRuns(
        params=found["params"], data=found["data"], error=found["error"], unique=found.get("unique"),
        said=f"{counted(len(kept), 'run')} of {table.source}: {', '.join(said)}",
    )  # fmt: skip


def _place(table: Table, name: str | None, known: Sequence[str], option: str) -> int:
    if name:
        return column(table, name, option)
    found = find_column(table, known)
    if found is None:
        raise ValueError(f"{table.source}: no column for {option} ({table.said()}); say {option} COLUMN")
    return found


def _rows(table: Table, values: dict[str, Floats], roles: Roles, asked: Asked) -> Rows:
    """The rows asked for that have every number, a group for each size of model (and amount of distinct data)."""
    there = np.isfinite(np.stack(list(values.values()))).all(axis=0)
    seed = (
        None if roles.seed is None else [table.cells[roles.seed][i] for i in np.flatnonzero(there).tolist()]
    )
    rows = Rows(
        table=table, origin=np.flatnonzero(there), m=values["data"][there], error=values["error"][there],
        seed=seed, group=np.zeros(int(there.sum()), dtype=np.intp),
    )  # fmt: skip
    chosen = rows_of.grouped(rows_of.where(rows, asked.where), asked)
    apart = np.stack(
        [column_[chosen.origin] for name, column_ in values.items() if name in ("params", "unique")]
    )
    sizes, group = np.unique(apart, axis=1, return_inverse=True)
    return replace(chosen, group=group, names=("",) * sizes.shape[1])


def _kept(rows: Rows, roles: Roles, used: Set[int | None], asked: Asked) -> Rows:
    within = (rows.m >= (asked.first or 0.0)) & (rows.m <= (asked.last or np.inf))
    if not within.any():
        raise ValueError(f"{rows.table.source}: no row with parameters, data and error ({rows.table.said()})")
    kept = rows_of.best(rows.take(within), asked)
    ask_about_the_rest(kept, used | roles.places, asked, OF_A_JOINT_LAW)
    return kept
