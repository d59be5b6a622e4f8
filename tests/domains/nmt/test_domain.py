"""The contract: what is trained, what is measured, what a reader is shown."""

from __future__ import annotations

import itertools

import msgspec
import pytest
import torch
from torch import Tensor, nn

import steepness.domains.nmt.domain
from steepness.domains.nmt.data import Translations
from steepness.domains.nmt.domain import NMT, NMTOptions
from steepness.domains.nmt.pieces import PAD
from steepness.study.presets import load_preset, preset_names
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Record, Training, Trial

PATH = "steepness.domains.nmt.domain:NMT"


@pytest.fixture(scope="module")
def record(domain: NMT, data: Translations) -> Record:
    trial = Trial(
        domain="nmt", options={}, dataset=data.dataset, fingerprint=data.fingerprint, model="lstm", size=48, m=4500,
        data_seed=0, seed=0, training=Training(learning_rate=0.01, batch_size=400, max_epochs=25, evaluate_growth=1.4),
    )  # fmt: skip
    return train(Learner(trial, domain, data, torch.device("cpu")))


def test_it_learns_to_translate(record: Record, data: Translations) -> None:
    assert record.validation["token_error"] < 0.25 < data.chance["token_error"]
    assert record.validation["cross_entropy_nats"] < 1 < data.chance["cross_entropy_nats"]
    assert record.exhibit["bleu"] > 50


def test_exhibit_shows_inputs_references_and_outputs(record: Record, data: Translations) -> None:
    assert record.exhibit["sentences"] == 20
    assert "tok:13a" in record.exhibit["bleu_signature"]
    assert len(record.exhibit["samples"]) == 8
    for sample in record.exhibit["samples"]:
        assert (sample["input"], sample["reference"]) in data.test_pairs
    assert msgspec.json.decode(msgspec.json.encode(record.exhibit)) == record.exhibit


def test_loss_is_the_mean_over_target_tokens(domain: NMT, data: Translations) -> None:
    torch.manual_seed(0)
    model = domain.build("lstm", 16, data)
    batch = domain.batches(data, domain.shard(data, 300, 0), 100, 0, 0)[0]
    log_BTV = model(batch.source_BS, batch.target_BT[:, :-1]).log_softmax(-1)
    nats_BT = -log_BTV.gather(-1, batch.target_BT[:, 1:, None])[..., 0]
    expected = nats_BT[batch.target_BT[:, 1:] != PAD].sum() / domain.units(batch)
    torch.testing.assert_close(domain.loss(model, batch, None)[0], expected)


def test_evaluation_does_not_depend_on_how_it_is_batched(
    domain: NMT, data: Translations, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    model = domain.build("transformer", 16, data).eval()
    with torch.no_grad():
        results = []
        for tokens in (50, 5000):
            monkeypatch.setattr(steepness.domains.nmt.domain, "EVALUATION_TOKENS", tokens)
            results.append(domain.evaluate(model, data, "validation"))
    assert results[0] == pytest.approx(results[1], rel=1e-5)
    assert set(results[0]) == {f"{m.name}{end}" for m in domain.metrics for end in ("", "_se")}


def test_the_stopping_rule_watches_a_part_of_validation(data: Translations) -> None:
    torch.manual_seed(0)
    every, few = (NMT(NMTOptions(monitor_pairs=count)) for count in (1000, 10))
    model = every.build("lstm", 16, data).eval()
    with torch.no_grad():
        assert every.evaluate(model, data, every.monitor) == every.evaluate(model, data, "validation")
        errors = [
            few.evaluate(model, data, split)["cross_entropy_nats_se"] for split in (few.monitor, "validation")
        ]
    assert errors[0] > errors[1]


class Strange(nn.Module):
    """A stranger's model: it looks at nothing but the last target piece."""

    def __init__(self, source_vocabulary: int, target_vocabulary: int, *, size: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Embedding(target_vocabulary, size), nn.Linear(size, target_vocabulary))

    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        logits_BTV: Tensor = self.layers(target_BT)
        return logits_BTV


def test_a_strangers_model_by_import_path(domain: NMT, data: Translations) -> None:
    model = domain.build(f"{__name__}:Strange", 8, data).eval()
    with torch.no_grad():
        assert domain.evaluate(model, data, "test")["token_error"] <= 1
        assert len(domain.exhibit(model, data)["samples"]) == 8
    assert list(domain.size_ladder(f"{__name__}:Strange"))


@pytest.mark.parametrize("model", ["lstm", "transformer"])
def test_every_rung_of_the_ladder_can_be_built(domain: NMT, data: Translations, model: str) -> None:
    counts = [
        sum(p.numel() for p in domain.build(model, s, data).parameters()) for s in domain.size_ladder(model)
    ]
    assert all(1.2 < larger / smaller < 5 for smaller, larger in itertools.pairwise(counts))


def test_presets_are_complete_and_their_options_known() -> None:
    names = preset_names(PATH)
    assert {"smoke", "cpu", "gpu", "paper"} <= set(names)
    for name in names:
        preset = load_preset(PATH, name)
        options = msgspec.convert(preset.options, NMTOptions)
        assert preset.ladder(NMT(options), preset.models[0])


@pytest.mark.gpu
def test_training_on_cuda_agrees_with_the_cpu(domain: NMT, data: Translations) -> None:
    losses = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(0)
        model = domain.build("lstm", 32, data).to(device)
        data.to(torch.device(device))
        batch = domain.batches(data, domain.shard(data, 1000, 0), 200, 0, 0)[0]
        losses.append(float(domain.loss(model, batch, None)[0]))
    data.to(torch.device("cpu"))
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


class PeeksAhead(nn.Module):
    """Reads the target piece it is to predict."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(pieces, pieces)

    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        return self.embedding(target_BT).roll(-1, dims=1)


def test_the_probe_names_a_decoder_that_sees_what_it_is_to_predict(domain: NMT, data: Translations) -> None:
    shard = domain.shard(data, 300, 0)
    for name in domain.models:
        assert domain.probe(domain.build(name, 16, data).eval(), data, shard) == []
    assert "peeks at the future" in domain.probe(PeeksAhead(data.target_vocabulary), data, shard)[0]
    assert "wrong output shape" in domain.probe(PeeksAhead(3 + data.target_vocabulary), data, shard)[0]
