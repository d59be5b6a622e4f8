"""Samples at growing shards, side by side, with their sound inside the page."""

from __future__ import annotations

import base64

import msgspec
import pytest

from steepness.report.exhibits import audio_uri, exhibits
from steepness.training.trial import Record
from tests.synthetic import MakeStudy


def test_shows_the_smallest_a_middle_and_the_largest_shard(make_study: MakeStudy) -> None:
    study = make_study()
    (exhibit,) = exhibits(study, [c for c in study.curves if c.best_fit])
    assert exhibit.shards == [8_000, 64_000, 512_000]
    assert exhibit.samples[0].input == "a b c"
    assert exhibit.samples[0].outputs == ["from 8000 units", "from 64000 units", "from 512000 units"]
    assert exhibit.figures is not None
    assert [row[0] for row in exhibit.figures.rows] == [f"{8000 * 2**i:,}" for i in range(7)]


def test_a_study_without_exhibits_has_none(make_study: MakeStudy) -> None:
    study = make_study(shards=4, change=lambda r: msgspec.structs.replace(r, exhibit={}))
    assert exhibits(study, [c for c in study.curves if c.best_fit]) == []


def test_a_sound_file_of_the_study_becomes_part_of_the_page(make_study: MakeStudy) -> None:
    def with_sound(record: Record) -> Record:
        sample = {"input": "one", "output": "two", "audio": "audio/one.wav"}
        return msgspec.structs.replace(record, exhibit={"samples": [sample]})

    study = make_study(shards=4, change=with_sound)
    (study.path / "audio").mkdir()
    (study.path / "audio" / "one.wav").write_bytes(b"RIFF")
    (exhibit,) = exhibits(study, [c for c in study.curves if c.best_fit])
    kind, data = exhibit.samples[0].audio.split(",")
    assert kind.startswith("data:audio/")
    assert base64.b64decode(data) == b"RIFF"


@pytest.mark.parametrize("audio", ["../secret.wav", "{outside}/secret.wav", "link.wav", "a\0.wav"])
def test_sound_outside_the_study_is_not_taken_into_its_page(make_study: MakeStudy, audio: str) -> None:
    folder = make_study(shards=0).path
    secret = folder.parent / "secret.wav"
    secret.write_bytes(b"RIFF")
    (folder / "link.wav").symlink_to(secret)
    assert audio_uri(audio.format(outside=folder.parent.absolute()), folder) == ""


@pytest.mark.parametrize("audio", ["", "gone.wav", "https://example.org/a.wav", "javascript:alert(1)"])
def test_a_sound_that_is_not_there_is_left_out(make_study: MakeStudy, audio: str) -> None:
    assert audio_uri(audio, make_study(shards=0).path) == ""
