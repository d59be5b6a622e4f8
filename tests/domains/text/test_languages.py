"""Texts as people bring them: other scripts, other packings, stray blank lines, marks of tokenised corpora."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from steepness.data.artefacts import Cache
from steepness.domain import TRAIN, get_domain
from steepness.domains.text import sources
from steepness.domains.text.domain import TextData
from steepness.domains.text.files import LONGEST, PIECE, paragraphs_of
from steepness.domains.text.sources import BY_HASH, TextFiles
from steepness.domains.text.tokens import UNKNOWN
from tests.domains.inputs import lines, write_text


def load(domain: str, path: Path, cache: Cache, **options: int) -> TextData:
    return get_domain(domain, options).load(f"text:{path}", cache)  # type: ignore[no-any-return]


def test_a_stray_blank_line_does_not_make_two_paragraphs(tmp_path: Path) -> None:
    assert paragraphs_of(write_text(tmp_path, "stray.txt")) == lines()


def test_one_long_line_is_cut_at_its_sentences(tmp_path: Path) -> None:
    found = paragraphs_of(write_text(tmp_path, "oneline.txt"))
    assert " ".join(found) == " ".join(lines())
    assert all(piece.endswith(".") and PIECE - 1 <= len(piece) < 300 for piece in found[:-1])


@pytest.mark.parametrize("unit", ["字", "word "])
def test_a_line_without_any_sentence_is_cut_all_the_same(tmp_path: Path, unit: str) -> None:
    path = tmp_path / "x.txt"
    path.write_text(unit * 30_000, encoding="utf-8")
    found = paragraphs_of(path)
    assert all(len(piece) <= LONGEST for piece in found)
    assert "".join(found).replace(" ", "") == unit.strip() * 30_000


def test_han_sentences_end_without_a_space(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text(("字" * 99 + "。") * 300, encoding="utf-8")
    assert {len(piece) for piece in paragraphs_of(path)} == {200}


@pytest.mark.parametrize("name", ["cyrillic.txt", "han.txt"])
def test_an_alphabet_that_does_not_fit_is_refused_and_the_option_named(
    name: str, tmp_path: Path, cache: Cache
) -> None:
    path = write_text(tmp_path, name)
    with pytest.raises(
        ValueError, match=r"\d\d % of the training characters .* --set options.alphabet=\d\d$"
    ) as error:
        load("char_lm", path, cache)
    data = load("char_lm", path, cache, alphabet=int(str(error.value).rpartition("=")[2]))
    assert data.corpus.unknown < 0.001
    assert data.doubts == []
    assert data.examples[0] in path.read_text(encoding="utf-8")


def with_numbers(path: Path, count: int) -> Path:
    """Sentences of nine words, and in each so many numbers that occur nowhere else."""
    numbered = enumerate(lines())
    path.write_text(
        "\n".join(f"{line} {' '.join(str(count * i + j) for j in range(count))}" for i, line in numbered)
    )
    return path


def test_a_vocabulary_that_does_not_fit_is_doubted(tmp_path: Path, cache: Cache) -> None:
    (doubt,) = load("word_lm", with_numbers(tmp_path / "x.txt", 1), cache, vocabulary=1000).doubts
    assert doubt.endswith(
        "not in the vocabulary and count as one; raise the vocabulary: --set options.vocabulary=5000."
    )


@pytest.mark.parametrize("vocabulary", [50, 2000])
def test_a_vocabulary_that_lacks_a_fifth_is_refused_with_one_that_does_not(
    vocabulary: int, tmp_path: Path, cache: Cache
) -> None:
    path = with_numbers(tmp_path / "x.txt", 7)
    with pytest.raises(
        ValueError, match=r"% of the training words of text:.* an error would say nothing"
    ) as said:
        load("word_lm", path, cache, vocabulary=vocabulary)
    found = re.search(r"([\d,]+) words leave 20 % unknown, ([\d,]+) leave 5 %", str(said.value))
    assert found
    least, enough = (int(number.replace(",", "")) for number in found.groups())
    assert f"--set options.vocabulary={enough}" in str(said.value)
    assert load("word_lm", path, cache, vocabulary=least).doubts
    assert load("word_lm", path, cache, vocabulary=enough).doubts == []


def test_our_own_data_with_a_presets_small_vocabulary_are_doubted_not_refused(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text standing in for the real one."""
    prose = with_numbers(tmp_path / "prose.txt", 7)
    monkeypatch.setitem(sources._KINDS, "enwik8", lambda *_: TextFiles("prose", {BY_HASH: [prose]}))
    (doubt,) = get_domain("word_lm", {"vocabulary": 200}).load("enwik8", cache).doubts
    assert "% of the training words of enwik8 are not in the vocabulary and count as one" in doubt


