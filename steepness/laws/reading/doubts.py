"""Columns that are probably not what they are called: logarithms, swapped ones, dots that may group thousands."""

import numpy as np

from steepness.laws.forms import Floats
from steepness.laws.reading.numerals import grouped_by_dots
from steepness.laws.reading.roles import Roles
from steepness.laws.reading.tables import Table

_LARGEST_LOGARITHM = 64.0
_STEEP = -1.0  # no learning curve is this steep, but one over the logarithm of m looks so
_COUNTS_FROM = 10.0


def doubt_of_dots(table: Table, roles: Roles) -> str:
    """Why m may be a thousand times what it reads as; empty if it is plain."""
    cells = table.cells[roles.m]
    if not grouped_by_dots(cells) or all(grouped_by_dots(table.cells[e]) for e in roles.errors):
        return ""
    return (
        f'"{cells[0]}" in column "{table.names[roles.m]}" may be {str(cells[0]).replace(".", "")} or '
        f"{float(str(cells[0]).strip()):g} ({table.said() or 'separated by commas'}); say --decimal , where the dots "
        "group thousands, or --decimal . where they are decimal"
    )


def doubt_of_columns(m: Floats, error: Floats) -> str:
    """Why m and error may be something else, with what to do; empty if they look like what they are called."""
    if len(m) < 3 or not ((m > 0) & (error > 0)).all():
        return ""
    if _counts(error) and not _counts(m) and m.max() < error.min():
        return (
            f"the errors are whole numbers from {error.min():g} to {error.max():g} and the sizes run from {m.min():g} "
            f"to {m.max():g}: check the columns; swapped ones are named by --m and --error"
        )
    if _logarithmic(m, error):
        return (
            f"m runs from {m.min():g} to {m.max():g} and the error falls as if that were the logarithm of a size: "
            "check the columns; give the sizes themselves"
        )
    return ""


def _counts(column: Floats) -> bool:
    return bool((column >= _COUNTS_FROM).all() and (column == np.round(column)).all())


def _logarithmic(m: Floats, error: Floats) -> bool:
    """Whether the error is straight over m itself, and too steep over its logarithm to be any learning curve."""
    if m.max() > _LARGEST_LOGARITHM or m.max() > 10 * m.min() or len(np.unique(m)) < 4:
        return False
    log_error = np.log(error)
    slope, bend = np.polyfit(np.log(m), log_error, 1, full=True)[:2]
    _, straight = np.polyfit(m, log_error, 1, full=True)[:2]
    return bool(slope[0] < _STEEP and straight.sum() < bend.sum())
