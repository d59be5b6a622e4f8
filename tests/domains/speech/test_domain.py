from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.domain import TEST, TRAIN, VALIDATION, get_domain
from steepness.domains.speech.data import SpeechData
from steepness.domains.speech.domain import Speech, SpeechOptions
from steepness.study.presets import load_preset
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Record, Training, Trial
from tests.domains.speech.conftest import sentences, write_librispeech

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def records(speech: Speech, data: SpeechData, manifest: Path) -> dict[int, Record]:
    """Real trials of the one loop on two shards of the made-up language."""
    training = Training(learning_rate=0.01, batch_size=8, max_epochs=8, evaluate_first=8, evaluate_growth=2.0)
    return {
        m: train(
            Learner(
                Trial(
                    domain="speech",
                    options={},
                    dataset=f"manifest:{manifest}",
                    fingerprint=data.fingerprint,
                    model="deepspeech2",
                    size=24,
                    m=m,
                    data_seed=0,
                    seed=0,
                    training=training,
                ),
                speech,
                data,
                CPU,
            )
        )
        for m in (15, 160)
    }


def test_splits_do_not_share_texts(data: SpeechData) -> None:
    texts = {split: {data.text(n) for n in data.members[split]} for split in (TRAIN, VALIDATION, TEST)}
    assert not texts[TRAIN] & texts[VALIDATION]
    assert not texts[TRAIN] & texts[TEST]
    assert not texts[VALIDATION] & texts[TEST]


def test_shards_nest_and_hold_almost_m_seconds(speech: Speech, data: SpeechData) -> None:
    shards = [speech.shard(data, m, seed=3) for m in (20, 40, 80, 160)]
    for small, large in itertools.pairwise(shards):
        assert large[: len(small)].tolist() == small.tolist()
    for m, shard in zip((20, 40, 80, 160), shards, strict=True):
        assert m - 6 < data.utterances.seconds[shard].sum() <= m
    assert set(shards[-1]) <= set(data.members[TRAIN])


def test_a_shard_larger_than_the_data_is_refused(speech: Speech, data: SpeechData) -> None:
    with pytest.raises(ValueError, match="lower the preset's shard start, count or factor"):
        speech.shard(data, data.train_units + 1, seed=0)


def test_training_in_the_one_loop_brings_the_error_down_with_data(records: dict[int, Record]) -> None:
    small, large = records[15], records[160]
    assert large.status == small.status == "done"
    assert large.test["character_error_rate"] < small.test["character_error_rate"]
    assert large.test["character_error_rate"] < 0.3
    for name in ("character_error_rate", "word_error_rate", "loss"):
        assert large.validation[name] < small.validation[name]
        assert 0 <= large.validation[f"{name}_se"] < 0.2
    assert small.validation["loss_se"] > 0


def test_seconds_are_what_training_counts(records: dict[int, Record]) -> None:
    record = records[160]
    assert record.timing is not None
    trained = record.timing.units_per_second * record.timing.train_seconds
    assert trained == pytest.approx(160 * record.epochs, rel=0.03)
    assert record.flops > 0


def test_the_exhibit_lets_the_reader_listen(records: dict[int, Record], data: SpeechData) -> None:
    samples = records[160].exhibit["samples"]
    assert len(samples) == 3
    texts = {data.text(number) for number in data.members[TEST]}
    for sample in samples:
        assert sample["audio"].startswith("data:audio/")
        assert len(sample["audio"]) < 40_000
        assert sample["reference"] in texts
    assert [s["input"] for s in samples] == [s["input"] for s in records[15].exhibit["samples"]]


def test_chance_is_above_what_training_reaches(records: dict[int, Record], data: SpeechData) -> None:
    assert records[160].validation["character_error_rate"] < data.chance["character_error_rate"] <= 1


def test_evaluation_does_not_depend_on_the_training_batch(speech: Speech, data: SpeechData) -> None:
    torch.manual_seed(0)
    model = speech.build("deepspeech2", 16, data).eval()
    with torch.inference_mode():
        first = speech.evaluate(model, data, "validation")
        assert speech.evaluate(model, data, "validation") == first
    assert set(first) == {m.name + s for m in speech.metrics for s in ("", "_se")}
    assert all(math.isfinite(value) for value in first.values())


def test_every_model_trains_and_evaluates(speech: Speech, data: SpeechData) -> None:
    batch = speech.batches(data, data.members[TRAIN], 8, key=0, epoch=0)[0]
    for name in speech.models:
        model = speech.build(name, 16, data)
        loss, state = speech.loss(model, batch, None)
        loss.backward()
        assert loss.shape == ()
        assert state is None
        with torch.inference_mode():
            assert math.isfinite(speech.evaluate(model.eval(), data, "test")["loss"])


@pytest.mark.gpu
def test_it_learns_on_cuda_too(speech: Speech, data: SpeechData, records: dict[int, Record]) -> None:
    device = torch.device("cuda")
    data.to(device)
    try:
        record = train(Learner(records[160].trial, speech, data, device))
    finally:
        data.to(CPU)
    error = records[160].validation["character_error_rate"]
    assert record.validation["character_error_rate"] == pytest.approx(error, abs=0.1)


def test_librispeech_keeps_its_own_splits(tmp_path: Path, cache: Cache) -> None:
    texts = sentences(12)
    subsets = {"train-clean-100": texts[:8], "dev-clean": texts[8:10], "test-clean": texts[10:]}
    folder = write_librispeech(tmp_path / "LibriSpeech", subsets)
    data = Speech().load(f"librispeech:{folder}", cache)
    assert {split: sorted(data.text(n) for n in data.members[split]) for split in data.members} == {
        TRAIN: sorted(texts[:8]),
        VALIDATION: sorted(texts[8:10]),
        TEST: sorted(texts[10:]),
    }


@pytest.mark.parametrize("preset", [path.stem for path in sorted(Speech.preset_folder().glob("*.toml"))])
def test_presets_are_valid(preset: str) -> None:
    loaded = load_preset("steepness.domains.speech.domain:Speech", preset)
    domain = get_domain("steepness.domains.speech.domain:Speech", loaded.options)
    assert set(loaded.models) <= set(domain.models)
    assert np.all(np.diff(loaded.shard_sizes()) > 0)


def test_masks_only_touch_training(manifest: Path, shared_cache: Cache) -> None:
    options = SpeechOptions(layers=1, time_masks=2, frequency_masks=2)
    masked = Speech(options)
    data = masked.load(f"manifest:{manifest}", shared_cache)
    plain, hidden = (
        s.batches(data, data.members[TRAIN], 16, key=1, epoch=1)[0].features_BTF
        for s in (Speech(SpeechOptions(layers=1)), masked)
    )
    assert (hidden == 0).sum() > (plain == 0).sum()
    torch.testing.assert_close(hidden[hidden != 0], plain[hidden != 0])
