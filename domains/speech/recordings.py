"""One recording and its transcript, wherever they come from."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import torch
import torchaudio
from torch import Tensor


@dataclass(kw_only=True, frozen=True)
class Recording:
    """What every source of speech yields.

    Args:
        name: unique in its data set; what messages and reports call it.
        text: the transcript as its source has it.
        audio: an encoded sound file's bytes, or where that file is; any format libsndfile reads.
        speaker: whoever speaks, as far as the source tells; splits are balanced over it.
        split: "train", "validation" or "test" where the source prescribes it; "" to be split by text.
    """

    name: str
    text: str
    audio: bytes | Path
    speaker: str = ""
    split: str = ""

    def encoded(self) -> bytes:
        """The sound file's bytes."""
        return self.audio if isinstance(self.audio, bytes) else self.audio.read_bytes()

    def waveform(self, rate: int) -> Tensor:
        """The decoded sound, channels averaged, resampled.

        Args:
            rate: samples a second.
        Returns:
            Samples, shape (n,), float32, in [-1, 1].
        Raises:
            ValueError: no samples, or some that are no numbers.
            RuntimeError, OSError: no sound file, a damaged one, or none that can be read.
        """
        # torchaudio 2.9 and later have no decoder of their own.
        samples_TC, given_rate = soundfile.read(io.BytesIO(self.encoded()), dtype="float32", always_2d=True)
        if not len(samples_TC):
            raise ValueError("audio without a sample")
        if not np.isfinite(samples_TC).all():
            raise ValueError("audio with samples that are not finite")
        mono_T = torch.from_numpy(samples_TC.mean(axis=1))
        resampled_T: Tensor = torchaudio.functional.resample(mono_T, given_rate, rate)
        return resampled_T
