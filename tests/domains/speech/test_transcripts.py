from __future__ import annotations

import numpy as np
import pytest

from steepness.domain.estimates import ratio
from steepness.domains.speech.alphabet import ENGLISH, frames_needed
from steepness.domains.speech.transcripts import error_rate


@pytest.mark.parametrize(
    ("written", "normalised"),
    [
        ("Excuse me, I'd like to buy this alcohol.", "excuse me i'd like to buy this alcohol"),
        ("Tsk-tsk...  \tCAF\xc9!", "tsk tsk cafe"),
        ("don\N{RIGHT SINGLE QUOTATION MARK}t", "don't"),
        ('"A \' B"', "a b"),
        ("*?!", ""),
        ("in 1844", "in 1844"),
    ],
)
def test_normalise(written: str, normalised: str) -> None:
    assert ENGLISH.normalise(written) == normalised


def test_labels_come_back_as_text_and_never_are_the_blank() -> None:
    labels = ENGLISH.encode(ENGLISH.characters)
    assert ENGLISH.decode(labels.tolist()) == ENGLISH.characters
    assert labels.min() == 1


@pytest.mark.parametrize("text", ["in 1844", "stra\xdfe", "\u0434\u0430"])
def test_characters_outside_the_alphabet_are_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="outside the alphabet"):
        ENGLISH.encode(ENGLISH.normalise(text))


def test_ctc_needs_a_blank_between_equal_neighbours() -> None:
    assert frames_needed(ENGLISH.encode("hello")) == 6
    assert frames_needed(ENGLISH.encode("aaa")) == 5
    assert frames_needed(ENGLISH.encode("abc")) == 3


def test_error_rates_count_edits_over_all_utterances_together() -> None:
    assert error_rate(["kitten", "a"], ["sitting", "a"])[0] == pytest.approx(3 / 7)
    assert error_rate(["abc"], [""])[0] == 1.0
    assert error_rate(["a"], ["abc"])[0] == 2.0
    assert error_rate([["the", "cat"], ["sat"]], [["the", "hat"], []])[0] == pytest.approx(2 / 3)


def test_standard_error_is_the_spread_of_repeated_samples() -> None:
    random = np.random.default_rng(0)

    def sample() -> tuple[float, float]:
        lengths = random.integers(5, 60, 200)
        return ratio(random.binomial(lengths, random.beta(2, 3, 200)), lengths)

    rates, errors = np.array([sample() for _ in range(400)]).T
    assert errors.mean() == pytest.approx(rates.std(), rel=0.12)
