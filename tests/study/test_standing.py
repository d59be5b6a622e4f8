from __future__ import annotations

from pathlib import Path

import pytest

from steepness.laws import Verdict
from steepness.study import load_study
from steepness.study.claims import is_own
from steepness.study.standing import edges

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


def test_edges_are_where_nothing_was_tried_beyond() -> None:
    tried = [
        (m, {"size": s, "learning_rate": r}) for m in (10, 20) for s, r in ((8, 0.1), (16, 0.2), (32, 0.4))
    ]
    assert edges([(10, {"size": 16, "learning_rate": 0.2})], tried) == {}
    assert edges([(10, {"size": 8, "learning_rate": 0.1})], tried) == {"learning_rate": (10,)}
    assert edges([(20, {"size": 32, "learning_rate": 0.2})], tried) == {"size": (20,)}
    alone = [(10, {"size": 8, "learning_rate": 0.1})]
    assert edges(alone, alone) == {}
