"""Faults injected into studies; see `__main__`."""

from __future__ import annotations

Row = tuple[str, str, str]
"""What was injected, how often, and what came of it."""


def verdict(count: int, wrong: list[str]) -> str:
    """In a table's cell."""
    return f"{count} of {count} right" if not wrong else f"{len(wrong)} of {count} WRONG: {'; '.join(wrong)}"
