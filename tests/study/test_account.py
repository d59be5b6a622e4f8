"""A study's account of itself says what its records say."""

from __future__ import annotations

from steepness.study import account
from tests.synthetic import MakeStudy


def test_every_trial_is_listed_with_what_was_searched(make_study: MakeStudy) -> None:
    study = make_study(shards=2)
    table = account.trials(study)
    assert {row[0] for row in table.rows} == {r.id for r in study.records}
    assert {row[5] for row in table.rows} == {f"learning rate {rate}" for rate in (0.002, 0.004, 0.008)}
