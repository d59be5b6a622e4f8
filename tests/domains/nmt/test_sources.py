"""What is read from files of every layout, and what a user is told of a broken one."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from steepness.data.artefacts import Cache
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domains.nmt.sources import UNSPLIT, find_parallel_text, read_lines, read_verses


def read(dataset: str) -> dict[str, list[tuple[str, str]]]:
    found = find_parallel_text(dataset, Cache(Path("unused"), offline=True)).read()
    return {split: list(pairs) for split, pairs in found.items()}


def write(path: Path, *lines: str) -> Path:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def test_two_line_aligned_files(tmp_path: Path) -> None:
    source, target = write(tmp_path / "a.fr", "Va !", "Salut"), write(tmp_path / "a.en", "Go.", "Hi")
    assert read(f"lines:{source},{target}") == {UNSPLIT: [("Va !", "Go."), ("Salut", "Hi")]}


def test_tsv_ignores_further_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", "Va !\tGo.\tCC-BY", "Salut\tHi")
    assert read(f"tsv:{path}") == {UNSPLIT: [("Va !", "Go."), ("Salut", "Hi")]}


def test_wmt16_layout(tmp_path: Path) -> None:
    stems = {"europarl-v7.de-en": "e", "commoncrawl.de-en": "c", "newstest2015": "v", "newstest2016": "t"}
    for stem, text in (stems | {"newstest2013": "other"}).items():
        write(tmp_path / f"{stem}.de", f"{text} deutsch")
        write(tmp_path / f"{stem}.en", f"{text} english")
    assert read(f"wmt16-de-en:{tmp_path}") == {
        TRAIN: [("c deutsch", "c english"), ("e deutsch", "e english")],
        VALIDATION: [("v deutsch", "v english")],
        TEST: [("t deutsch", "t english")],
    }


def test_wmt16_says_what_is_missing(tmp_path: Path) -> None:
    for language in ("de", "en"):
        write(tmp_path / f"europarl-v7.de-en.{language}", "x")
        write(tmp_path / f"newstest2015.{language}", "x")
    with pytest.raises(
        ValueError, match=r"no test text; give a folder of plain-text NAME\.de .* newstest2016"
    ):
        read(f"wmt16-de-en:{tmp_path}")


def test_bible_verses(tmp_path: Path) -> None:
    book = (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><XMLBIBLE><BIBLEBOOK bnumber="40"><CHAPTER cnumber="2">'
        '<VERS vnumber="7">Und <gr>es</gr> geschah.</VERS></CHAPTER></BIBLEBOOK></XMLBIBLE>'
    ).encode()
    with tarfile.open(tmp_path / "bible.tgz", "w:gz") as archive:
        for name, content in (("package/text/Mt.xml", book), ("package/package.json", b"{}")):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    assert read_verses(tmp_path / "bible.tgz") == {("package/text/Mt.xml", "2", "7"): "Und es geschah."}


def test_unequal_line_counts_are_named(tmp_path: Path) -> None:
    source, target = write(tmp_path / "a.de", "1", "2", "3"), write(tmp_path / "a.en", "1", "2")
    with pytest.raises(ValueError, match=r"a\.de has 3 lines and .*a\.en 2: from line 3 on"):
        read(f"lines:{source},{target}")


def test_broken_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin1.fr"
    path.write_bytes("bon\nmauvais\nélève\n".encode("latin-1"))
    with pytest.raises(ValueError, match=r"latin1\.fr, line 3: not UTF-8 .*iconv"):
        read_lines(path)


def test_line_without_a_tab_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", "a\tb", "a b")
    with pytest.raises(ValueError, match=r"a\.tsv, line 2: no tab"):
        read(f"tsv:{path}")


def test_only_newlines_end_a_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\ufeffone\u2028still one\x0c\ntwo", encoding="utf-8")
    assert read_lines(path) == ["one\u2028still one\x0c", "two"]


@pytest.mark.parametrize("dataset", ["tatoeba-fr", "tatoeba-fr-en:x", "tsv", "wmt16-de-en"])
def test_unknown_data_set_lists_what_there_is(dataset: str) -> None:
    with pytest.raises(
        ValueError, match=rf'unknown data set "{dataset}"; give one of tatoeba-fr-en, .*tsv:FILE'
    ):
        read(dataset)


@pytest.mark.parametrize("dataset", ["tsv:/no/such.tsv", "lines:/no/such.de,/no/such.en"])
def test_missing_file_is_named(dataset: str) -> None:
    with pytest.raises(ValueError, match=r"/no/such\.\w+: No such file"):
        read(dataset)
