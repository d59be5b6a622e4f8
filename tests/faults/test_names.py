"""Names that a stranger's study.json gives are words on a page and never ways out of its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from steepness.report.page import write_report
from tests.synthetic import synthetic


@pytest.mark.parametrize("name", ["x/../../../../../out", "../../out", "{outside}/out"])
def test_a_report_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    name = name.format(outside=tmp_path / "outside")
    folder = tmp_path / "a" / "b" / "study"
    study = synthetic(folder, shards=4, sizes=(16, 32), models=(name,), metrics=("loss", name))
    write_report(study)
    written = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert not [path for path in written if not path.is_relative_to(folder)]
    assert len(list((folder / "figures").glob("*.svg"))) == len(list((folder / "figures").rglob("*.svg"))) > 1
