"""Speech that every model is evaluated on besides: another speaker's, another corpus'."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from steepness.data.artefacts import Cache
from steepness.domain import SPLITS, TEST, TRAIN
from steepness.domain.also import fingerprint_with, names_of
from steepness.domains.speech.data import SpeechData
from steepness.domains.speech.features import Preparation, Utterances
from steepness.domains.speech.prepare import VERSION, described, left_out, prepare_recordings
from steepness.domains.speech.recordings import Recording
from steepness.domains.speech.sources import find_speech


def add_others(data: SpeechData, others: Sequence[str], preparation: Preparation, cache: Cache) -> None:
    """Every set of an `also` option, written in the alphabet of the data, and what a reader should know of it.

    Args:
        others: see `find_speech`.
        preparation: of the data.
    Raises:
        ValueError: a set cannot be read, or none of its recordings is left.
    """
    prints, notes, doubts = [], list(data.notes), list(data.doubts)
    chosen = replace(preparation, characters=data.alphabet.characters)
    for name, dataset in names_of(others).items():
        source = find_speech(dataset, cache)
        identity = json.dumps(["also", VERSION, source.identity, asdict(chosen)])
        recordings = _prescribed(source.recordings())
        its = data.also[name] = _beside(
            data, prepare_recordings(recordings, chosen, identity, cache), dataset
        )
        prints.append(hashlib.sha256(identity.encode()).hexdigest())
        skipped = its.utterances.skipped
        seconds = its.utterances.seconds[its.members[TEST]].sum()
        notes.append(
            f"also evaluated on {name} ({dataset}): {seconds:,.0f} seconds, {len(its.members[TEST]):,} utterances"
        )
        notes += [f"{name}: {line}" for line in described(skipped)]
        doubts += [f"{name}: {line}" for line in left_out(skipped, len(recordings), hint=False)]
    data.fingerprint, data.notes, data.doubts = fingerprint_with(data.fingerprint, prints), notes, doubts


def _prescribed(recordings: Sequence[Recording]) -> Sequence[Recording]:
    """Those that their source prescribes for the test, or all where it prescribes none."""
    return [recording for recording in recordings if recording.split == TEST] or recordings


def _beside(data: SpeechData, folder: Path, dataset: str) -> SpeechData:
    """Its utterances without those whose text is trained on."""
    utterances = Utterances.load(folder)
    if not len(utterances.numbers):
        reasons = "; ".join(described(utterances.skipped))
        raise ValueError(f"--also {dataset}: no usable recording ({reasons})")
    its = SpeechData(
        dataset=dataset, fingerprint="", train_units=0, utterances=utterances, members={}, played=[],
        alphabet=data.alphabet,
    )  # fmt: skip
    trained = {data.text(number) for number in data.members[TRAIN].tolist()}
    fresh = np.array([n for n in range(len(utterances.numbers)) if its.text(n) not in trained], np.int64)
    if not len(fresh):
        raise ValueError(
            f"--also {dataset}: each of its {len(utterances.numbers):,} texts is trained on, if in another voice; "
            "give recordings of other texts"
        )
    its.members = dict.fromkeys(SPLITS, fresh)
    return its
