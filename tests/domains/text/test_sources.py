"""Where text comes from, and what is said when it is not there."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from steepness.data.artefacts import Artefact, Cache
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domains.text import sources
from steepness.domains.text.files import paragraphs_of
from steepness.domains.text.sources import BY_HASH, find_text


@pytest.mark.parametrize(
    ("text", "paragraphs"),
    [
        ("one\ntwo\n", ["one", "two"]),
        ("one\nwrapped\n\n  two \n \n\nthree", ["one wrapped", "two", "three"]),
        ("\n\none\ntwo\n\n", ["one", "two"]),
        ("", []),
    ],
)
def test_paragraphs_are_set_apart_by_blank_lines_or_by_lines(
    tmp_path: Path, text: str, paragraphs: list[str]
) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text)
    assert paragraphs_of(path) == paragraphs


def test_text_takes_every_file_of_a_pattern(tmp_path: Path, cache: Cache) -> None:
    for name in ("b.txt", "a.txt", "c.md"):
        (tmp_path / name).write_text(name)
    found = find_text(f"text:{tmp_path}/*.txt", cache)
    assert list(found.paragraphs()) == [(BY_HASH, "a.txt"), (BY_HASH, "b.txt")]


def test_identity_changes_with_the_file(text_file: Path, cache: Cache) -> None:
    before = find_text(f"text:{text_file}", cache).identity
    text_file.write_text(text_file.read_text() + "More.")
    assert find_text(f"text:{text_file}", cache).identity != before


def test_one_billion_word_layout(tmp_path: Path, cache: Cache) -> None:
    train, heldout = (tmp_path / f"{part}-monolingual.tokenized.shuffled" for part in ("training", "heldout"))
    for folder in (train, heldout):
        folder.mkdir()
    for i in (1, 2):
        (train / f"news.en-0000{i}-of-00100").write_text(f"train {i} .\nsecond {i} .\n")
    for i in (0, 1, 2):
        (heldout / f"news.en.heldout-0000{i}-of-00050").write_text(f"held {i} .\n")
    assert list(find_text(f"one-billion-word:{tmp_path}", cache).paragraphs()) == [
        (TEST, "held 0 ."),
        (VALIDATION, "held 1 ."),
        (VALIDATION, "held 2 ."),
        *[(TRAIN, f"{word} {i} .") for i in (1, 2) for word in ("train", "second")],
    ]


@pytest.mark.parametrize(
    ("dataset", "remedy"),
    [
        ("enwik9", 'give "enwik8"'),
        ("text", "text:/path"),
        ("enwik8:x", 'give "enwik8"'),
        ("text:/nowhere/*.txt", "no such file"),
        ("one-billion-word:/nowhere", "training-monolingual"),
    ],
)
def test_what_is_not_there_is_named_with_a_remedy(dataset: str, remedy: str, cache: Cache) -> None:
    with pytest.raises(ValueError, match=remedy):
        find_text(dataset, cache)


def test_a_file_that_is_no_text_is_named(tmp_path: Path, cache: Cache) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"x\.txt.*UTF-8"):
        list(find_text(f"text:{path}", cache).paragraphs())


def test_enwik8_is_stripped_once(tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a dump of two articles standing in for the real one, added to the cache by hand."""
    dump = tmp_path / "dump.gz"
    sentence = "The river rises in the hills to the north of the town and flows to the sea."
    dump.write_bytes(
        gzip.compress(f"<title>A</title><text x='y'>'''{sentence}'''\n* list</text>".encode(), mtime=0)
    )
    monkeypatch.setattr(sources, "ENWIK8", small := _artefact_of(dump))
    cache.add(dump, [small])
    assert list(find_text("enwik8", cache).paragraphs()) == [(BY_HASH, sentence)]
    cache.path(small).unlink()
    assert list(find_text("enwik8", cache).paragraphs()) == [(BY_HASH, sentence)]


def _artefact_of(path: Path) -> Artefact:
    import hashlib

    data = gzip.decompress(path.read_bytes())
    source = sources.ENWIK8.sources[0]
    return Artefact(
        name="dump", sha256=hashlib.sha256(data).hexdigest(), size=len(data), licence="", sources=(source,)
    )
