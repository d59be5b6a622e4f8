"""Seconds of speech trained and recognised per second, on made-up utterances of the cpu preset's shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from steepness.domains.speech.alphabet import ENGLISH
from steepness.domains.speech.batches import Batch
from steepness.domains.speech.domain import Speech
from steepness.domains.speech.models import MODELS
from steepness.domains.speech.transcripts import error_rate

UTTERANCES, SECONDS, CHARACTERS = 16, 2.5, 35


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def batch(domain: Speech) -> Batch:
    random = torch.Generator().manual_seed(0)
    frames = round(SECONDS * 1000 / domain.options.hop_milliseconds)
    return Batch(
        features_BTF=torch.randn(UTTERANCES, frames, domain.options.mels, generator=random),
        frames_B=torch.full((UTTERANCES,), frames),
        labels_BL=torch.randint(1, ENGLISH.vocabulary, (UTTERANCES, CHARACTERS), generator=random),
        lengths_B=torch.full((UTTERANCES,), CHARACTERS),
        seconds=UTTERANCES * SECONDS,
    )


def make(domain: Speech, name: str) -> nn.Module:
    torch.manual_seed(0)
    options = domain.options
    return MODELS[name](
        features=options.mels,
        vocabulary=ENGLISH.vocabulary,
        time_reduction=options.time_reduction,
        layers=options.layers,
        dropout=0.0,
        size=64,
    )


@pytest.mark.parametrize("name", MODELS)
def test_training_step(benchmark: Any, name: str) -> None:
    domain = Speech()
    model, inputs = make(domain, name), batch(domain)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)

    def step() -> None:
        loss, _ = domain.loss(model, inputs, None)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    benchmark.pedantic(step, rounds=10, warmup_rounds=2)
    benchmark.extra_info["seconds_of_speech_per_second"] = inputs.seconds / benchmark.stats["median"]


def test_character_error_rate_of_400_utterances(benchmark: Any) -> None:
    random = np.random.default_rng(0)
    references = ["".join(random.choice(list("abcde "), 40)) for _ in range(400)]
    outputs = ["".join(random.choice(list("abcde "), 35)) for _ in range(400)]
    rate, _ = benchmark(error_rate, references, outputs)
    assert 0 < rate < 1
