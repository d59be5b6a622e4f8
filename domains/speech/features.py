"""From a recording to log-mel features and labels, or to the reason why it is left out."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torchaudio
from torch import Tensor

from steepness.data.preparing import save_blocks
from steepness.domains.speech.alphabet import ENGLISH, Alphabet, Labels, frames_needed
from steepness.domains.speech.recordings import Recording

SHORTEST_SECONDS = 0.4
CHARACTERS_PER_SECOND = (4, 25)
"""As written, punctuation included. Slower or faster than anybody speaks: the text is not what is said."""
LARGE_ALPHABET = 100
OUTSIDE = "characters outside the alphabet"
DURATION = "seconds long"
"""Why a recording is left out, as its reader is told."""
_FLOOR = 1e-6  # about -60 dB of the loudest; the log of digital silence would be infinite
_STILL = 1e-3  # least standard deviation: a silent band stays silent instead of becoming noise
_SMALL_ARRAYS = ("frame_counts", "seconds", "labels", "label_counts", "numbers")


@dataclass(kw_only=True, frozen=True)
class Preparation:
    """All that decides what a recording becomes; see `SpeechOptions`."""

    rate: int
    mels: int
    window_milliseconds: float
    hop_milliseconds: float
    longest_seconds: float
    time_reduction: int
    characters: str = ENGLISH.characters

    @functools.cached_property
    def alphabet(self) -> Alphabet:
        """What transcripts are written in."""
        return Alphabet(self.characters)

    @property
    def speeds(self) -> tuple[int, int]:
        """Characters a second that anybody speaks, as written; a character of a large alphabet may be a syllable."""
        slowest, fastest = CHARACTERS_PER_SECOND
        return (1 if self.alphabet.vocabulary > LARGE_ALPHABET else slowest), fastest


class Unusable(ValueError):
    """A recording that is left out, and why."""


@dataclass(kw_only=True, frozen=True)
class Utterances:
    """Usable recordings, one after another.

    Args:
        frames: log-mel frames of all, shape (frames, mels), float16, memory-mapped.
        frame_counts: of each, shape (n,), int64.
        seconds: of each, shape (n,), float64.
        labels: of all transcripts, shape (characters,), int8, or int16 of a large alphabet.
        label_counts: of each, shape (n,), int64.
        numbers: of each in its source, shape (n,), int64.
        skipped: names of the recordings left out, by the reason.
    """

    frames: npt.NDArray[np.float16]
    frame_counts: npt.NDArray[np.int64]
    seconds: npt.NDArray[np.float64]
    labels: Labels
    label_counts: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]
    skipped: dict[str, list[str]]

    @classmethod
    def load(cls, folder: Path) -> Utterances:
        """What `write` wrote; the frames stay on disk until they are read."""
        # Copy-on-write, because torch refuses to share memory it may not write to; nobody writes.
        frames = np.load(folder / "frames.npy", mmap_mode="c")
        skipped = json.loads((folder / "skipped.json").read_text())
        with np.load(folder / "utterances.npz") as arrays:
            return cls(frames=frames, skipped=skipped, **arrays)


def write(parts: Sequence[Utterances], folder: Path) -> None:
    """Join parts in a folder, the frames one part after another: together they may exceed the memory."""
    shape = sum(len(part.frames) for part in parts), parts[0].frames.shape[1]
    save_blocks(folder / "frames.npy", shape, np.float16, (part.frames for part in parts))
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _SMALL_ARRAYS}
    np.savez(folder / "utterances.npz", allow_pickle=False, **arrays)
    skipped: dict[str, list[str]] = {}
    for reason, names in ((reason, names) for part in parts for reason, names in part.skipped.items()):
        skipped.setdefault(reason, []).extend(names)
    (folder / "skipped.json").write_text(json.dumps(skipped))


def extract(numbered: Iterable[tuple[int, Recording]], preparation: Preparation) -> Utterances:
    """The utterances of numbered recordings, in memory."""
    frames, seconds, numbers = [np.zeros((0, preparation.mels), np.float16)], [], []
    labels, skipped = [np.zeros(0, np.int8)], dict[str, list[str]]()
    for number, recording in numbered:
        try:
            frames_TF, labels_L, duration = examine(recording, preparation)
        except Unusable as reason:
            skipped.setdefault(str(reason), []).append(recording.name)
            continue
        frames.append(frames_TF.numpy().astype(np.float16))
        labels.append(labels_L)
        seconds.append(duration)
        numbers.append(number)
    return Utterances(
        frames=np.concatenate(frames),
        frame_counts=np.array([len(frames_TF) for frames_TF in frames[1:]], np.int64),
        seconds=np.array(seconds, np.float64),
        labels=np.concatenate(labels),
        label_counts=np.array([len(labels_L) for labels_L in labels[1:]], np.int64),
        numbers=np.array(numbers, np.int64),
        skipped=skipped,
    )


def examine(recording: Recording, preparation: Preparation) -> tuple[Tensor, Labels, float]:
    """Features (frames, mels), labels (characters,) and seconds of a recording.

    Raises:
        Unusable: in the order the reasons are looked for: empty transcript, characters outside the alphabet,
            unreadable audio, too short or long, text too slow or fast, transcript longer than CTC allows.
    """
    text = preparation.alphabet.normalise(recording.text)
    if not text:
        raise Unusable("empty transcript")
    try:
        labels_L = preparation.alphabet.encode(text)
    except ValueError as error:
        raise Unusable(OUTSIDE) from error
    try:
        samples_T = recording.waveform(preparation.rate)
    except ValueError as reason:
        raise Unusable(str(reason)) from reason
    except (RuntimeError, OSError) as error:  # libsndfile's, and torchaudio's of odd rates
        raise Unusable("unreadable audio") from error
    seconds = len(samples_T) / preparation.rate
    if not SHORTEST_SECONDS <= seconds <= preparation.longest_seconds:
        raise Unusable(f"not {SHORTEST_SECONDS:g} to {preparation.longest_seconds:g} {DURATION}")
    slowest, fastest = preparation.speeds
    if not slowest <= len(recording.text) / seconds <= fastest:
        raise Unusable(f"not {slowest} to {fastest} characters a second")
    frames_TF = log_mel(samples_T, preparation)
    if -(-len(frames_TF) // preparation.time_reduction) < frames_needed(labels_L):
        raise Unusable("transcript longer than CTC allows")
    return frames_TF, labels_L, seconds


def log_mel(samples_T: Tensor, preparation: Preparation) -> Tensor:
    """Log-mel energies; over the utterance, each band's mean is 0 and its standard deviation 1.

    Args:
        samples_T: samples at `preparation.rate`, shape (n,), float32.
    Returns:
        Shape (1 + n // hop, mels), float32.
    """
    energies_FT = _mel_spectrogram(preparation)(samples_T)
    frames_TF = torch.log(energies_FT + _FLOOR).T
    spread_F = frames_TF.std(dim=0, correction=0)
    return (frames_TF - frames_TF.mean(dim=0)) / spread_F.clamp(min=_STILL)


@functools.cache
def _mel_spectrogram(preparation: Preparation) -> torchaudio.transforms.MelSpectrogram:
    window = round(preparation.rate * preparation.window_milliseconds / 1000)
    return torchaudio.transforms.MelSpectrogram(
        preparation.rate,
        n_fft=2 ** (window - 1).bit_length(),
        win_length=window,
        hop_length=round(preparation.rate * preparation.hop_milliseconds / 1000),
        n_mels=preparation.mels,
    )
