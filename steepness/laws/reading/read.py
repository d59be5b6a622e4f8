"""From a table to curves: what was understood, and what was left out."""

from typing import Any

import numpy as np

from steepness.laws.amounts import counted
from steepness.laws.reading import rows as rows_of
from steepness.laws.reading.asked import Asked
from steepness.laws.reading.curve import Curve, Reading
from steepness.laws.reading.doubted_rows import ask_about_the_rest
from steepness.laws.reading.doubts import doubt_of_columns, doubt_of_dots
from steepness.laws.reading.logs import is_log, points_of_logs, refuse_a_run
from steepness.laws.reading.numerals import decimal_of, numbers
from steepness.laws.reading.roles import SEEDS, Roles, find_roles
from steepness.laws.reading.rows import CURVE, Rows
from steepness.laws.reading.sources import FILE, joined, open_table
from steepness.laws.reading.tables import Table
from steepness.laws.reading.values import column_of, error_of, error_words

# columns of a study's export, by the argument of `steepness.fit` that each is
EXPORTED = {"permutation": "permutations", "upper_bound": "upper_bound", "examples": "counts"}
FORM, CHANCE = "quoted_form", "chance"  # how it quotes, and the error of guessing: one value a curve


def read(*sources: Any, asked: Asked | None = None, **columns: Any) -> Reading:
    """Read curves from what people have.

    Args:
        sources: paths (CSV and its kin, JSON, JSON Lines, Parquet, TensorBoard events, gzipped or not), "-" for
            standard input, data frames, mappings of columns, lists of records; several are read as one table.
        asked: columns and rows, where their names do not tell.
        columns: fields of `Asked`, in its place: read("runs.csv", m="train_size", by=("model",)).
    Raises:
        ValueError: no curve can be read without guessing; in one line what is wrong, where, and what helps.
        OSError: a file cannot be read.
    """
    asked = asked or Asked(**columns)
    tables = [open_table(source) for source in sources]
    if len(tables) > 1 and not asked.along_run and all(is_log(table, asked) for table in tables):
        tables, asked = points_of_logs(tables, asked)
    table = joined(tables)
    roles = find_roles(table, asked)
    decimal = _decimal(table, roles, asked)
    rows = rows_of.grouped(rows_of.where(_points(table, roles, decimal), asked.where), asked)
    if not asked.along_run:
        refuse_a_run(rows, roles, decimal)
    rows, skipped = _measured(rows, asked)
    rows = rows_of.best(rows, asked)
    ask_about_the_rest(rows, roles.places, asked)
    _check(rows, asked, error_words(table, roles, decimal))
    curves = tuple(_curve(name, part, roles) for name, part in rows.curves())
    return Reading(curves, _said(table, roles, asked, decimal, len(rows), skipped, len(curves)))


def _decimal(table: Table, roles: Roles, asked: Asked) -> str:
    if asked.decimal:
        if asked.decimal not in (".", ","):
            raise ValueError(f'--decimal is "{asked.decimal}"; choose . or ,')
        return asked.decimal
    found = decimal_of(table.cells)
    doubt = doubt_of_dots(table, roles) if found == "." else ""
    if doubt and not asked.as_is:
        raise ValueError(f"{table.source}: {doubt}")
    return found


def _points(table: Table, roles: Roles, decimal: str) -> Rows:
    """Every row, or every row of every column of runs."""
    n, runs = len(table), len(roles.errors)
    m = column_of(table, roles.m, decimal)
    error = np.concatenate([error_of(table, roles, decimal, place) for place in roles.errors])
    origin, which = np.tile(np.arange(n), runs), np.repeat(np.arange(runs), n)
    if roles.labelled:
        return Rows(
            table=table,
            origin=origin,
            m=np.tile(m, runs),
            error=error,
            seed=None,
            group=which,
            names=roles.wide,
        )
    seed = None if roles.seed is None else list(table.cells[roles.seed])
    if runs > 1:
        seed = [name for name in roles.wide for _ in range(n)]
    return Rows(
        table=table,
        origin=origin,
        m=np.tile(m, runs),
        error=error,
        seed=seed,
        group=np.zeros(n * runs, dtype=np.intp),
        names=("",),
    )


