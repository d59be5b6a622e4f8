"""Small corpora in the real layouts. Their "speech" is a made-up language of tones, a pitch for each character."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from steepness.data.artefacts import Cache
from steepness.domains.speech.alphabet import ENGLISH
from steepness.domains.speech.domain import Speech, SpeechOptions
from steepness.domains.speech.recordings import Recording

RATE = 11_025
WORDS = ("one", "two", "three", "four", "sea", "tree", "it's", "no")


def speak(text: str, seconds_per_character: float = 0.08) -> np.ndarray:
    """The made-up language: samples, float32, with a little noise."""
    time = np.arange(round(RATE * seconds_per_character)) / RATE
    tones = [np.sin(2 * np.pi * (300 + 140 * ENGLISH.characters.index(c)) * time) for c in text] or [
        np.zeros(100)
    ]
    noise = np.random.default_rng(len(text)).normal(0, 0.01, sum(map(len, tones)))
    return (0.5 * np.concatenate(tones) + noise).astype(np.float32)


def sound_file(samples: np.ndarray, kind: str, rate: int = RATE) -> bytes:
    """An encoded sound file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=kind)
    return file.getvalue()


def sentences(count: int, seed: int = 0) -> list[str]:
    """Distinct texts of three to five words."""
    random, found = np.random.default_rng(seed), dict[str, None]()
    while len(found) < count:
        found[" ".join(random.choice(WORDS, random.integers(3, 6)))] = None
    return list(found)


def recordings(count: int, seed: int = 0) -> list[Recording]:
    """Spoken sentences of two speakers."""
    return [
        Recording(
            name=f"utterance-{i:03}",
            text=text,
            audio=sound_file(speak(text), "FLAC"),
            speaker=f"speaker-{i % 2}",
        )
        for i, text in enumerate(sentences(count, seed))
    ]


def write_librispeech(folder: Path, subsets: Mapping[str, Sequence[str]]) -> Path:
    """LibriSpeech's layout: subset/speaker/chapter/speaker-chapter-number.flac beside one .trans.txt."""
    for speaker, (subset, texts) in enumerate(subsets.items(), start=19):
        chapter = folder / subset / str(speaker) / "198"
        chapter.mkdir(parents=True)
        names = [f"{speaker}-198-{number:04}" for number in range(len(texts))]
        lines = [f"{name} {text.upper()}\n" for name, text in zip(names, texts, strict=True)]
        (chapter / f"{speaker}-198.trans.txt").write_text("".join(lines))
        for name, text in zip(names, texts, strict=True):
            (chapter / f"{name}.flac").write_bytes(sound_file(speak(text), "FLAC"))
    return folder


def write_manifest(folder: Path, texts: Sequence[str], columns: str = "audio\ttext") -> Path:
    """A manifest beside its WAV files."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [columns]
    for number, text in enumerate(texts):
        (folder / f"{number}.wav").write_bytes(sound_file(speak(text), "WAV"))
        lines.append(f"{number}.wav\t{text}")
    (folder / "manifest.tsv").write_text("\n".join(lines) + "\n")
    return folder / "manifest.tsv"


def queen_archive(files: Mapping[str, bytes]) -> bytes:
    """An archive in the layout of queen.1c: signature, count, index, contents."""
    offset = 15 + 21 * len(files)
    index, contents = b"", b""
    for name, content in files.items():
        index += struct.pack(">12sBII", name.encode(), 1, offset + len(contents), len(content))
        contents += content
    return b"QTBLCEM10".ljust(13, b"\0") + struct.pack(">H", len(files)) + index + contents


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", offline=True)


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 spoken sentences, about 8 minutes."""
    return write_manifest(tmp_path_factory.mktemp("spoken"), sentences(300))


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """For tests that only read what is prepared."""
    return Cache(tmp_path_factory.mktemp("cache"), offline=True)


@pytest.fixture(scope="session")
def speech(manifest: Path) -> Speech:
    return Speech(SpeechOptions(layers=1))


@pytest.fixture(scope="session")
def data(speech: Speech, manifest: Path, shared_cache: Cache):
    return speech.load(f"manifest:{manifest}", shared_cache)
