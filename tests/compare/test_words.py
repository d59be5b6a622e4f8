"""What a comparison says, on made-up arms whose difference is known."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from steepness.compare.advice import take
from steepness.compare.contrast import contrast
from steepness.compare.doubts import doubts_of
from steepness.compare.facts import facts_of
from steepness.compare.page import write_comparison
from steepness.compare.stored import answer_again
from steepness.compare.words import headline, sentences
from steepness.press.words import exponent
from tests.compare.made_up import compared


def test_a_better_candidate_is_taken_and_the_title_has_the_number(tmp_path: Path) -> None:
    found = compared(tmp_path, shift=-0.06)
    assert found.verdict == "better"
    assert re.fullmatch(r"new against old: better, −[56]\.\d % \(−\d\.\d…−\d\.\d\)", headline(found))
    assert take(found) == "Take new from 8,000 to 512,000 words."


def test_a_steeper_candidate_is_taken_from_where_the_curves_meet(tmp_path: Path) -> None:
    found = compared(tmp_path, tilt=-0.03)
    assert found.verdict == "steeper"
    assert found.shift.value is not None
    assert -0.03 in found.shift.value.steepness
    assert "steeper, exponent −0.0" in headline(found)
    assert re.fullmatch(r"Take old below about m = \S+ words, new above\.", take(found))


def test_a_better_but_flatter_candidate_is_taken_with_a_warning(tmp_path: Path) -> None:
    found = compared(tmp_path, shift=-0.2, tilt=0.03)
    assert found.verdict == "better but flatter"
    assert take(found).startswith(
        "Take new from 8,000 to 512,000 words, but old gains on new with every doubling"
    )
    assert "would meet at about m = " in take(found)


def test_no_difference_is_said_where_it_is_shown_and_the_cheaper_one_is_taken(tmp_path: Path) -> None:
    found = compared(tmp_path, shared={"noise": 0.003})
    assert found.verdict == "no difference"
    assert re.search(r"no difference beyond 5 % \(−\d\.\d…\+\d\.\d %\)", headline(found))
    assert take(found).startswith("Take either")


def test_noise_that_hides_a_shift_is_no_evidence_against_it(tmp_path: Path) -> None:
    found = compared(tmp_path, shared={"noise": 0.05})
    assert found.verdict == "cannot tell"
    assert found.answer is not None
    assert found.answer.unseen > 5
    assert re.search(
        r"cannot tell: \S+ % \(\S+…\S+\), and shifts under [\d.]+ % would not be seen here$", headline(found)
    )
    assert take(found).startswith("Nothing here is a reason to leave old")


@pytest.mark.parametrize(
    ("draw", "said"),
    [(3, "a hint, too weak to be called a difference"), (4, "no more than seed noise explains")],
)
def test_words_about_noise_follow_the_p_value(tmp_path: Path, draw: int, said: str) -> None:
    found = compared(tmp_path, tilt=-0.01, draw=draw)
    assert found.shift.value is not None
    assert found.answer is not None
    assert not found.answer.turn
    assert (found.shift.value.trend.p_value < 0.05) == said.startswith("a hint")
    (steepness,) = (s for s in sentences(found) if s.startswith("Steepness"))
    assert re.search(rf", {said}[^;]* \(p 0\.\d\d\);", steepness)


def test_exponents_are_those_of_steepness_fit(tmp_path: Path) -> None:
    found = compared(tmp_path, tilt=-0.03)
    assert found.laws.value is not None
    assert found.laws.value.quoted
    said = next(s for s in sentences(found) if s.startswith("Exponents, as steepness fit gives them"))
    for side in found.sides:
        curve = next(c for c in side.study.summary()["curves"] if c["best_fit"])
        assert exponent(curve["beta_g"]["value"]) in said
        assert (
            facts_of(found)["baseline" if side is found.baseline else "candidate"]["steepness"]["value"]
            == (curve["beta_g"]["value"])
        )


def test_a_law_is_drawn_over_the_shards_it_was_fitted_to_and_chance_is_passed(tmp_path: Path) -> None:
    # the first shards of both arms are no better than guessing, in a metric whose chance is known
    chance = 12 * 32_000**-0.5 / 0.9
    found = compared(tmp_path, shared={"beta_g": -0.5, "chance": {"loss": chance}}, shift=-0.2)
    assert found.left_out == (8000, 16000)
    assert found.laws.value is not None
    assert (
        found.laws.value.baseline.m == found.laws.value.candidate.m == (32000, 64000, 128000, 256000, 512000)
    )
    assert found.shift.value is not None
    assert found.shift.value.m[0] == 32000
    assert any("Left out is m = 8,000 and 16,000" in s for s in sentences(found))
    assert next(iter(doubts_of(found))).startswith("new does no better than guessing at m = ")


def test_a_candidate_at_chance_is_the_first_doubt(tmp_path: Path) -> None:
    found = compared(tmp_path, shared={"chance": {"loss": 3.0}}, shift=0.0)
    assert next(iter(doubts_of(found))).startswith("new does no better than guessing at any shard")


def test_points_that_longer_training_vouches_for_are_no_upper_bounds(tmp_path: Path) -> None:
    """An annealed run is at its best at its end: what is a bound is for the curve to say, not for the run."""
    found = compared(tmp_path)
    side = found.candidate
    runs = tuple(msgspec.structs.replace(r, flagged=True) for r in side.runs)
    points = [replace(p, flagged=i == 0) for i, p in enumerate(side.curve.points)]
    for curve, bounds in ((side.curve, False), (replace(side.curve, points=points), True)):
        told = replace(found, candidate=replace(side, runs=runs, curve=curve))
        assert any("still improving" in line for line in doubts_of(told)) == bounds


def test_doubts_about_the_data_stand_on_the_first_screen(tmp_path: Path) -> None:
    doubt = "12 % of the training words of x are not in the vocabulary and count as one."
    said = write_comparison(compared(tmp_path, shared={"doubts": (doubt,)}), tmp_path / "page")
    assert doubt in said["doubts"]
    text = (tmp_path / "page" / "compare.html").read_text()
    assert doubt in text[: text.index("</header>")]
    assert f"Doubt: {doubt}" in (tmp_path / "page" / "compare.md").read_text()


def test_every_figure_of_the_json_has_bounds_or_a_reason(tmp_path: Path) -> None:
    said = write_comparison(compared(tmp_path, shift=-0.06), tmp_path / "page")
    assert said["schema_version"] == 1
    assert said["shown_equal"]["margin_percent"] == 5.0
    assert said["would_be_seen"]["power"] == pytest.approx(0.8)
    for bounded in (said["steepness_difference"], said["crossing"], said["candidate"]["beta_p"]):
        assert bounded["reason"] or bounded["low"] <= bounded["value"] <= bounded["high"]
    text = (tmp_path / "page" / "compare.html").read_text()
    assert text.count("<details><summary>What to report (") == 2  # one for each arm
    assert said["take"] in text
    assert said["doubts"]


def test_answered_again_a_comparison_keeps_its_margin_and_what_is_known_of_its_arms(tmp_path: Path) -> None:
    found = compared(tmp_path, shift=0.0)
    asked = contrast(found.baseline.study, found.candidate.study, ("old", "new"), margin=1.0)
    told = replace(asked, notes=("Of the arms.",), unmatched=("new: its sizes could not be matched.",))
    before = write_comparison(told, tmp_path / "a--vs--b")
    assert "new: its sizes could not be matched." in before["doubts"]
    assert before["title"] != facts_of(found)["title"]
    assert answer_again(tmp_path / "a--vs--b") == before
    assert answer_again(tmp_path / "a--vs--b", margin=5.0)["title"] == facts_of(found)["title"]
