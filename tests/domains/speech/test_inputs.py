"""Speech as people bring it: manifests of every house, odd files, other languages."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from steepness.domains.speech import prepare
from steepness.domains.speech.alphabet import ENGLISH, Alphabet, alphabet_of
from steepness.domains.speech.data import SpeechData
from steepness.domains.speech.manifests import read_manifest
from tests.domains.inputs import write_tones

Rows = list[tuple[str, str]]


def load(manifest: Path, cache: Cache, **options: str) -> SpeechData:
    return get_domain("speech", options).load(f"manifest:{manifest}", cache)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows]:
    folder = tmp_path_factory.mktemp("tones")
    return folder, write_tones(folder)


@pytest.fixture
def table(tones: tuple[Path, Rows]) -> Path:
    return tones[0] / "table.tsv"


def test_quotes_in_a_tsv_are_plain_characters(tones: tuple[Path, Rows], table: Path) -> None:
    rows = list(tones[1])
    rows[20], rows[24] = (rows[20][0], '"' + rows[20][1]), (rows[24][0], rows[24][1] + '"')
    table.write_text("audio\ttext\n" + "".join(f"{a}\t{b}\n" for a, b in rows))
    assert [(r.name, r.text) for r in read_manifest(table)] == rows


@pytest.mark.parametrize("name", ["a.tsv", "a.csv", "a.jsonl"])
def test_separators_within_a_text_end_no_line(name: str, tones: tuple[Path, Rows]) -> None:
    file, end = tones[0] / name, "\r\n" if name == "a.csv" else "\n"
    line = {"a.tsv": "{}\t{}", "a.csv": "{},{}", "a.jsonl": '{{"audio": "{}", "text": "{}"}}'}[name]
    said = [(sound, f"one\u2028two\x85three {i}") for i, (sound, _) in enumerate(tones[1][:3])]
    file.write_bytes("".join(line.format(*row) + end for row in said).encode())
    assert [(r.name, r.text) for r in read_manifest(file)] == said


@pytest.mark.parametrize(
    ("name", "head", "line"),
    [
        ("a.tsv", "\ufeffaudio\ttext", "{audio}\t{text}"),
        ("a.tsv", "client_id\tpath\tsentence\tup_votes", "ann\t{audio}\t{text}\t2"),  # Common Voice
        ("a.csv", "wav_filename,wav_filesize,transcript", "{audio},9,{text}"),  # Mozilla DeepSpeech, Coqui
        ("a.csv", "Audio;Text", "{audio};{text}"),
        ("a.csv", "", "{stem}|{text}|{text}"),  # LJSpeech
        ("a.tsv", "", "{audio}\t{text}"),
        ("a.trans.txt", "", "{stem} {text}"),  # LibriSpeech
        ("a.jsonl", "", '{{"audio_filepath": "{audio}", "duration": 2.0, "text": "{text}"}}'),  # NeMo
    ],
)
def test_tables_of_every_house_are_read(name: str, head: str, line: str, tones: tuple[Path, Rows]) -> None:
    folder, rows = tones
    lines = [line.format(audio=audio, stem=audio[:-4], text=text) for audio, text in rows]
    (folder / name).write_text("\n".join([head] * bool(head) + lines) + "\n", encoding="utf-8")
    found = read_manifest(folder / name)
    assert [r.text for r in found] == [text for _, text in rows]
    assert all(isinstance(r.audio, Path) and r.audio.is_file() for r in found)


@pytest.mark.parametrize("inner", ["clips", "wavs"])
def test_sounds_may_lie_in_their_own_folder(inner: str, tmp_path: Path) -> None:
    write_tones(tmp_path / inner)
    (tmp_path / "train.tsv").write_text("path\tsentence\n000.wav\tone\n001\ttwo\n")
    assert all(r.audio.is_file() for r in read_manifest(tmp_path / "train.tsv"))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("audio\ttext\n", "table.tsv: no line below the header"),
        ("", "table.tsv: no line below the header"),
        (
            "id\twords\nx\ty\n",
            "names no column audio and no text; it has id, words. Name them audio and text",
        ),
        ("audio\ttext\n000.wav\n", "table.tsv, line 2: no text"),
        ("audio\ttext\n\tone\n", "table.tsv, line 2: no audio"),
    ],
)
def test_what_is_no_manifest_is_refused_in_a_line(text: str, said: str, table: Path) -> None:
    table.write_text(text)
    with pytest.raises(ValueError, match=r"table\.tsv") as error:
        read_manifest(table)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_odd_files_are_left_out_by_name(tmp_path: Path, cache: Cache) -> None:
    write_tones(tmp_path)
    soundfile.write(tmp_path / "003.wav", np.zeros(0), 16_000)
    broken = np.zeros(32_000)
    broken[5] = np.nan
    soundfile.write(tmp_path / "004.wav", broken, 16_000, subtype="FLOAT")
    (tmp_path / "005.wav").write_text("no sound")
    (tmp_path / "006.wav").unlink()
    notes = load(tmp_path / "m.tsv", cache).notes
    for said in (
        "1 left out, audio without a sample: 003.wav",
        "1 left out, audio with samples that are not finite: 004.wav",
        "2 left out, unreadable audio: 005.wav, 006.wav",
    ):
        assert said in notes


@pytest.mark.parametrize(("rate", "channels"), [(96_000, 1), (16_000, 4), (7_350, 1)])
def test_examples_play_whatever_the_sound_is(rate: int, channels: int, tmp_path: Path, cache: Cache) -> None:
    write_tones(tmp_path, rate=rate, channels=channels)
    data = load(tmp_path / "m.tsv", cache)
    assert len(data.played) == 3
    assert all(example["audio"].startswith("data:audio/mpeg;base64,") for example in data.played)


def test_an_example_that_cannot_be_made_fails_no_load(
    tones: tuple[Path, Rows], cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise soundfile.LibsndfileError(1)

    monkeypatch.setattr(prepare.soundfile, "write", refuse)
    assert load(tones[0] / "m.tsv", cache).played == []


def test_other_sounds_of_the_same_names_and_sizes_are_other_data(
    tones: tuple[Path, Rows], tmp_path: Path, cache: Cache
) -> None:
    write_tones(tmp_path / "noise", noise=True)
    clean, noise = load(tones[0] / "m.tsv", cache), load(tmp_path / "noise" / "m.tsv", cache)
    assert clean.fingerprint != noise.fingerprint
    assert not np.array_equal(clean.utterances.frames, noise.utterances.frames)


def test_what_there_is_to_train_on_is_said(tones: tuple[Path, Rows], cache: Cache) -> None:
    data = load(tones[0] / "m.tsv", cache)
    assert data.doubts == []
    assert len(data.examples) == 3
    assert "seconds, " in data.in_words("seconds")
    assert 'alphabet: " \'abcdefghijklmnopqrstuvwxyz"' in data.notes


def test_another_language_brings_its_letters(tmp_path: Path, cache: Cache) -> None:
    rows = write_tones(tmp_path)
    german = str.maketrans({"a": "ä", "o": "ö"})
    text = "audio\ttext\n" + "".join(f"{a}\t{b.translate(german)}\n" for a, b in rows)
    (tmp_path / "m.tsv").write_text(text.replace("ä", "а"), encoding="utf-8")  # a Cyrillic letter
    with pytest.raises(
        ValueError, match=r"characters outside the alphabet.*--set options.alphabet=transcripts"
    ):
        load(tmp_path / "m.tsv", cache)
    (tmp_path / "m.tsv").write_text(text, encoding="utf-8")
    assert "ä" not in load(tmp_path / "m.tsv", cache).text(0)  # English strips the accent
    data = load(tmp_path / "m.tsv", cache, alphabet="transcripts")
    assert {"ä", "ö"} <= set(data.alphabet.characters)
    assert "ä" in data.text(0) + data.text(1) + data.text(2)
    assert get_domain("speech").build("deepspeech2", 16, data).output.out_features == data.alphabet.vocabulary


def test_an_alphabet_is_letters_and_marks_that_occur_twice() -> None:
    assert alphabet_of(["Ja, é 3!", "já e\u0301", "हिन्दी", "हिन्दी", "x"]).characters == " '" + "".join(
        sorted("jéहिन्दी")
    )
    hindi = alphabet_of(["हिन्दी"] * 2)
    assert hindi.decode(hindi.encode(hindi.normalise("हिन्दी।")).tolist()) == "हिन्दी"


def test_labels_of_a_large_alphabet_do_not_wrap_around() -> None:
    chinese = Alphabet("".join(chr(0x4E00 + i) for i in range(3000)))
    assert chinese.decode(chinese.encode(chinese.characters).tolist()) == chinese.characters


def test_an_alphabet_left_alone_leaves_old_trials_what_they_are() -> None:
    assert "alphabet" not in get_domain("speech").options.identity()
    assert json.dumps(ENGLISH.characters) == json.dumps(" 'abcdefghijklmnopqrstuvwxyz")
