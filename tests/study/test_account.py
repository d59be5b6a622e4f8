"""A study's account of itself says what its records say."""

from __future__ import annotations

from pathlib import Path

import msgspec

from steepness.study import account
from tests.synthetic import MakeStudy, synthetic


def test_every_trial_is_listed_with_what_was_searched(make_study: MakeStudy) -> None:
    study = make_study(shards=2)
    table = account.trials(study)
    assert {row[0] for row in table.rows} == {r.id for r in study.records}
    assert {row[5] for row in table.rows} == {f"learning rate {rate}" for rate in (0.002, 0.004, 0.008)}


def test_what_a_preset_says_of_its_own_data_is_not_said_of_others(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    study = make_study(shards=1)
    assert account.aim(study) == "Synthetic."
    preset = msgspec.structs.replace(study.manifest.preset, dataset="text:mine.txt")
    mine = account.aim(synthetic(tmp_path / "mine", shards=1, preset=preset))
    assert mine == "The preset says of itself, on the data it was made for: Synthetic."
