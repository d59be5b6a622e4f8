"""Numbers as people write them: 1,000 and 1.000,5 and 10k and 44 %."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from steepness.laws.forms import Floats

Cells = Sequence[Any] | NDArray[Any]

MISSING = frozenset(
    {"", "nan", "na", "n/a", "none", "null", "-", "–", "—", "inf", "-inf", "infinity", "<na>", "nat"}
)
SCALES = {"%": 1e-2, "k": 1e3, "K": 1e3, "m": 1e6, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}
_SPACES = str.maketrans({**dict.fromkeys(" \t'’_\u00a0\u202f\u2009", ""), "−": "-"})  # and the minus of print
_GROUPED = {s: re.compile(rf"[-+]?[1-9]\d{{0,2}}(?:\{s}\d{{3}})+") for s in ".,"}
_DECIMAL = {s: re.compile(rf"[-+]?\d*\{s}\d+(?:[eE][-+]?\d+)?") for s in ".,"}


def number(text: str, decimal: str = ".") -> float:
    """One number; nan where none was measured.

    Raises:
        ValueError: it is no number.
    """
    bare = text.translate(_SPACES)
    if bare.lower() in MISSING:
        return float("nan")
    scale = SCALES.get(bare[-1:], 1.0)
    if scale != 1.0:
        bare = bare[:-1]
    whole, mark, part = bare.partition(decimal)
    other = "," if decimal == "." else "."
    if other in whole:
        if not _GROUPED[other].fullmatch(whole):
            raise ValueError(text)
        whole = whole.replace(other, "")
    elif _GROUPED[decimal].fullmatch(bare) and bare.count(decimal) > 1:  # 1,000,000 where , was the decimal
        return float(bare.replace(decimal, "")) * scale
    value = float(f"{whole}.{part}" if mark else whole)
    return value * scale if np.isfinite(value) else float("nan")


def numbers(cells: Cells, decimal: str = ".") -> Floats:
    """A column of numbers, shape (n,); nan where none was measured.

    Raises:
        BadCell: the first cell that is no number.
    """
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "iufb":
        return np.where(np.isfinite(cells), cells, np.nan).astype(float)
    if decimal == ".":
        try:
            quick = np.array(cells, dtype=float)
        except (TypeError, ValueError):
            pass
        else:
            return np.where(np.isfinite(quick), quick, np.nan)
    known: dict[Any, float] = {}
    values = np.empty(len(cells))
    for i, cell in enumerate(cells):
        if cell not in known:
            try:
                known[cell] = _cell(cell, decimal)
            except (TypeError, ValueError):
                raise BadCell(i, cell) from None
        values[i] = known[cell]
    return values


def _cell(cell: Any, decimal: str) -> float:
    if cell is None:
        return float("nan")
    if isinstance(cell, str) or not hasattr(cell, "__float__"):
        return number(str(cell), decimal)
    value = float(cell)
    return value if np.isfinite(value) else float("nan")


class BadCell(ValueError):
    """A cell that is no number: which row (from 0), and what it holds."""

    def __init__(self, row: int, cell: Any) -> None:
        super().__init__(f'row {row} is "{cell}", not a number')
        self.row, self.cell = row, cell


def are_numbers(cells: Cells, decimal: str = ".") -> bool:
    """Whether a whole column can be read as numbers, with at least one measured."""
    try:
        return bool(np.isfinite(numbers(cells, decimal)).any())
    except BadCell:
        return False


def decimal_of(columns: Iterable[Cells]) -> str:
    """The decimal mark that the cells of a table show: "," only where one must be it and no "." must."""
    seen = {".": False, ",": False}
    for cells in columns:
        for text in set(cells[:20_000]):
            if not isinstance(text, str):
                continue
            bare = text.translate(_SPACES).rstrip("".join(SCALES))
            for mark, shape in _DECIMAL.items():
                if shape.fullmatch(bare) and not _GROUPED[mark].fullmatch(bare):
                    seen[mark] = True
    return "," if seen[","] and not seen["."] else "."


def grouped_by_dots(cells: Cells) -> bool:
    """Whether every number has the shape of 1.000 and of 128.000, which may be 1 and 128 or a thousand times that."""
    texts = {c.translate(_SPACES) for c in cells[:20_000] if isinstance(c, str)} - {""}
    return bool(texts) and all(_GROUPED["."].fullmatch(text) for text in texts)
