from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from steepness.domains.speech.alphabet import ENGLISH
from steepness.domains.speech.features import Preparation, Unusable, examine, extract, log_mel
from steepness.domains.speech.recordings import Recording
from tests.domains.speech.conftest import RATE, sound_file, speak

PREPARATION = Preparation(
    rate=RATE, mels=40, window_milliseconds=40, hop_milliseconds=20, longest_seconds=12, time_reduction=2
)
TEXT = "three trees"


def recording(text: str = TEXT, audio: bytes | Path | None = None) -> Recording:
    return Recording(name="name", text=text, audio=sound_file(speak(TEXT), "WAV") if audio is None else audio)


def test_a_usable_recording_becomes_frames_and_labels() -> None:
    frames_TF, labels_L, seconds = examine(recording("Three trees!"), PREPARATION)
    assert frames_TF.shape == (1 + len(speak(TEXT)) // round(0.02 * RATE), 40)
    assert ENGLISH.decode(labels_L.tolist()) == TEXT
    assert seconds == pytest.approx(0.08 * len(TEXT), abs=1e-3)


def test_every_band_has_mean_0_and_deviation_1() -> None:
    frames_TF = log_mel(torch.from_numpy(speak(TEXT)), PREPARATION)
    torch.testing.assert_close(frames_TF.mean(0), torch.zeros(40), atol=1e-4, rtol=0)
    torch.testing.assert_close(frames_TF.std(0, correction=0), torch.ones(40), atol=1e-4, rtol=0)


def test_a_higher_tone_lies_in_a_higher_band() -> None:
    time = torch.arange(RATE) / RATE
    silence_then_tone = (time > 0.5) * torch.sin(2 * torch.pi * torch.tensor([[400.0], [3000.0]]) * time)
    low, high = (log_mel(samples_T, PREPARATION)[40].argmax().item() for samples_T in silence_then_tone)
    assert low < high


def test_digital_silence_stays_silent() -> None:
    assert log_mel(torch.zeros(RATE), PREPARATION).abs().max() < 0.01


def test_sampling_rate_and_channels_do_not_matter() -> None:
    """Half the rate, two channels: the same sound below the lower Nyquist frequency."""
    time = np.arange(22_050) / 22_050
    fast = np.sin(2 * np.pi * 440 * time)
    stereo = sound_file(np.stack([fast, fast], axis=1), "WAV", 22_050)
    mono = sound_file(fast[::2], "WAV", 11_025)
    samples = [recording(audio=audio).waveform(RATE) for audio in (stereo, mono)]
    assert len(samples[0]) == len(samples[1])
    torch.testing.assert_close(samples[0][200:-200], samples[1][200:-200], atol=0.02, rtol=0)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (recording(text="?!"), "empty transcript"),
        (recording(text="in 1844 they came"), "characters outside the alphabet"),
        (recording(audio=b"these bytes are no sound file"), "unreadable audio"),
        (recording(audio=sound_file(speak(TEXT), "FLAC")[:50]), "unreadable audio"),
        (recording(audio=Path("/nowhere/to/be/found.wav")), "unreadable audio"),
        (recording("no", sound_file(speak("no"), "WAV")), "not 0.4 to 12 seconds long"),
        (recording("a" * 99, sound_file(speak("a" * 160), "WAV")), "not 0.4 to 12 seconds long"),
        (recording("no", sound_file(speak("a" * 20), "WAV")), "not 4 to 25 characters a second"),
        (recording("noon " * 12), "not 4 to 25 characters a second"),
    ],
)
def test_bad_recordings_are_left_out_by_name(bad: Recording, reason: str) -> None:
    with pytest.raises(Unusable, match=f"^{reason}$"):
        examine(bad, PREPARATION)
    utterances = extract([(7, recording()), (8, bad)], PREPARATION)
    assert utterances.skipped == {reason: ["name"]}
    assert utterances.numbers.tolist() == [7]


def test_transcripts_longer_than_ctc_allows_are_left_out() -> None:
    coarse = replace(PREPARATION, time_reduction=8)
    examine(recording(), PREPARATION)
    with pytest.raises(Unusable, match="transcript longer than CTC allows"):
        examine(recording(), coarse)
