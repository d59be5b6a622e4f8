"""Target tokens/s of training: batches of like length beside the same model fed in random order.

    pytest benchmarks/steps/test_nmt_throughput.py --benchmark-columns=median,iqr,rounds --benchmark-json=nmt.json

`extra_info` of the JSON file holds target tokens per second.
The plain loop is what most code does: torch's DataLoader, a fixed number of pairs a batch, padded to the longest
of them. Both see the same shard, the same mean number of target tokens a batch, and do the same step.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from statistics import mean
from typing import Any

import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

from steepness.data.artefacts import Cache
from steepness.domain import TRAIN
from steepness.domains.nmt.batches import Batch
from steepness.domains.nmt.data import Sentences, Translations
from steepness.domains.nmt.domain import NMT, NMTOptions
from steepness.domains.nmt.pieces import PAD
from steepness.training.device import pick_device, set_up_process, synchronize
from steepness.training.optimizers import make_optimizer
from steepness.training.trial import Training

SHARD, TOKENS, SIZE, STEPS, ROUNDS = 64_000, 1024, 64, 10, 12
DEVICE = pick_device()


@pytest.fixture(scope="module")
def domain() -> NMT:
    return NMT(NMTOptions(vocabulary=1000, held_out=1000))


@pytest.fixture(scope="module")
def data(domain: NMT) -> Translations:
    set_up_process(DEVICE)
    loaded = domain.load("tatoeba-fr-en", Cache.default())
    loaded.to(DEVICE)
    return loaded


def bucketed(domain: NMT, data: Translations) -> Iterator[Batch]:
    """Ours, epoch after epoch."""
    shard = domain.shard(data, SHARD, 0)
    for epoch in itertools.count():
        batches = domain.batches(data, shard, TOKENS, epoch, epoch)
        yield from (batches[i] for i in range(len(batches)))


def plain(domain: NMT, data: Translations) -> Iterator[Batch]:
    """As many pairs a batch as hold TOKENS target tokens on average, padded to the longest of them."""
    shard, part = domain.shard(data, SHARD, 0), data.parts[TRAIN]
    pairs = [tuple(sentence(side, row) for side in (part.source, part.target)) for row in shard]
    rows = round(TOKENS / part.target_tokens[shard].mean())
    loader: DataLoader[Any] = DataLoader(pairs, rows, shuffle=True, collate_fn=_collate)  # type: ignore[arg-type]
    while True:
        yield from loader


def sentence(side: Sentences, row: int) -> Tensor:
    """Its tokens on the host, shape (length,), int64."""
    return side.rows(torch.tensor([row], device=side.device), int(side.lengths[row]))[0].cpu()


def _collate(pairs: Sequence[tuple[Tensor, Tensor]]) -> Batch:
    source_BS, target_BT = (
        pad_sequence(list(side), batch_first=True, padding_value=PAD).to(DEVICE)
        for side in zip(*pairs, strict=True)
    )
    return Batch(source_BS, target_BT, sum(len(target) - 1 for _, target in pairs))


@pytest.mark.parametrize("model", ["lstm", "transformer"])
@pytest.mark.parametrize("feed", [bucketed, plain])
def test_training_throughput(
    benchmark: BenchmarkFixture,
    domain: NMT,
    data: Translations,
    feed: Callable[[NMT, Translations], Iterator[Batch]],
    model: str,
) -> None:
    torch.manual_seed(0)
    network = domain.build(model, SIZE, data).to(DEVICE)
    optimizer = make_optimizer(network, Training())
    batches = feed(domain, data)
    tokens = []

    def steps() -> None:
        tokens.append(0)
        for batch in itertools.islice(batches, STEPS):
            loss, _ = domain.loss(network, batch, None)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            tokens[-1] += domain.units(batch)
        synchronize(DEVICE)

    benchmark.group = f"nmt {model} {SIZE}, {DEVICE}"
    benchmark.pedantic(steps, rounds=ROUNDS, warmup_rounds=1)
    if benchmark.stats:  # none with --benchmark-disable
        benchmark.extra_info["target_tokens_per_second"] = round(
            mean(tokens[1:]) / benchmark.stats.stats.mean
        )
