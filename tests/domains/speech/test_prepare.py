from __future__ import annotations

import base64
import io
import itertools
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import soundfile

from steepness.data.artefacts import Cache
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domains.speech import prepare as module
from steepness.domains.speech.features import Utterances
from steepness.domains.speech.prepare import assign_splits, chance, prepare
from steepness.domains.speech.recordings import Recording
from steepness.domains.speech.sources import Source
from tests.domains.speech.conftest import recordings
from tests.domains.speech.test_features import PREPARATION


def source(recorded: list[Recording]) -> Source:
    return Source("identity", lambda: recorded)


def test_the_same_text_is_never_on_two_sides() -> None:
    texts = [f"text {number % 700}" for number in range(2_000)]
    splits = assign_splits(texts, ["a", "b"] * 1_000, np.full(2_000, 2.5))
    sides = {}
    for text, split in zip(texts, splits, strict=True):
        assert sides.setdefault(text, split) == split


def test_every_speaker_gives_each_split_its_share() -> None:
    random = np.random.default_rng(0)
    speakers = random.choice(["ann", "bob", "eve"], 6_000, p=[0.7, 0.2, 0.1]).tolist()
    seconds = random.uniform(1, 8, 6_000)
    splits = assign_splits([f"text {i}" for i in range(6_000)], speakers, seconds)
    for speaker, split in itertools.product(["ann", "bob", "eve"], [VALIDATION, TEST]):
        of_speaker = [s for who, s in zip(speakers, seconds, strict=True) if who == speaker]
        held_out = [
            s
            for who, s, side in zip(speakers, seconds, splits, strict=True)
            if who == speaker and side == split
        ]
        assert sum(held_out) / sum(of_speaker) == pytest.approx(0.06, abs=0.015)


def test_chance_is_the_best_constant_answer() -> None:
    assert chance(["aaaa", "aabb"], ["aaaa", "zz"]) == pytest.approx(2 / 8)
    assert chance([["a", "b"], ["a", "c"]], [["a"], ["z", "z"]]) == pytest.approx(2 / 4)


def test_prepared_arrays_hold_every_usable_recording(cache: Cache) -> None:
    folder = prepare(source(recordings(60)), PREPARATION, cache)
    utterances = Utterances.load(folder)
    assert len(utterances.frames) == utterances.frame_counts.sum()
    assert len(utterances.labels) == utterances.label_counts.sum()
    facts = json.loads((folder / "facts.json").read_text())
    assert Counter(facts["splits"]).keys() == {TRAIN, VALIDATION, TEST}
    assert facts["chance"]["character_error_rate"] < 1


def test_prescribed_splits_are_kept(cache: Cache) -> None:
    recorded = [
        Recording(name=r.name, text=r.text, audio=r.audio, speaker=r.speaker, split=split)
        for r, split in zip(recordings(6), [TRAIN, TRAIN, TEST, TEST, VALIDATION, TRAIN], strict=True)
    ]
    facts = json.loads((prepare(source(recorded), PREPARATION, cache) / "facts.json").read_text())
    assert facts["splits"] == [r.split for r in recorded]


def test_an_interrupted_preparation_goes_on_where_it_stopped(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RECORDINGS_PER_PART", 20)
    decoded: list[str] = []
    cut_off = True

    class Watched(Recording):
        def waveform(self, rate: int):
            if cut_off and self.name == "utterance-045":
                raise KeyboardInterrupt
            decoded.append(self.name)
            return super().waveform(rate)

    recorded = [Watched(name=r.name, text=r.text, audio=r.audio, speaker=r.speaker) for r in recordings(60)]
    with pytest.raises(KeyboardInterrupt):
        prepare(source(recorded), PREPARATION, cache)
    cut_off = False
    folder = prepare(source(recorded), PREPARATION, cache)
    repeated = {name for name, times in Counter(decoded).items() if times > 1}
    assert repeated == {f"utterance-{number:03}" for number in range(40, 45)}
    whole = prepare(source(recordings(60)), PREPARATION, Cache(cache.root / "other", offline=True))
    assert (folder / "frames.npy").read_bytes() == (whole / "frames.npy").read_bytes()
    assert [path.name for path in (cache.root / "prepared").iterdir()] == [folder.name]


def test_left_out_recordings_are_counted_and_named(cache: Cache) -> None:
    bad = [Recording(name=f"bad-{i}", text="in 1844", audio=b"") for i in range(7)]
    facts = json.loads(
        (prepare(source([*recordings(60), *bad]), PREPARATION, cache) / "facts.json").read_text()
    )
    note = "7 left out, characters outside the alphabet: bad-0, bad-1, bad-2, bad-3, bad-4, ..."
    assert facts["notes"] == [note]


def test_nothing_usable_is_refused_with_the_reasons(cache: Cache) -> None:
    bad = [Recording(name="broken", text="some words", audio=b"no sound")]
    with pytest.raises(
        ValueError,
        match=r"no usable recording to test or train or validation among 1 \(1 left out, unreadable",
    ):
        prepare(source(bad), PREPARATION, cache)


def test_examples_are_test_utterances_that_play(cache: Cache, tmp_path: Path) -> None:
    recorded = recordings(80)
    facts = json.loads((prepare(source(recorded), PREPARATION, cache) / "facts.json").read_text())
    assert len(facts["examples"]) == 3
    for example in facts["examples"]:
        assert facts["splits"][example["number"]] == TEST
        kind, _, audio = example["audio"].partition(",")
        assert kind == "data:audio/mpeg;base64"
        samples, rate = soundfile.read(io.BytesIO(base64.b64decode(audio)))
        original = next(r for r in recorded if r.name == example["name"]).waveform(rate)
        assert len(samples) == pytest.approx(len(original), abs=0.1 * rate)
