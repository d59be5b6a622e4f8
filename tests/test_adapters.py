"""Models of other libraries come in by ten lines, and what passes `check-model` runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from torch import Tensor, nn

from steepness.adapters import CausalLM, Classifier
from steepness.compare.check import check_model
from steepness.study.prepare import Prepared, Request, prepare
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Trial
from tests.domains.inputs import write_classes, write_text

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"


@pytest.fixture
def ready(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Prepared:
    """The smoke preset of a domain on a small made-up data set."""
    monkeypatch.setenv("STEEPNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    if request.param == "char_lm":
        data = f"dataset=text:{write_text(tmp_path, 'stray.txt')}"
    else:
        data = f"dataset=folder:{write_classes(tmp_path / 'images', {'cat': 40, 'dog': 40}, edge=32)}"
    settings = (
        data,
        "shards.start=64" if request.param == "image" else "shards.start=2000",
        "shards.count=1",
    )
    more = (
        ("options={image_size=32}", "training.min_steps=4")
        if request.param == "image"
        else ("training.max_epochs=1",)
    )
    return prepare(Request(domain=request.param, preset="smoke", settings=(*settings, *more), device="cpu"))


@pytest.mark.parametrize(
    ("ready", "model", "size"),
    [("char_lm", "hugging_face.py:GPT2", 16), ("image", "torchvision_model.py:MobileNet", 8)],
    indirect=["ready"],
)
def test_the_examples_pass_the_check_and_run(ready: Prepared, model: str, size: int) -> None:
    path = f"{EXAMPLES / model}"
    found = check_model(ready.domain, ready.data, ready.preset, path)
    assert found.faults == ()
    assert len(set(found.parameters.values())) == len(found.parameters) > 1
    trial = Trial(
        domain=ready.domain.name, options={}, dataset=ready.preset.dataset,
        fingerprint=ready.data.fingerprint,
        model=path, size=size, m=ready.preset.shard_sizes()[0], data_seed=0, seed=0,
        training=ready.preset.training,
    )  # fmt: skip
    record = train(Learner(trial, ready.domain, ready.data, torch.device("cpu")))
    assert record.status == "done"
    assert (
        record.validation[ready.domain.metrics[0].name]
        < ready.data.chance[ready.domain.metrics[0].name] * 1.5
    )


@pytest.mark.parametrize("example", ["hugging_face.py", "torchvision_model.py"])
def test_an_example_is_at_most_ten_lines(example: str) -> None:
    lines = [line for line in (EXAMPLES / example).read_text().splitlines() if line.strip()]
    assert len(lines) <= 10


class Counts(nn.Module):
    """Answers with the position of each token, and knows eight."""

    class config:
        n_positions = 8

    def forward(self, input_ids: Tensor, use_cache: bool) -> object:
        assert input_ids.shape[1] <= 8
        positions = torch.arange(input_ids.shape[1]).expand_as(input_ids)[..., None].float()
        return type("Answer", (), {"logits": positions})


def test_a_text_longer_than_the_positions_is_read_in_pieces() -> None:
    logits, state = CausalLM(Counts())(torch.zeros(2, 19, dtype=torch.int32), None)
    assert state is None
    assert logits[0, :, 0].tolist() == [*range(8), *range(8), *range(3)]


def test_grey_images_and_auxiliary_answers() -> None:
    model = Classifier(torchvision.models.GoogLeNet(num_classes=3, init_weights=False), channels=1)
    images_BCHW = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 1, 64, 64))).float()
    assert model.train()(images_BCHW).shape == model.eval()(images_BCHW).shape == (2, 3)
