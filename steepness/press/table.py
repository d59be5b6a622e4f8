"""Tables as rows of text: for a page, for Markdown, for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows of text under a head; `numeric` columns are set right-aligned, `strong` rows bold."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    strong: frozenset[int] = frozenset()


def table_text(table: Table) -> str:
    """The table for a terminal, in aligned columns; a strong row is marked."""
    lines = [
        ["", *table.head],
        *([">" if i in table.strong else "", *row] for i, row in enumerate(table.rows)),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
