"""Several comparisons as one table: the paper's central claim, on made-up arms whose tilts are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from steepness.cli.app import app
from steepness.compare.contrast import contrast
from steepness.compare.page import write_comparison
from steepness.compare.stored import STORED, stored_in
from steepness.compare.table import Claim, central_claim, differences_table, pooled_table, sentences
from steepness.study import Study, load_study
from tests.compare.made_up import arm


def stored(folder: Path, tilts: list[float], **both: Any) -> Path:
    """Comparisons of candidates with one baseline, as `steepness compare` leaves them."""
    old: Study = arm(folder / "old", **both)
    for i, tilt in enumerate(tilts):
        new = arm(folder / f"new-{i}", tilt=tilt, shift=0.1 * (i - 1), draw=i + 1, **both)
        write_comparison(contrast(old, new, ("old", f"new-{i}")), folder / f"old--vs--new-{i}")
    return folder


@pytest.fixture(scope="module")
def shifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(tmp_path_factory.mktemp("shifted"), [0.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def tilted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(tmp_path_factory.mktemp("tilted"), [0.0, -0.04, 0.04])


def claim_of(folder: Path) -> Claim:
    return central_claim(stored_in([folder]))


def test_candidates_that_only_shift_do_not_tilt(shifted: Path) -> None:
    claim = claim_of(shifted)
    assert claim.pooled.value is not None
    assert claim.pooled.value.tilt.p_none > 0.05
    assert claim.pooled.value.shift.p_none < 0.05
    assert "no candidate is shown to tilt its curve" in sentences(claim)[0]
    assert "Some candidate shifts it" in sentences(claim)[1]


def test_tilts_that_cancel_in_the_mean_are_found_all_the_same(tilted: Path) -> None:
    claim = claim_of(tilted)
    assert claim.pooled.value is not None
    tilt = claim.pooled.value.tilt
    assert 0 in tilt.mean
    assert tilt.p_none < 0.01
    assert tilt.scatter.low > 0
    assert "a candidate tilts its curve" in sentences(claim)[0]


def test_an_arm_that_has_learnt_nothing_is_told_but_not_pooled(tmp_path: Path) -> None:
    folder = stored(tmp_path, [0.0, 0.0], chance={"loss": 100.0})
    hopeless = arm(folder / "hopeless", shift=1e3, draw=9, chance={"loss": 100.0})
    comparison = contrast(load_study(folder / "old"), hopeless, ("old", "hopeless"))
    write_comparison(comparison, folder / "old--vs--hopeless")
    claim = claim_of(folder)
    assert claim.pooled.value is not None
    assert claim.pooled.value.tilt.n == claim.pooled.value.shift.n == 2
    assert any("hopeless against old" in row for row in differences_table(claim).rows)
    assert "an arm has learnt nothing" in sentences(claim)[-1]
    assert "hopeless against old" in sentences(claim)[-1]


def test_the_table_has_a_row_for_each_and_one_for_all(tilted: Path) -> None:
    rows = differences_table(claim_of(tilted)).rows
    assert [row[1] for row in rows] == [
        "new-0 against old",
        "new-1 against old",
        "new-2 against old",
        "mean of 3",
    ]


def test_all_together_say_whether_candidates_tilt(tilted: Path, shifted: Path) -> None:
    for folder, told in ((tilted, "yes"), (shifted, "no")):
        tilt, shift = pooled_table(claim_of(folder)).rows
        assert tilt[1] == shift[1] == "3"
        assert tilt[4].startswith(told)


def test_the_command_prints_both_tables_and_json(shifted: Path) -> None:
    said = CliRunner().invoke(app, ["compare-table", str(shifted)])
    assert said.exit_code == 0, said.output
    assert "Size law" in said.stdout
    assert "mean of 3" in said.stdout
    found = json.loads(CliRunner().invoke(app, ["compare-table", str(shifted), "--json"]).stdout)
    assert len(found["comparisons"]) == 3
    assert found["exponents"]["mean"]["low"] < found["exponents"]["mean"]["high"]
    assert found["comparisons"][0]["baseline"]["beta_p"]["value"] > 0


def test_a_comparison_of_an_older_version_is_answered_again_by_report(shifted: Path, tmp_path: Path) -> None:
    path = shifted / "old--vs--new-0" / STORED
    current = path.read_text()
    path.write_text(json.dumps({**json.loads(current), "schema_version": 0}))
    refused = CliRunner().invoke(app, ["compare-table", str(shifted)])
    assert refused.exit_code == 2
    assert f"steepness report {path.parent}" in refused.stderr
    assert CliRunner().invoke(app, ["report", str(path.parent)]).exit_code == 0
    assert json.loads(path.read_text())["steepness_difference"] == json.loads(current)["steepness_difference"]


def test_one_comparison_or_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no compare\.json in or below"):
        stored_in([tmp_path])
    claim = claim_of(stored(tmp_path, [0.0]))
    assert sentences(claim)[0].startswith("Nothing can be said of all together: 1 estimates cannot be pooled")
