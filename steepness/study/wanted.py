"""What a setting of the wrong type should have been, in the words of who typed it."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

MISMATCH = re.compile(r"Expected `([^`]+)`, got `([^`]+)` - at `\$\.([^`]+)`")
KINDS = {
    "array": "a list", "object": "a table", "str": "text", "int": "a whole number", "float": "a number",
    "bool": "true or false", "null": "nothing",
}  # fmt: skip


def wanted(fault: str, table: Mapping[str, Any]) -> str:
    """A type fault as msgspec tells it, with what is wanted, what was given, and what to type for a list.

    Args:
        fault: its message; another kind of fault comes back as it is.
        table: the preset with its settings.
    """
    found = MISMATCH.fullmatch(fault)
    if not found:
        return fault
    kinds = " or ".join(KINDS.get(kind, kind) for kind in found[1].split(" | "))
    key, value = found[3], _at(table, found[3])
    given = "" if value is None else f", not {json.dumps(value)}"
    listed = isinstance(value, str | int | float) and "array" in found[1].split(" | ")
    typed = f": --set {shlex.quote(f'{key}=[{json.dumps(value)}]')}" if listed else ""
    return f"{key} takes {kinds}{given}{typed}"


def _at(table: Any, key: str) -> Any:
    """What stands there, if plain names lead to it."""
    for name in key.split("."):
        table = table.get(name) if isinstance(table, dict) else None
    return table
