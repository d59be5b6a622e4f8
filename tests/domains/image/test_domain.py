"""The domain's contract: shards, metrics, learning through the one loop, presets."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from steepness.domain import get_domain
from steepness.domains.image.data import ImageData
from steepness.domains.image.domain import Image, ImageOptions
from steepness.study.presets import load_preset, preset_names
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Training, Trial

IMAGE = "steepness.domains.image.domain:Image"


class Table(nn.Module):
    """Logits that are given; the images are those of the set, in its order. A stranger's signature."""

    def __init__(self, logits_NK: Tensor) -> None:
        super().__init__()
        self.logits_NK, self.at = logits_NK, 0

    def forward(self, images_BCHW: Tensor) -> Tensor:
        self.at += len(images_BCHW)
        return self.logits_NK[self.at - len(images_BCHW) : self.at]


class Linear(nn.Module):
    """A stranger's model."""

    def __init__(self, classes: int, channels: int, image_size: int, size: int) -> None:
        super().__init__()
        layers = [nn.AvgPool2d(image_size // size), nn.Flatten(), nn.Linear(channels * size * size, classes)]
        self.layers = nn.Sequential(*layers)

    def forward(self, images_BCHW: Tensor) -> Tensor:
        return self.layers(images_BCHW)


def trial(model: str, m: int, size: int = 8) -> Trial:
    training = Training(
        optimizer="nesterov",
        learning_rate=0.05,
        batch_size=16,
        max_epochs=4,
        schedule="cosine",
        evaluate_growth=2.0,
    )
    return Trial(
        domain="image", options={}, dataset="made-up", fingerprint="", model=model, size=size, m=m, data_seed=0,
        seed=0, training=training,
    )  # fmt: skip


def test_shards_nest_and_are_balanced(domain: Image, data: ImageData) -> None:
    shards = [domain.shard(data, m, seed=3) for m in (5, 32, 100, 389)]
    for small, large in itertools.pairwise(shards):
        assert torch.equal(small.rows_N, large.rows_N[: len(small)])
    for shard in shards[:3]:
        counts = shard.labels_N.bincount(minlength=6)
        assert counts.max() - counts.min() <= 1
    assert not torch.equal(shards[1].rows_N, domain.shard(data, 32, seed=4).rows_N)


def test_metrics_against_their_definitions(domain: Image, data: ImageData) -> None:
    labels = data.held_out["validation"].labels_N
    logits = torch.from_numpy(np.random.default_rng(0).normal(size=(len(labels), 6)))
    found = domain.evaluate(Table(logits), data, "validation")
    nats = -logits.log_softmax(1)[torch.arange(len(labels)), labels].numpy()
    ranks = (logits > logits[torch.arange(len(labels)), labels][:, None]).sum(1).numpy()
    expected = {"cross_entropy_nats": nats, "top1_error": ranks >= 1, "top5_error": ranks >= 5}
    for name, values in expected.items():
        assert found[name] == pytest.approx(values.mean(), rel=1e-6)
        assert found[f"{name}_se"] == pytest.approx(values.std(ddof=1) / math.sqrt(len(labels)), rel=1e-6)


def test_a_model_that_knows_nothing_is_at_chance(domain: Image, data: ImageData) -> None:
    found = domain.evaluate(Table(torch.zeros(48, 6)), data, "test")
    assert found["cross_entropy_nats"] == pytest.approx(data.chance["cross_entropy_nats"], rel=1e-6)
    assert found["top1_error"] == pytest.approx(data.chance["top1_error"], abs=0.02)
    assert found["top5_error"] == pytest.approx(data.chance["top5_error"], abs=0.02)


def test_logits_that_are_not_numbers_are_not_an_error_of_zero(domain: Image, data: ImageData) -> None:
    assert math.isnan(
        domain.evaluate(Table(torch.full((48, 6), math.nan)), data, "test")["cross_entropy_nats"]
    )


@pytest.mark.parametrize("augment", [False, True])
def test_learns_colours_through_the_one_loop(data: ImageData, augment: bool) -> None:
    record = train(
        Learner(trial("resnet-8", 256), Image(ImageOptions(augment=augment)), data, torch.device("cpu"))
    )
    assert record.status == "done"
    assert record.validation["cross_entropy_nats"] < 0.3 * data.chance["cross_entropy_nats"]
    assert record.test["top1_error"] < 0.1
    assert record.flops > 256 * 4 * 2 * record.parameters, "every weight is used many times an image"


def test_same_trial_same_numbers(domain: Image, data: ImageData) -> None:
    first, second = (
        train(Learner(trial("resnet-8", 64), domain, data, torch.device("cpu"))) for _ in range(2)
    )
    assert first.trace == second.trace
    assert first.test == second.test


def test_a_strangers_model_trains(domain: Image, data: ImageData) -> None:
    record = train(Learner(trial(f"{__name__}:Linear", 128, size=4), domain, data, torch.device("cpu")))
    assert record.validation["top1_error"] < 0.3
    assert record.parameters == 3 * 4 * 4 * 6 + 6


@pytest.mark.gpu
def test_bfloat16_on_the_gpu_learns_the_same(domain: Image, data: ImageData) -> None:
    device = torch.device("cuda")
    data.to(device)
    try:
        record = train(Learner(trial("resnet-8", 256), domain, data, device))
    finally:
        data.to(torch.device("cpu"))
    assert record.test["top1_error"] < 0.1


@pytest.mark.parametrize("name", preset_names(IMAGE))
def test_presets_name_what_exists(name: str) -> None:
    preset = load_preset(IMAGE, name)
    domain = get_domain(IMAGE, preset.options)
    for model in preset.models:
        assert domain.model_class(model)
        assert preset.ladder(domain, model)
        assert min(preset.ladder(domain, model)) >= 8


def test_every_preset_is_there_and_is_one(tmp_path: Path) -> None:
    assert {"smoke", "cpu", "gpu", "paper", "cpu-augmented", "gpu-augmented"} <= set(preset_names(IMAGE))
    cpu, gpu = load_preset(IMAGE, "cpu"), load_preset(IMAGE, "gpu")
    assert len(cpu.shard_sizes()) >= 6
    assert cpu.shard_sizes()[0] >= 170, (
        "16 % below guessing (results/published/image-cpu); nobody looked below"
    )
    assert cpu.shard_sizes(47_600)[-1] >= 45_000, "a long budget takes all there is"
    assert cpu.options["monitor_images"] >= 1500, "or every second winner is lost"
    assert (len(cpu.sizes[cpu.models[0]]), cpu.seeds) == (4, 2)
    assert gpu.shard_sizes()[-1] >= 45_000
    assert (gpu.seeds, len(gpu.models), {len(sizes) for sizes in gpu.sizes.values()}) == (3, 3, {4})
    for name in ("cpu", "gpu"):
        plain, augmented = load_preset(IMAGE, name), load_preset(IMAGE, f"{name}-augmented")
        assert augmented.options == plain.options | {"augment": True}
        assert augmented.shards == plain.shards
