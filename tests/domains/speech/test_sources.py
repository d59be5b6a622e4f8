from __future__ import annotations

from pathlib import Path

import pytest

from steepness.data.artefacts import Cache
from steepness.domains.speech.sources import find_speech
from tests.domains.speech.conftest import speak, write_librispeech, write_manifest

SUBSETS = {"train-clean-100": ["one two", "sea"], "dev-clean": ["three"], "test-clean": ["four tree"]}


def test_librispeech_s_own_layout(tmp_path: Path, cache: Cache) -> None:
    folder = write_librispeech(tmp_path / "LibriSpeech", SUBSETS)
    found = {r.text: r for r in find_speech(f"librispeech:{folder}", cache).recordings()}
    assert {text: r.split for text, r in found.items()} == {
        "ONE TWO": "train",
        "SEA": "train",
        "THREE": "validation",
        "FOUR TREE": "test",
    }
    assert found["SEA"].name == "19-198-0001"
    assert found["SEA"].speaker == "19"
    assert len(found["SEA"].waveform(11_025)) == len(speak("sea"))


def test_librispeech_without_held_out_speech_is_refused(tmp_path: Path, cache: Cache) -> None:
    folder = write_librispeech(tmp_path, {"train-clean-100": ["one"]})
    with pytest.raises(ValueError, match="no LibriSpeech with train-\\*, dev-clean and test-clean"):
        find_speech(f"librispeech:{folder}", cache)


def test_manifest_paths_are_beside_it_and_further_columns_optional(tmp_path: Path, cache: Cache) -> None:
    plain = find_speech(f"manifest:{write_manifest(tmp_path / 'a', ['one', 'two'])}", cache).recordings()
    assert [r.text for r in plain] == ["one", "two"]
    assert plain[0].encoded() == (tmp_path / "a" / "0.wav").read_bytes()
    table = tmp_path / "a" / "manifest.csv"
    table.write_text('split,text,audio,speaker\ntest,"one, two",0.wav,ann\n')
    (full,) = find_speech(f"manifest:{table}", cache).recordings()
    assert (full.split, full.text, full.speaker) == ("test", "one, two", "ann")


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (
            "sound\ttext\n0.wav\tone\n",
            "the first line names no column audio; it has sound, text. Name them audio",
        ),
        ("audio\ttext\n0.wav\tone\n1.wav\n", "line 3: no text; it has 1 columns of 2 at least"),
        ("audio\ttext\tsplit\n0.wav\tone\tdev\n", 'line 2: split is "dev"; give train, validation or test'),
        ("audio\ttext\n\xff", r"line 2: not UTF-8 .*iconv"),
    ],
)
def test_a_wrong_manifest_is_refused_by_line(
    tmp_path: Path, cache: Cache, table: str, complaint: str
) -> None:
    path = tmp_path / "manifest.tsv"
    path.write_text(table, encoding="latin-1")
    with pytest.raises(ValueError, match=complaint):
        find_speech(f"manifest:{path}", cache)


@pytest.mark.parametrize("dataset", ["amazon", "librispeech", "manifest:", "amazon-queen:/x"])
def test_unknown_data_sets_name_the_known(cache: Cache, dataset: str) -> None:
    with pytest.raises(ValueError, match=r'give "amazon-queen", "librispeech:'):
        find_speech(dataset, cache)


def test_identity_follows_the_content_and_not_the_place(tmp_path: Path, cache: Cache) -> None:
    def identity(folder: str, texts: list[str]) -> str:
        return find_speech(f"manifest:{write_manifest(tmp_path / folder, texts)}", cache).identity

    first = identity("a", ["one", "two"])
    assert identity("b", ["one", "two"]) == first
    assert identity("c", ["one", "sea"]) != first
