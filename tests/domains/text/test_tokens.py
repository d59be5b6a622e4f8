"""Tokenisation as the documentation states it."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.domains.text.tokens import ALPHABET, END, UNKNOWN, Characters, Tokenizer, Words


def decode(tokenizer: Tokenizer, texts: list[str]) -> tuple[list[str], list[list[str]]]:
    """The vocabulary from these texts as training data, and each text in its entries."""
    encoded = [tokenizer.encode(text) for text in texts]
    counts = np.bincount(np.concatenate(encoded))
    vocabulary, final = tokenizer.finish(counts)
    return vocabulary, [[vocabulary[final[i]] for i in ids] for ids in encoded]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The cat's paw.", ["the", "cat's", "paw", ".", "<eos>"]),
        (
            "It’s “1,024.5” km – or so…",
            ["it's", '"', "1,024.5", '"', "km", "-", "or", "so", ".", ".", ".", "<eos>"],
        ),
        ("Été d'Orsay", ["été", "d'orsay", "<eos>"]),
        ("", ["<eos>"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert decode(Words(100), [text])[1] == [words]


def test_pretokenised_text_is_split_at_white_space_only() -> None:
    assert decode(Words(100, pretokenised=True), ["He did n't , he said"])[1] == [
        ["he", "did", "n't", ",", "he", "said", "<eos>"]
    ]


def test_the_most_frequent_words_are_kept() -> None:
    vocabulary, (first, _) = decode(Words(2), ["a rare b b b", "c c a b"])
    assert vocabulary == ["<unk>", "<eos>", "b", "a"]
    assert first == ["a", "<unk>", "b", "b", "b", "<eos>"]


def test_words_that_never_train_are_unknown() -> None:
    tokenizer = Words(10)
    known, unseen = tokenizer.encode("a b"), tokenizer.encode("z")
    vocabulary, final = tokenizer.finish(np.bincount(known, minlength=unseen.max() + 1))
    assert len(vocabulary) == 4
    assert list(final[unseen]) == [UNKNOWN, END]


def test_ids_of_a_large_vocabulary_do_not_wrap_around() -> None:
    text = " ".join(f"w{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(676))
    vocabulary, (words,) = decode(Words(70_000), [text])
    assert words[:-1] == text.split()
    assert len(set(vocabulary)) == len(vocabulary) == 678


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("Ab 1~", [*"Ab 1~", "<eos>"]),
        ("“é–ß”", ['"', "e", "-", "<unk>", '"', "<eos>"]),
        ("日\t", ["<unk>", "<unk>", "<eos>"]),
    ],
)
def test_characters(text: str, characters: list[str]) -> None:
    assert decode(Characters(), [text])[1] == [characters]


def test_alphabet_is_printable_ascii() -> None:
    assert ALPHABET.isascii()
    assert ALPHABET.isprintable()
    assert len(ALPHABET) == 95
