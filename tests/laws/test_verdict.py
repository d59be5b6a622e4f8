from __future__ import annotations

import json

import pytest

from steepness.laws import Evidence, Exponent, Interval, Overlap, judge
from steepness.laws.verdict import overlap

CLAIM = Exponent(Interval(-0.3, -0.301, -0.299), Interval(-0.3, -0.3012, -0.2988))
ELSEWHERE = (
    Overlap("hours", (0.1, 2), (8, 170), 0.0),
    Overlap("error relative to guessing", (0.6, 0.9), (0.2, 0.6), 0.1),
)


def exponent(value: float, half_width: float) -> Exponent:
    return Exponent(
        Interval(value, value - 0.83 * half_width, value + 0.83 * half_width),
        Interval(value, value - half_width, value + half_width),
    )


def evidence(value: float, half_width: float, **rest: object) -> Evidence:
    return Evidence(straight=exponent(value, half_width), shards=7, runs=14, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "half_width", "answer"),
    [
        (-0.31, 0.01, "agrees"),  # precise and near: it need not hold the claim to agree
        (-0.32, 0.01, "agrees"),
        (-0.30, 0.10, "undecided"),  # a noisy study does not agree, however near
        (-0.34, 0.05, "undecided"),
        (-0.36, 0.02, "disagrees"),
        (-0.36, 0.04, "undecided"),  # outside the claim, but not outside its margin
    ],
)
def test_agreement_is_equivalence_within_the_margin(value: float, half_width: float, answer: str) -> None:
    assert judge(evidence(value, half_width), CLAIM).answer == answer


def test_a_wider_margin_is_easier_to_agree_with() -> None:
    found = evidence(-0.34, 0.02)
    assert judge(found, CLAIM).answer == "undecided"
    assert judge(found, CLAIM, margin=0.3).answer == "agrees"


def test_the_claims_own_interval_counts() -> None:
    vague = Exponent(Interval(-0.3, -0.33, -0.27), Interval(-0.3, -0.336, -0.264))
    found = judge(evidence(-0.31, 0.01), vague)
    assert found.answer == "undecided"
    assert found.difference.half_width > 0.03
    assert "claim’s own points" in found.remedy


def test_a_bound_that_is_missing_is_infinite_in_words() -> None:
    open_below = Exponent(Interval(-0.3, float("-inf"), -0.1), Interval(-0.3, float("-inf"), -0.1))
    found = judge(Evidence(straight=open_below, shards=7, runs=14), CLAIM)
    assert "(-∞ to " in found.reason
    assert "inf" not in found.reason


def test_a_constant_that_the_claim_has_not_leaves_no_single_exponent() -> None:
    found = judge(evidence(-0.1, 0.001, bent=exponent(-0.3, 0.01), constant=True), CLAIM)
    assert found.answer == "undecided"
    assert "-0.1000 (" in found.reason
    assert "-0.3000 (" in found.reason
    assert "straight" in found.remedy


def test_to_disagree_takes_both_forms() -> None:
    wide = exponent(-0.3, 0.2)
    assert judge(evidence(-0.1, 0.01), CLAIM).answer == "disagrees"
    assert judge(evidence(-0.1, 0.01, bent=exponent(-0.12, 0.02)), CLAIM).answer == "disagrees"
    found = judge(evidence(-0.1, 0.01, bent=wide), CLAIM)
    assert found.answer == "undecided"
    assert "constant" in found.remedy


@pytest.mark.parametrize(
    ("value", "half_width", "answer"),
    [(-0.31, 0.01, "consistent"), (-0.1, 0.01, "inconsistent"), (-0.3, 0.2, "undecided")],
)
def test_another_regime_is_only_consistent_or_not(value: float, half_width: float, answer: str) -> None:
    found = judge(evidence(value, half_width, overlaps=ELSEWHERE), CLAIM)
    assert found.answer == answer
    assert found.outside
    assert "outside the claim’s range" in found.in_words()


def test_one_scale_on_which_both_overlap_is_enough() -> None:
    near = (ELSEWHERE[0], Overlap("error relative to guessing", (0.3, 0.9), (0.2, 0.6), 1.0))
    assert judge(evidence(-0.31, 0.01, overlaps=near), CLAIM).answer == "agrees"


def test_doubts_make_an_answer_provisional_but_not_an_open_question() -> None:
    doubts = ("5 of 6 shards were not trained out",)
    sure, open_ = (judge(evidence(-0.1, w, doubts=doubts), CLAIM) for w in (0.01, 0.3))
    assert sure.in_words() == "disagrees, provisionally"
    assert open_.in_words() == "undecided"
    assert not open_.provisional


def test_what_would_decide_it_is_said() -> None:
    found = judge(evidence(-0.305, 0.05), CLAIM)
    assert "narrower" in found.remedy
    assert "shards instead of 7" in found.remedy
    assert "runs instead of 14" in found.remedy
    unbounded = Exponent(Interval(-0.3, -float("inf"), -0.2), Interval(-0.3, -float("inf"), -0.1))
    assert "do not bound" in judge(Evidence(straight=unbounded, shards=4, runs=4), CLAIM).remedy


def test_overlap_is_counted_in_decades_of_data() -> None:
    assert overlap("hours", [1, 100], [10, 1000]).decades == pytest.approx(1)
    assert overlap("hours", [1, 2], [10, 1000]).decades == 0
    # of errors that fall as m^-0.5, half a decade is one of data
    assert overlap("error", [1, 0.1], [1, 0.1**0.5], steepness=-0.5).decades == pytest.approx(1)


def test_a_verdict_is_json() -> None:
    said = json.loads(json.dumps(judge(evidence(-0.1, 0.01, overlaps=ELSEWHERE), CLAIM).as_dict()))
    assert said["words"] == "inconsistent, outside the claim’s range"
    assert said["overlaps"][0]["what"] == "hours"
