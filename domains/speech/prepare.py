"""Prepares a source once for all runs: features, splits by text, chance level, examples to listen to."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from steepness.data.artefacts import Cache
from steepness.data.preparing import progress
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domains.speech.alphabet import ENGLISH, FROM_TRANSCRIPTS, Alphabet, alphabet_of
from steepness.domains.speech.features import DURATION, OUTSIDE, Preparation, Utterances, extract, write
from steepness.domains.speech.recordings import Recording
from steepness.domains.speech.sources import Source

VERSION = 1
"""Raise it whenever the same recordings would come out different."""
FACTS = 2
"""Raise it whenever more is written down of them."""
RECORDINGS_PER_PART = 500
CYCLE_SECONDS, HELD_OUT_SECONDS = 100.0, 6.0
"""Of every 100 seconds, 6 validate and 6 test."""
_EXAMPLES, _EXAMPLE_SECONDS, _EXAMPLE_BYTES = 3, 2.5, 30_000
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
DOUBTED_SHARE = 0.05
_CONSTANTS = 5_000
"""Transcripts tried as the constant answer whose error is the chance level."""

Numbers = npt.NDArray[np.int64]


def prepare(source: Source, preparation: Preparation, cache: Cache) -> Path:
    """A folder of `Utterances` and facts.json, made if it is not there.

    Parts are kept in the cache until the whole is there, so an interrupted preparation goes on where it stopped.

    Raises:
        ValueError: if a split comes out empty, saying what was left out and why.
    """
    facts = asdict(preparation)
    if facts["characters"] == ENGLISH.characters:
        del facts["characters"]  # as where there was no other alphabet
    identity = json.dumps([VERSION, source.identity, facts])

    def build(folder: Path) -> None:
        recordings = source.recordings()
        chosen = _with_alphabet(preparation, recordings)
        parts = _parts(recordings, chosen, identity, cache)
        write([Utterances.load(part) for part in parts], folder)
        facts = _facts(recordings, Utterances.load(folder), chosen.alphabet)
        fingerprint = hashlib.sha256(identity.encode()).hexdigest()[:16]
        (folder / "facts.json").write_text(
            json.dumps({"fingerprint": fingerprint, "characters": chosen.characters, **facts})
        )
        for part in parts:
            shutil.rmtree(part)

    return cache.prepared("speech", f"{identity} {FACTS}", build)


def prepare_recordings(
    recordings: Sequence[Recording], preparation: Preparation, identity: str, cache: Cache
) -> Path:
    """A folder of `Utterances` alone, made if it is not there.

    Args:
        identity: of the recordings and the preparation.
    """

    def build(folder: Path) -> None:
        parts = _parts(recordings, preparation, identity, cache)
        write([Utterances.load(part) for part in parts], folder)
        for part in parts:
            shutil.rmtree(part)

    return cache.prepared("speech-also", identity, build)


def _parts(
    recordings: Sequence[Recording], preparation: Preparation, identity: str, cache: Cache
) -> list[Path]:
    starts = progress(range(0, len(recordings), RECORDINGS_PER_PART), "log-mel features")
    return [_part(recordings, start, preparation, identity, cache) for start in starts]


def _with_alphabet(preparation: Preparation, recordings: Sequence[Recording]) -> Preparation:
    if preparation.characters != FROM_TRANSCRIPTS:
        return preparation
    return replace(preparation, characters=alphabet_of(recording.text for recording in recordings).characters)


def assign_splits(
    texts: Sequence[str], speakers: Sequence[str], seconds: npt.NDArray[np.float64]
) -> list[str]:
    """Splits by text: the same text never stands on two sides, and every speaker gives each split its share.

    Texts are laid end to end, speaker by speaker and within a speaker in the order of their hashes, which no one
    chose; of every `CYCLE_SECONDS` the first `HELD_OUT_SECONDS` validate and those from the middle on test.

    Args:
        texts: normalised transcripts.
        speakers: of each utterance.
        seconds: of each utterance, shape (n,).
    """
    duration: dict[str, float] = {}
    for text, length in zip(texts, seconds.tolist(), strict=True):
        duration[text] = duration.get(text, 0.0) + length
    speaker_of = dict(zip(reversed(texts), reversed(speakers), strict=True))  # whoever says it first
    order = sorted(duration, key=lambda text: (speaker_of[text], hashlib.sha256(text.encode()).digest()))
    lengths = np.array([duration[text] for text in order])
    phases = (np.cumsum(lengths) - lengths / 2) % CYCLE_SECONDS
    split_of = {text: _split_at(phase) for text, phase in zip(order, phases.tolist(), strict=True)}
    return [split_of[text] for text in texts]


def chance(references: Sequence[Sequence[str]], constants: Sequence[Sequence[str]]) -> float:
    """Error rate of the best of some constant answers: what can be had without listening.

    Args:
        references: transcripts, as strings for characters or as lists of words.
        constants: answers tried, of the same kind.
    """
    distances = cdist(constants, references, scorer=Levenshtein.distance, dtype=np.int32)
    return float(distances.sum(axis=1).min() / sum(map(len, references)))


def _part(
    recordings: Sequence[Recording], start: int, preparation: Preparation, identity: str, cache: Cache
) -> Path:
    numbered = enumerate(recordings[start : start + RECORDINGS_PER_PART], start)
    return cache.prepared(
        "speech-part",
        f"{identity} {RECORDINGS_PER_PART} {start}",
        lambda folder: write([extract(numbered, preparation)], folder),
    )


def _split_at(phase: float) -> str:
    if phase < HELD_OUT_SECONDS:
        return VALIDATION
    return TEST if 0 <= phase - CYCLE_SECONDS / 2 < HELD_OUT_SECONDS else TRAIN


def _facts(recordings: Sequence[Recording], utterances: Utterances, alphabet: Alphabet) -> dict[str, Any]:
    """What `load` needs beside the arrays, in JSON values."""
    chosen = [recordings[number] for number in utterances.numbers.tolist()]
    texts = _texts(utterances, alphabet)
    by_text = assign_splits(texts, [recording.speaker for recording in chosen], utterances.seconds)
    splits = [recording.split or split for recording, split in zip(chosen, by_text, strict=True)]
    if missing := {TRAIN, VALIDATION, TEST} - set(splits):
        gone = "; ".join(described(utterances.skipped)) or "nothing was left out"
        raise ValueError(
            f"no usable recording to {' or '.join(sorted(missing))} among {len(recordings)} ({gone}); "
            f"give more recordings, or correct those{_hint(utterances.skipped)}"
        )
    train = sorted({text for text, split in zip(texts, splits, strict=True) if split == TRAIN})[:_CONSTANTS]
    held_out = [text for text, split in zip(texts, splits, strict=True) if split == VALIDATION]
    return {
        "splits": splits,
        "notes": described(utterances.skipped),
        "doubts": left_out(utterances.skipped, len(recordings)),
        "examples": _examples(chosen, texts, splits, utterances.seconds),
        "chance": {
            "character_error_rate": chance(held_out, train),
            "word_error_rate": chance([text.split() for text in held_out], [text.split() for text in train]),
        },
    }


def _texts(utterances: Utterances, alphabet: Alphabet) -> list[str]:
    ends = np.cumsum(utterances.label_counts).tolist()
    labels = utterances.labels.tolist()
    return [alphabet.decode(labels[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def described(skipped: dict[str, list[str]], named: int = 5) -> list[str]:
    """One line per reason: how many were left out, and the first names."""
    return [
        f"{len(names):,} left out, {reason}: {', '.join(names[:named])}{', ...' * (len(names) > named)}"
        for reason, names in skipped.items()
    ]


def left_out(skipped: dict[str, list[str]], recordings: int, hint: bool = True) -> list[str]:
    """A doubt where more than `DOUBTED_SHARE` of the recordings are left out; with a hint if the alphabet is theirs."""
    count = sum(map(len, skipped.values()))
    if count <= DOUBTED_SHARE * recordings:
        return []
    reasons = ", ".join(f"{len(names):,} {reason}" for reason, names in skipped.items())
    return [
        f"{100 * count / recordings:.0f} % of the recordings are left out ({reasons}){_hint(skipped) * hint}."
    ]


def _hint(skipped: dict[str, list[str]]) -> str:
    hints = [f"another language has its own letters: --set options.alphabet={FROM_TRANSCRIPTS}"] * (
        OUTSIDE in skipped
    )
    if any(reason.endswith(DURATION) for reason in skipped):
        hints.append("how long they may be is options.longest_seconds")
    return "".join(f"; {hint}" for hint in hints)


def _examples(
    recordings: Sequence[Recording],
    texts: Sequence[str],
    splits: Sequence[str],
    seconds: npt.NDArray[np.float64],
) -> list[dict[str, Any]]:
    """Test utterances near a length that is comfortable to listen to."""
    candidates = [index for index, split in enumerate(splits) if split == TEST]
    candidates.sort(key=lambda index: (abs(seconds[index] - _EXAMPLE_SECONDS), texts[index]))
    playable = ((index, _data_uri(recordings[index])) for index in candidates[: 2 * _EXAMPLES])
    found = [(index, audio) for index, audio in playable if audio][:_EXAMPLES]
    return [{"number": index, "name": recordings[index].name, "audio": audio} for index, audio in found]


def _data_uri(recording: Recording) -> str:
    """The sound file itself if it is a small MP3, else as MP3, so that a report plays it without other files; empty if
    it cannot be made one: for an example's sake no load fails."""
    encoded = recording.encoded()
    try:
        with soundfile.SoundFile(io.BytesIO(encoded)) as file:
            if file.format == "MP3" and len(encoded) <= _EXAMPLE_BYTES:
                return _as_uri(encoded)
            rate = file.samplerate if file.samplerate in _MP3_RATES else _MP3_RATES[-1]
            plain = file.channels <= 2 and rate == file.samplerate
            samples = file.read() if plain else recording.waveform(rate).numpy()
        target = io.BytesIO()
        soundfile.write(target, samples, rate, format="MP3")
    except (RuntimeError, ValueError, OSError):
        return ""
    return _as_uri(target.getvalue())


def _as_uri(mp3: bytes) -> str:
    return "data:audio/mpeg;base64," + base64.b64encode(mp3).decode()
