"""Cleaning, a split without a leak, vocabularies learnt from training text alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steepness.data.artefacts import Cache
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domains.nmt.domain import NMT, NMTOptions
from steepness.domains.nmt.prepare import clean, hold_out, without_repeats
from steepness.domains.nmt.vocabulary import load_vocabulary, train_vocabularies
from tests.domains.nmt.conftest import made_up_pairs, write_tsv


def test_clean_drops_duplicates_and_empty_sides_in_order() -> None:
    pairs = [("b ", " x"), ("", "y"), ("a", "\u00a0"), ("b", "x"), ("e\u0301", "z  z")]
    assert clean(pairs) == [("b", "x"), ("\u00e9", "z z")]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=200, max_size=400, unique=True))
def test_no_sentence_of_either_language_is_in_two_splits(numbers: list[tuple[int, int]]) -> None:
    pairs = [(f"source {a}" + "!" * (b % 2), f"Target {b}." if a % 2 else f"target {b}") for a, b in numbers]
    splits = hold_out(pairs, 10)
    assert sorted(pair for part in splits.values() for pair in part) == sorted(pairs)
    for side in (0, 1):
        seen = [{pair[side].lower().strip("!.") for pair in part} for part in splits.values()]
        assert len(seen[0] | seen[1] | seen[2]) == sum(map(len, seen))


def test_held_out_sizes() -> None:
    splits = hold_out(made_up_pairs(1000), 100)
    assert {name: len(part) for name, part in splits.items()} == {TRAIN: 800, VALIDATION: 100, TEST: 100}


def test_too_many_held_out_is_an_error_with_a_remedy() -> None:
    with pytest.raises(ValueError, match=r"held_out = 30 takes twice that from 100 .* set it to 10 or less"):
        hold_out(made_up_pairs(100), 30)


def test_given_splits_lose_what_test_and_validation_repeat() -> None:
    splits = {
        TRAIN: [("a", "x"), ("B!", "other"), ("other", "Z"), ("fine", "fine")],
        VALIDATION: [("b", "y"), ("c", "Z?")],
        TEST: [("c2", "z")],
    }
    assert without_repeats(splits) == {
        TRAIN: [("a", "x"), ("fine", "fine")],
        VALIDATION: [("b", "y")],
        TEST: [("c2", "z")],
    }


def test_vocabularies_are_the_same_every_time() -> None:
    pairs = made_up_pairs(300)
    assert train_vocabularies(pairs, 40, joint=False) == train_vocabularies(pairs, 40, joint=False)


def test_joint_vocabulary_covers_both_sides(tmp_path: Path) -> None:
    source, target = train_vocabularies(made_up_pairs(300), 50, joint=True)
    assert source == target
    (tmp_path / "joint.model").write_bytes(source)
    processor = load_vocabulary(tmp_path / "joint.model")
    assert processor.unk_id() not in processor.encode("trois un quatre four one three")


def test_vocabulary_larger_than_the_text_allows(tmp_path: Path) -> None:
    path = write_tsv(tmp_path / "a.tsv", made_up_pairs(200))
    cache = Cache(tmp_path / "cache", offline=True)
    with pytest.raises(
        ValueError,
        match=r"vocabulary = 5,000 does not suit the source text: it has no more pieces; .*=\d+ or less",
    ):
        NMT(NMTOptions(vocabulary=5000, held_out=20)).load(f"tsv:{path}", cache)
    assert not list(cache.root.rglob("*.model")), "nothing half-written"


def test_held_out_text_never_reaches_the_vocabulary(tmp_path: Path) -> None:
    pairs = made_up_pairs(400)
    held_out = {source for name in (VALIDATION, TEST) for source, _ in hold_out(pairs, 40)[name]}
    marked = [(source, target + " ☃" * (source in held_out)) for source, target in pairs]
    data = NMT(NMTOptions(vocabulary=40, held_out=40)).load(
        f"tsv:{write_tsv(tmp_path / 'a.tsv', marked)}", Cache(tmp_path / "cache", offline=True)
    )
    assert any("☃" in target for _, target in data.test_pairs)
    processor = load_vocabulary(data.target_model)
    assert processor.unk_id() in processor.encode("one ☃")
    assert processor.unk_id() not in processor.encode("one two")