def _measured(rows: Rows, asked: Asked) -> tuple[Rows, int]:
    """The rows with both numbers, within the range asked for; and how many had not both."""
    there = np.isfinite(rows.m) & np.isfinite(rows.error)
    rows, skipped = rows.take(there), int((~there).sum())
    low, high = asked.first or 0.0, asked.last or np.inf
    return rows.take((rows.m >= low) & (rows.m <= high)), skipped


def _check(rows: Rows, asked: Asked, error: str) -> None:
    if not len(rows):
        raise ValueError(f"{rows.table.source}: no row with both m and error ({rows.table.said()})")
    turned = error.startswith(("1 - ", "-"))
    if (rows.error < 0).all() and not turned:
        raise ValueError(
            f"{rows.table.source}: every error ({error}) is below 0; say --accuracy COLUMN where that is a score, of "
            "which more is better, or take another column"
        )
    name = f"error ({error})" if turned else "error"
    signs = (
        (rows.m <= 0, rows.m, "m", "0 or below"),
        (rows.error < 0, rows.error, name, "below 0"),
    )
    for bad, values, named, none in signs:
        if bad.any():
            at = int(bad.argmax())
            raise ValueError(
                f"{rows.table.place(int(rows.origin[at]))}: {named} is {values[at]:g}; a power law has none {none}, so "
                f"drop {'this row' if bad.sum() == 1 else f'these {bad.sum()} rows'}, or take another column"
            )
    if asked.as_is:
        return
    for name, part in rows.curves():
        doubt = doubt_of_columns(part.m, part.error)
        if doubt:
            raise ValueError(f"{rows.table.source}{f', {name}' if name else ''}: {doubt} (or say --as-is)")


def _curve(name: str, rows: Rows, roles: Roles) -> Curve:
    seeds = None if rows.seed is None else tuple(map(str, rows.seed))
    more: dict[str, Any] = {}
    for argument, place in (("counts", roles.counts), ("weights", roles.weights)):
        if place is not None:
            more[argument] = column_of(rows.table, place, ".")[rows.origin]
    if CURVE in rows.table.names:
        more |= _exported(rows)
    return Curve(name=name, m=rows.m, error=rows.error, seeds=seeds, more=more, source=rows.table.source)


def _exported(rows: Rows) -> dict[str, Any]:
    """What a study's export says of a curve beside its points."""
    own = {name: i for i, name in enumerate(rows.table.names)}
    found: dict[str, Any] = {}
    for name, argument in EXPORTED.items():
        if name in own:
            values = column_of(rows.table, own[name], ".")[rows.origin]
            found |= {argument: values} if np.isfinite(values).all() else {}
    first = int(rows.origin[0])
    if FORM in own and rows.table.cells[own[FORM]][first]:
        found["form"] = str(rows.table.cells[own[FORM]][first])
    if CHANCE in own:
        chance = float(numbers([rows.table.cells[own[CHANCE]][first]])[0])
        found |= {"chance": chance} if np.isfinite(chance) else {}
    return found


def _said(
    table: Table, roles: Roles, asked: Asked, decimal: str, kept: int, skipped: int, curves: int
) -> str:
    parts = [f"m = {table.names[roles.m]}", f"error = {error_words(table, roles, decimal)}"]
    if roles.seed is not None and table.names[roles.seed] not in SEEDS[:1]:
        parts.append(f"seed = {table.names[roles.seed]}")
    parts += [f"only {condition}" for condition in asked.where]
    parts += [f"m {word} {m:g}" for word, m in (("from", asked.first), ("to", asked.last)) if m is not None]
    parts += [f"best {' and '.join(asked.searched)} at each m"] * bool(asked.searched)
    parts += [f"{curves} curves"] * (curves > 1) + ["along one run"] * asked.along_run
    form = [table.form] * bool(table.form) + ["decimal comma"] * (decimal == ",")
    if skipped:
        parts.append(f"{counted(skipped, 'row')} without both skipped")
    source = table.source + (f" ({', '.join(form)})" if form else "")
    unit = "points" if len(roles.errors) > 1 or FILE in table.names else "rows"
    return f"{kept} {unit} of {source}: {', '.join(parts)}"