def test_another_text_in_letters_that_the_alphabet_lacks_is_refused(tmp_path: Path, cache: Cache) -> None:
    domain = get_domain("char_lm", {"also": [f"text:{write_text(tmp_path, 'cyrillic.txt')}"]})
    with pytest.raises(
        ValueError, match=r"\d\d % of the tokens of cyrillic \(--also\) are not in the vocabulary"
    ):
        domain.load(f"text:{write_text(tmp_path, 'stray.txt')}", cache)


def test_words_are_not_cut_at_combining_marks(tmp_path: Path, cache: Cache) -> None:
    vocabulary = load("word_lm", write_text(tmp_path, "hindi.txt"), cache).corpus.vocabulary
    assert {"हिन्दी", "विकिपीडिया", "में", "स्वागत"} <= set(vocabulary)


def test_composed_and_decomposed_letters_are_one_word(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "x.txt"
    path.write_text("\n".join(
        unicodedata.normalize("NFD" if i % 2 else "NFC", f"Škoda über {line}") for i, line in enumerate(lines())
    ))  # fmt: skip
    words = load("word_lm", path, cache).corpus.vocabulary
    assert [w for w in words if "koda" in w or "ber" in w] == ["škoda", "über"]
    letters = load("char_lm", path, cache, alphabet=300).corpus.vocabulary
    assert {"Š", "ü"} <= set(letters)
    assert not any(unicodedata.combining(letter) for letter in letters[2:])


def test_marks_of_a_tokenised_corpus_stay_whole(tmp_path: Path, cache: Cache) -> None:
    data = load("word_lm", write_text(tmp_path, "wikitext.txt"), cache)
    assert "@,@" in data.corpus.vocabulary
    assert not {"<", "unk", "@"} & set(data.corpus.vocabulary)
    assert data.corpus.counts[UNKNOWN] > 0


ZSTD = ("compression.zstd", "zstandard", "pyarrow")


def compress_zstd(content: bytes) -> bytes:
    """Two frames, as `cat a.zst b.zst` leaves them."""
    middle = len(content) // 2
    packed = [pa.Codec("zstd").compress(part, asbytes=True) for part in (content[:middle], content[middle:])]
    return b"".join(packed)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress), (".zst", compress_zstd)],
)
def test_packed_files_and_json_lines_are_read(
    suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    plain = write_text(tmp_path, "data.jsonl")
    packed = tmp_path / f"data.jsonl{suffix}"
    packed.write_bytes(pack(plain.read_bytes()))
    assert paragraphs_of(plain) == paragraphs_of(packed) == lines()


@pytest.mark.parametrize("library", ZSTD)
def test_zstd_is_unpacked_by_whichever_library_is_there(
    library: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All frames of it; and one that ends too early is refused, whatever the library thinks of that."""
    pytest.importorskip(library, reason=f"{library} is not there; compression.zstd comes with Python 3.14")
    for other in set(ZSTD) - {library}:
        monkeypatch.setitem(sys.modules, other, None)
    plain, packed = write_text(tmp_path, "stray.txt"), tmp_path / "x.txt.zst"
    packed.write_bytes(compress_zstd(plain.read_bytes()))
    assert paragraphs_of(packed) == paragraphs_of(plain)
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(ValueError, match=r"x.txt.zst: cannot be read"):
        paragraphs_of(packed)


def test_rows_of_a_parquet_file_are_paragraphs(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    parquet.write_table(pa.table({"id": range(3000), "text": lines()}), path, row_group_size=700)
    assert paragraphs_of(path) == lines()
    for table, said in (
        ({"content": ["a"], "id": [1]}, 'x.parquet: no column "text" (its fields are content, id)'),
        ({"text": ["a", None]}, "x.parquet, row 2: the text is None; give a string a row"),
        ({"text": [1, 2]}, "x.parquet, row 1: the text is 1"),
    ):
        parquet.write_table(pa.table(table), path)
        with pytest.raises(ValueError, match="x") as error:
            paragraphs_of(path)
        assert said in str(error.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "x.txt.zst",
            "x.txt.zst: .zst files are not read; pip install zstandard, or unpack it first: zstd -d x.txt.zst",
        ),
        (
            "x.parquet",
            "x.parquet: .parquet files are not read; pip install pyarrow, or write its text column as .jsonl",
        ),
    ],
)
def test_what_needs_a_library_names_it(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for library in ZSTD:
        monkeypatch.setitem(sys.modules, library, None)
    (tmp_path / name).write_bytes(compress_zstd(b"one\ntwo"))
    with pytest.raises(ValueError, match="x") as error:
        paragraphs_of(tmp_path / name)
    assert str(error.value).endswith(said)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.txt.zst", b"(\xb5/\xfd", "x.txt.zst: cannot be read"),
        ("x.txt.zst", compress_zstd(b"one two three " * 99)[:-4], "x.txt.zst: cannot be read"),
        ("x.parquet", b"PAR1", "x.parquet: cannot be read"),
        ("x.csv", b"a,b", "x.csv: .csv files are not read"),
        ("x.txt.gz", b"no gzip", "x.txt.gz: cannot be read"),
        (
            "x.txt",
            b'{"text": "a"}\n{"text": "b"}',
            "x.txt: its lines are JSON objects, not text; name it x.jsonl",
        ),
        (
            "x.jsonl",
            b'{"content": "a", "id": 1}',
            'x.jsonl, line 1: no field "text" (its fields are content, id)',
        ),
        ("x.jsonl", b'{"text": "a"}\nnone', "x.jsonl, line 2: no JSON"),
        ("x.jsonl", b"[1, 2]", 'x.jsonl, line 1: no field "text" (it is [1, 2])'),
        ("x.txt", b"fine\n\xe9t\xe9\n", "x.txt, line 2: not UTF-8"),
        ("x.txt", "text".encode("utf-16"), "x.txt, line 1: not UTF-8"),
    ],
)
def test_what_is_not_read_is_refused_in_a_line(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match="x") as error:
        paragraphs_of(tmp_path / name)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_separators_within_a_text_end_no_line(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(
        '{"text": "one\u2028two\x85three"}\r\n{"text": "four"}\n', encoding="utf-8"
    )
    assert paragraphs_of(tmp_path / "x.jsonl") == ["one two three", "four"]


def test_a_byte_order_mark_is_no_character(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"\xef\xbb\xbfone\ntwo")
    assert paragraphs_of(tmp_path / "x.txt") == ["one", "two"]


def test_what_there_is_to_train_on_is_said(tmp_path: Path, cache: Cache) -> None:
    data = load("word_lm", write_text(tmp_path, "data.jsonl"), cache)
    said = data.in_words("words")
    assert f"{data.train_units:,} words to train on" in said
    assert "entries in the vocabulary; 0.00 % of the training tokens are not in it" in said
    assert len(data.examples) == 3
    assert said.count("example: ") == 3
    assert data.summary()["splits"].keys() == {"validation", "test", "monitor"}
    assert len(data.corpus.splits[TRAIN].lengths) > 2_500


def test_a_new_option_left_alone_leaves_old_trials_what_they_are() -> None:
    plain, own = get_domain("char_lm").options, get_domain("char_lm", {"alphabet": 300}).options
    assert "alphabet" not in plain.identity()
    assert own.identity() == plain.identity() | {"alphabet": 300}
