"""Names that a stranger's study.json gives are words on a page and never ways out of its folder."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from steepness.compare.contrast import contrast
from steepness.compare.page import write_comparison
from steepness.compare.stored import load_comparison
from steepness.domain.registry import missing_pieces
from steepness.report.page import write_report
from steepness.site.build import write_site
from steepness.study import Study, load_study
from steepness.study.manifest import change_manifest
from tests.synthetic import synthetic
from tests.toy import Toy


def named(folder: Path, name: str) -> Study:
    """A study all of whose words are that name."""
    study = synthetic(
        folder,
        shards=4,
        sizes=(16, 32),
        models=(name,),
        metrics=("loss", name),
        domain=name,
        unit=name,
        preset_name=name,
    )
    preset = msgspec.structs.replace(study.manifest.preset, dataset=name)
    change_manifest(folder, study.manifest, preset=preset, domain_path=name, command=name)
    return load_study(folder)


def outside(tmp_path: Path, folder: Path) -> list[Path]:
    """Files that are not in the folder."""
    return [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_relative_to(folder)]


OUT = ["x/../../../../../out", "../../out", "{outside}/out"]


@pytest.mark.parametrize("name", OUT)
def test_a_report_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    name = name.format(outside=tmp_path / "outside")
    folder = tmp_path / "a" / "b" / "study"
    write_report(named(folder, name))
    assert outside(tmp_path, folder) == []
    assert len(list((folder / "figures").glob("*.svg"))) == len(list((folder / "figures").rglob("*.svg"))) > 1


@pytest.mark.parametrize("name", OUT)
def test_a_site_and_a_study_exported_into_it_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    name = name.format(outside=tmp_path / "outside")
    named(tmp_path / "results" / "study", name)
    site = tmp_path / "a" / "b" / "site"
    write_site(tmp_path / "results", site)
    assert not [path for path in outside(tmp_path, site) if not path.is_relative_to(tmp_path / "results")]
    assert (site / "study" / "study.json").exists(), "the whole study, by its folder's name"


@pytest.mark.parametrize("study", ["x/..", "..", "/", "", "../../elsewhere", "{outside}"])
def test_a_comparison_reads_arms_beside_it_alone(tmp_path: Path, study: str) -> None:
    """Whatever compare.json calls an arm; in the folder above, and outside, lie studies that are not its own."""
    for place in (tmp_path, tmp_path / "elsewhere"):
        synthetic(place, shards=4)
    a, b = (synthetic(tmp_path / "results" / name, shards=4) for name in ("a", "b"))
    folder = tmp_path / "results" / "a--vs--b"
    write_comparison(contrast(a, b, ("old", "new")), folder)
    said = json.loads((folder / "compare.json").read_text())
    said["candidate"]["study"] = study.format(outside=tmp_path / "elsewhere")
    (folder / "compare.json").write_text(json.dumps(said))
    with pytest.raises(ValueError, match=r"is no folder's name|no study at .*results/elsewhere"):
        load_comparison(folder)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"baseline": 3, "candidate": {}}'])
def test_a_damaged_comparison_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "compare.json").write_text(content)
    with pytest.raises(ValueError, match=r"compare.json: not a readable pair .*compare again"):
        load_comparison(tmp_path)


@pytest.mark.parametrize("name", ["../out", "/out", "a/b", ".."])
def test_a_domain_that_is_called_a_path_is_refused_before_any_folder_is_made(name: str) -> None:
    domain = type("Called", (Toy,), {"name": name})
    assert any("folders are called by it" in lack for lack in missing_pieces(domain))
