"""The history page that the documentation shows is what its script writes today."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from steepness.nightly.history import write_history

SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "nights.py"
PLACES = re.compile(r' (?:x|y|d|r|transform)="[^"]*"|rotate\([^)]*\)')
"""Where things stand in a figure, which is a matter of a machine's fonts, too."""


def test_the_page_of_the_documentation_is_made_of_what_is_stored(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("nights", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    nights = module.nights()
    assert [bool(night.alarms) for night in nights] == [False] * 4 + [True]
    assert {found.domain for found in nights[-1].alarms} == {module.WORSE}
    page = write_history(nights, tmp_path / "history.html").read_text()
    stale = f"{module.PAGE} is not what is written today: python docs/examples/nights.py"
    assert PLACES.sub("", page) == PLACES.sub("", module.PAGE.read_text()), stale
