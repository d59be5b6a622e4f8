"""Preparation: deduplicated, split without leaks, encoded once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from steepness.data.artefacts import Cache
from steepness.domain import PARTS, TRAIN
from steepness.domains.text.corpus import Corpus, assign, load_corpus
from steepness.domains.text.sources import BY_HASH, find_text
from steepness.domains.text.tokens import END, Characters, Words
from tests.domains.text.conftest import synthetic_paragraphs


def texts_of(corpus: Corpus, split: str) -> list[str]:
    part = corpus.splits[split]
    pieces = np.split(part.tokens, part.starts[1:-1])
    assert all(piece[-1] == END for piece in pieces)
    return ["".join(corpus.vocabulary[i] for i in piece[:-1]) for piece in pieces]


def test_every_paragraph_is_on_exactly_one_side(text_file: Path, cache: Cache) -> None:
    corpus = load_corpus(find_text(f"text:{text_file}", cache), Characters(), cache)
    sides = [texts_of(corpus, split) for split in PARTS]
    assert sorted(text for side in sides for text in side) == sorted(synthetic_paragraphs(600))


def test_held_out_shares_are_three_per_cent() -> None:
    tally: Counter[str] = Counter()
    list(assign([(BY_HASH, f"text {i}") for i in range(20_000)], tally))
    assert abs(tally["validation"] - 600) < 100
    assert abs(tally["test"] - 600) < 100


def test_repeated_texts_are_dropped_whatever_their_case() -> None:
    tally: Counter[str] = Counter()
    kept = list(assign([(BY_HASH, text) for text in ("A b.", "a  B.", "c", "A b.")], tally))
    assert [text for _, text in kept] == ["A b.", "c"]
    assert tally["duplicate"] == 2


def test_training_text_that_repeats_held_out_text_is_dropped() -> None:
    kept = list(assign([("test", "same"), (TRAIN, "same"), (TRAIN, "other")], Counter()))
    assert kept == [("test", "same"), (TRAIN, "other")]


def test_a_second_load_reads_what_the_first_prepared(text_file: Path, cache: Cache) -> None:
    files = find_text(f"text:{text_file}", cache)
    first = load_corpus(files, Words(50), cache)
    text_file.unlink()
    second = load_corpus(files, Words(50), cache)
    assert first.fingerprint == second.fingerprint
    assert isinstance(second.splits[TRAIN].tokens, np.memmap)
    np.testing.assert_array_equal(first.splits[TRAIN].tokens, second.splits[TRAIN].tokens)


def test_fingerprint_is_of_the_content(text_file: Path, tmp_path: Path, cache: Cache) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_text(text_file.read_text())

    def fingerprint(path: Path, vocabulary: int) -> str:
        return load_corpus(find_text(f"text:{path}", cache), Words(vocabulary), cache).fingerprint

    assert fingerprint(copy, 50) == fingerprint(text_file, 50) != fingerprint(text_file, 40)
    copy.write_text(text_file.read_text().replace("king", "queen"))
    assert fingerprint(copy, 50) != fingerprint(text_file, 50)


def test_counts_are_of_the_training_split(text_file: Path, cache: Cache) -> None:
    corpus = load_corpus(find_text(f"text:{text_file}", cache), Words(20), cache)
    assert len(corpus.vocabulary) == 22
    np.testing.assert_array_equal(corpus.counts, np.bincount(corpus.splits[TRAIN].tokens, minlength=22))
    assert (np.diff(corpus.counts[2:]) <= 0).all()


def test_too_little_text_is_an_error_and_leaves_nothing(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "short.txt"
    path.write_text("one paragraph only")
    with pytest.raises(ValueError, match="give more text"):
        load_corpus(find_text(f"text:{path}", cache), Characters(), cache)
    assert not list((cache.root / "prepared").glob("*"))
