"""Word language modelling end to end, on a small made-up text (synthetic)."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from steepness.domains.text.domain import LanguageModelling, TextData
from tests.domains.text.conftest import synthetic_paragraphs


class Stranger(nn.Module):
    """Anyone's model, found by import path."""

    def __init__(self, vocabulary: int, size: int) -> None:
        super().__init__()
        self.embedding, self.output = nn.Embedding(vocabulary, size), nn.Linear(size, vocabulary)

    def forward(self, tokens_BT: Tensor, state: Any) -> tuple[Tensor, Any]:
        return self.output(self.embedding(tokens_BT)), None


@pytest.fixture
def domain() -> LanguageModelling:
    return get_domain("word_lm", {"vocabulary": 40, "context": 8})  # type: ignore[return-value]


@pytest.fixture
def data(domain: LanguageModelling, tmp_path: Path) -> TextData:
    path = tmp_path / "book.txt"
    path.write_text("\n".join(synthetic_paragraphs(800)))
    return domain.load(f"text:{path}", Cache(tmp_path / "cache", offline=True))


@pytest.mark.parametrize(
    "model", ["lstm-2", "rhn-5", "transformer", "tests.domains.word_lm.test_domain:Stranger"]
)
def test_training_learns_more_than_word_frequencies(
    domain: LanguageModelling, data: TextData, model: str
) -> None:
    torch.manual_seed(0)
    network = domain.build(model, 32, data)
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    shard = domain.shard(data, 8000, seed=0)
    for epoch in range(3):
        state = None
        for batch in domain.batches(data, shard, 16, epoch, epoch):
            loss, state = domain.loss(network, batch, state)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.inference_mode():
        error = domain.evaluate(network.eval(), data, "validation")
    assert error["cross_entropy_nats"] < 0.6 * data.chance["cross_entropy_nats"]
    assert 0 < error["cross_entropy_nats_se"] < 0.1


def test_an_untrained_model_knows_the_vocabulary_only(domain: LanguageModelling, data: TextData) -> None:
    with torch.inference_mode():
        error = domain.evaluate(domain.build("lstm-2", 16, data), data, "test")
    assert error["cross_entropy_nats"] == pytest.approx(math.log(42), abs=0.1)
    assert data.chance["cross_entropy_nats"] < math.log(42)


def test_initial_range_is_an_option(data: TextData) -> None:
    wide = get_domain("word_lm", {"vocabulary": 40, "initial_range": 0.3})
    for model in ("lstm-2", "rhn-5"):
        largest = max(float(p.detach().max()) for p in wide.build(model, 16, data).parameters())
        assert 0.28 < largest <= 0.3


def test_data_says_what_it_is(data: TextData) -> None:
    assert data.train_units == len(data.corpus.splits["train"].tokens)
    assert set(data.splits) == {"validation", "test", "monitor"}
    assert any("duplicate" in note for note in data.notes)


def test_state_is_carried_but_not_its_graph(domain: LanguageModelling, data: TextData) -> None:
    model = domain.build("lstm-2", 16, data)
    epoch = domain.batches(data, domain.shard(data, 2000, 0), 4, 1, 0)
    _, state = domain.loss(model, epoch[0], None)
    assert all(not part.requires_grad for part in state)
    carried, _ = domain.loss(model, epoch[1], state)
    fresh, _ = domain.loss(model, epoch[1], None)
    assert carried != fresh


def test_units_of_an_epoch_are_those_of_the_shard(domain: LanguageModelling, data: TextData) -> None:
    epoch = domain.batches(data, domain.shard(data, 2000, 0), 16, 1, 0)
    assert 2000 - 16 < sum(domain.units(batch) for batch in epoch) <= 2000


def test_a_small_shard_has_fewer_rows_for_the_sake_of_more_steps(data: TextData) -> None:
    domain = get_domain("word_lm", {"vocabulary": 40, "context": 8, "least_steps": 50})
    small, large = (domain.batches(data, domain.shard(data, m, 0), 16, 1, 0) for m in (2000, 12_800))
    assert (len(small), len(small[0].inputs_BT)) == (50, 5)
    assert (len(large), len(large[0].inputs_BT)) == (100, 16)


def test_the_monitor_reads_part_of_what_validates(tmp_path: Path, data: TextData) -> None:
    domain = get_domain("word_lm", {"vocabulary": 40, "context": 8, "monitor_units": 500})
    part = domain.load(data.dataset, Cache(tmp_path / "cache", offline=True))
    assert part.held_out[domain.monitor].tokens < 500 < part.held_out["validation"].tokens
    first, whole = (part.held_out[name].epoch[0].targets_BT[0] for name in (domain.monitor, "validation"))
    assert torch.equal(first[:4], whole[:4])


def test_exhibit_continues_held_out_text(domain: LanguageModelling, data: TextData) -> None:
    samples = domain.exhibit(domain.build("lstm-2", 16, data).eval(), data)["samples"]
    assert len(samples) == 3
    for sample in samples:
        assert sample["input"].startswith("in <unk> ,")
        assert len(sample["input"].split()) == 12
        assert sample["reference"]
        assert "<unk>" not in sample["output"]


@pytest.mark.parametrize("model", ["lstm-2", "lstm-4", "rhn-5", "rhn-10", "transformer"])
def test_sizes_double_the_parameters(domain: LanguageModelling, data: TextData, model: str) -> None:
    ladder = [size for size in domain.size_ladder(model) if size <= 600]
    assert len(ladder) > 5
    counts = [sum(p.numel() for p in domain.build(model, size, data).parameters()) for size in ladder]
    ratios = [b / a for a, b in pairwise(counts)]
    assert min(ratios) > 1.5
    assert max(ratios) < 2.5
