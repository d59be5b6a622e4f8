"""Parallel texts as people bring them: other languages, exports, texts that cannot be split."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from steepness.domains.nmt.data import Sentences, Split, Translations, unknown_characters
from steepness.domains.nmt.pieces import UNKNOWN
from steepness.domains.nmt.translate import quality, tokenizer_for
from tests.domains.inputs import sentence_pairs, write_pairs


def load(path: Path, cache: Cache, **options: int) -> Translations:
    chosen = {"vocabulary": 500, "held_out": 100} | options
    return get_domain("nmt", chosen).load(f"tsv:{path}", cache)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("long", {}, r"all \d+ sentence pairs for \w+ are longer than 50 pieces; .*--set options.longest=\d+\)"),
        ("intents", {}, r"no sentence pair is left for validation and test: 1,500 different sources share 6 different"),
        ("intents", {"held_out": 2000}, r"takes twice that from 1,500 .*--set options.held_out=150"),
        ("ids", {}, r"ids.tsv: column 1 is numbers alone, e.g. 1000; give source TAB target"),
        ("chinese-4000", {}, r"source text: it has \d,\d\d\d different characters; --set options.vocabulary=\d{4}"),
        ("to-chinese", {"vocabulary": 100}, r"target text: it has 20\d different characters; --set options.vocab"),
        ("to-chinese", {"vocabulary": 90_000}, r"it has no more pieces; --set options.vocabulary=\d+ or less"),
    ],
)  # fmt: skip
def test_what_cannot_be_trained_on_is_refused_with_the_option(
    name: str, options: dict[str, int], said: str, tmp_path: Path, cache: Cache
) -> None:
    with pytest.raises(ValueError, match=said) as error:
        load(write_pairs(tmp_path, name), cache, **options)
    assert "\n" not in str(error.value)


def test_an_export_of_four_columns_is_read(tmp_path: Path, cache: Cache) -> None:
    data = load(write_pairs(tmp_path, "export"), cache)
    assert set(data.test_pairs) <= set(sentence_pairs())
    assert [tuple(example.split(" > ")) in sentence_pairs() for example in data.examples] == [True] * 3


def test_many_pairs_too_long_are_a_doubt(tmp_path: Path, cache: Cache) -> None:
    path, pairs = tmp_path / "x.tsv", enumerate(sentence_pairs())
    path.write_text("".join(f"{a}\t{b}\n" if i % 5 else f"{a} {a} {a}\t{b} {b} {b}\n" for i, (a, b) in pairs))
    assert load(path, cache).doubts == []
    (doubt,) = load(path, cache, longest=12).doubts
    assert re.match(
        r"20 % of the sentence pairs are left out, longer than 12 pieces; raise options.longest", doubt
    )


def test_packed_pairs_are_read_as_what_is_in_them(tmp_path: Path, cache: Cache) -> None:
    plain = write_pairs(tmp_path, "export")
    packed = tmp_path / "packed.tsv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert load(packed, cache).fingerprint == load(plain, cache).fingerprint


@pytest.mark.parametrize(("share", "said"), [(0.0, 0), (0.1, 1), (0.3, "refused")])
def test_characters_that_a_vocabulary_lacks_are_doubted_or_refused(share: float, said: int | str) -> None:
    tokens = np.full(1000, 9, np.int32)
    tokens[: int(1000 * share)] = UNKNOWN
    side, other = Sentences(tokens, np.array([1000])), Sentences(np.full(1000, 9, np.int32), np.array([1000]))
    if said == "refused":
        with pytest.raises(
            ValueError, match="30 % of the target pieces are characters that the vocabulary lacks"
        ):
            unknown_characters(Split(other, side))
    else:
        assert len(unknown_characters(Split(other, side))) == said


@pytest.mark.parametrize(
    ("texts", "tokenizer"),
    [
        (["The cat sat."], "13a"), (["Он сидит."], "13a"), (["我坐在这里。", "OK"], "zh"),
        (["私はここに座ります。"], "char"),
        (["ฉันนั่งที่นี่"], "char"), (["나는 여기 앉는다."], "13a"), ([], "13a"), (["3 + 4"], "13a"),
    ],
)  # fmt: skip
def test_bleu_cuts_words_as_the_language_does(texts: list[str], tokenizer: str) -> None:
    assert tokenizer_for(texts) == tokenizer


def test_chinese_references_score_full_marks_against_themselves() -> None:
    references = ["我坐在这里看书。", "他们去了北京的学校。", "猫坐在旧的垫子上面。"]
    figures = quality(references, references)
    assert figures["bleu"] == figures["chrf"] == 100.0
    assert "tok:zh" in str(figures["bleu_signature"])
