from __future__ import annotations

from pathlib import Path

import pytest

from steepness.laws import Verdict
from steepness.study import load_study
from steepness.study.claims import is_own

PUBLISHED = Path(__file__).parents[2] / "results" / "published"


def verdict_of(domain: str) -> Verdict:
    (curve, *_) = load_study(PUBLISHED / f"{domain}-cpu").curves
    assert curve.verdict
    return curve.verdict


def test_the_image_study_overlaps_the_claim_and_leaves_it_open() -> None:
    found = verdict_of("image")
    assert found.in_words() == "undecided"
    assert not found.outside
    assert max(o.decades for o in found.overlaps) > 0.5


@pytest.mark.parametrize(
    ("domain", "outside"), [("word_lm", True), ("char_lm", True), ("nmt", False), ("speech", True)]
)
def test_the_other_studies_are_open(domain: str, outside: bool) -> None:
    found = verdict_of(domain)
    assert found.answer == "undecided"
    assert found.outside == outside
    assert found.remedy


def test_a_users_own_data_gets_no_verdict_in_its_headline() -> None:
    assert is_own("text:/books/*.txt")
    assert is_own("manifest:mine.tsv")
    assert not is_own("enwik8")
    assert not is_own("one-billion-word:/data")
