"""The data sets as the domain uses them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from steepness import domain
from steepness.data.artefacts import Cache
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domains.speech.alphabet import Alphabet
from steepness.domains.speech.features import Preparation, Utterances
from steepness.domains.speech.prepare import prepare
from steepness.domains.speech.sources import find_speech

Numbers = npt.NDArray[np.int64]

EXAMPLES = 3
CTC_ON_CUDA = (
    "On CUDA the gradient of CTC is summed in no fixed order: records of one trial, run twice there, differ slightly; "
    "on a CPU they are the same"
)


@dataclass(kw_only=True)
class SpeechData(domain.Data):
    """Utterances and their splits.

    Args:
        utterances: all that are usable.
        members: numbers of the utterances of each split, shape (n,).
        played: test utterances to listen to: number, name, and audio as a data URI.
        alphabet: of the transcripts.
        device: where batches are made.
        also: other sets that every model is evaluated on besides, by name.
    """

    utterances: Utterances
    members: dict[str, Numbers]
    played: list[dict[str, Any]]
    alphabet: Alphabet
    device: torch.device = field(default=torch.device("cpu"))
    also: dict[str, SpeechData] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.frames = torch.from_numpy(self.utterances.frames)
        self.labels = torch.from_numpy(self.utterances.labels)
        self.frame_starts = _starts(self.utterances.frame_counts)
        self.label_starts = _starts(self.utterances.label_counts)

    def to(self, device: torch.device) -> None:
        """Frames stay memory-mapped on the CPU where they would fill more than half the device."""
        self.device = device
        self.labels = self.labels.to(device)
        if device.type != "cuda" or self.frames.nbytes < torch.cuda.mem_get_info(device)[0] / 2:
            self.frames = self.frames.to(device)
        for its in self.also.values():
            its.to(device)

    def text(self, number: int) -> str:
        """The normalised transcript of an utterance."""
        start = self.label_starts[number]
        return self.alphabet.decode(
            self.utterances.labels[start : start + self.utterances.label_counts[number]].tolist()
        )


def load(dataset: str, preparation: Preparation, cache: Cache) -> SpeechData:
    """Train, validation and test, disjoint in text.

    Raises:
        ValueError: unknown data set, or no usable recording for a split, naming the remedy.
    """
    source = find_speech(dataset, cache)
    folder = prepare(source, preparation, cache)
    utterances, facts = Utterances.load(folder), json.loads((folder / "facts.json").read_text())
    splits = np.array(facts["splits"])
    members = {split: np.flatnonzero(splits == split) for split in (TRAIN, VALIDATION, TEST)}
    seconds = {split: utterances.seconds[numbers].sum() for split, numbers in members.items()}
    data = SpeechData(
        dataset=dataset,
        fingerprint=facts["fingerprint"],
        train_units=int(seconds[TRAIN]),
        splits={
            split: f"{seconds[split]:,.0f} seconds, {len(n):,} utterances" for split, n in members.items()
        },
        chance=facts["chance"],
        shown_as=("hours", 3600.0),
        notes=[*source.notes, f"alphabet: {facts['characters']!r}", *facts["notes"], CTC_ON_CUDA],
        doubts=facts["doubts"],
        utterances=utterances,
        members=members,
        played=facts["examples"],
        alphabet=Alphabet(facts["characters"]),
    )
    data.examples = [f"{data.utterances.seconds[n]:.1f} s: {data.text(n)}" for n in members[TRAIN][:EXAMPLES]]
    return data


def _starts(counts: Numbers) -> Numbers:
    return np.cumsum(counts) - counts
