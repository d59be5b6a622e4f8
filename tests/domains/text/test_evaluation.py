"""Cross-entropy and its standard error, against plain computations."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from steepness.domains.text.corpus import Paragraphs
from steepness.domains.text.evaluation import ORDER_SEED, cross_entropy, held_out, unigram_cross_entropy
from steepness.domains.text.streams import shard_of

VOCABULARY = 12


def split(paragraphs: int, seed: int = 0) -> Paragraphs:
    """Paragraphs that differ in which words they favour, as texts do."""
    draw = np.random.default_rng(seed)
    parts = [
        draw.choice(VOCABULARY, size=draw.integers(20, 60), p=draw.dirichlet(np.full(VOCABULARY, 0.5)))
        for _ in range(paragraphs)
    ]
    starts = np.concatenate([[0], np.cumsum([len(part) for part in parts])])
    return Paragraphs(np.concatenate(parts).astype(np.uint8), starts)


class Unigram(nn.Module):
    """Always the same prediction; counts the tokens of each row it has read, as a state."""

    def __init__(self, logits_V: Tensor) -> None:
        super().__init__()
        self.logits_V, self.seen = logits_V, []  # type: ignore[var-annotated]

    def forward(self, tokens_BT: Tensor, state: int | None) -> tuple[Tensor, int]:
        self.seen.append(state or 0)
        return self.logits_V.expand(*tokens_BT.shape, -1), (state or 0) + tokens_BT.shape[1]


def test_a_model_that_knows_nothing_has_the_entropy_of_a_die() -> None:
    mean, error = cross_entropy(Unigram(torch.zeros(VOCABULARY)), held_out(split(40), 0, 16))
    assert mean == pytest.approx(math.log(VOCABULARY), rel=1e-6)
    assert error == pytest.approx(0, abs=1e-6)


def test_mean_and_error_agree_with_a_bootstrap_over_paragraphs() -> None:
    text, logits_V = split(300), torch.linspace(-1, 1, VOCABULARY)
    data = held_out(text, 0, 16)
    mean, error = cross_entropy(Unigram(logits_V), data)

    stream = shard_of(text, len(text.tokens), ORDER_SEED)
    losses_M = -logits_V.log_softmax(0)[stream.tokens_M[: data.tokens]].numpy()
    assert mean == pytest.approx(losses_M.mean(), rel=1e-5)
    cuts = stream.starts_P[1:]
    sums, counts = np.array([(p.sum(), len(p)) for p in np.split(losses_M, cuts[cuts < data.tokens])]).T
    picks = np.random.default_rng(0).integers(0, len(sums), (4000, len(sums)))
    bootstrap = (sums[picks].sum(1) / counts[picks].sum(1)).std()
    assert error == pytest.approx(bootstrap, rel=0.06)
    assert error > 2 * losses_M.std() / len(losses_M) ** 0.5, "tokens of a paragraph are not independent"


def test_state_is_carried_from_segment_to_segment() -> None:
    model = Unigram(torch.zeros(VOCABULARY))
    data = held_out(split(300), 0, 16)
    cross_entropy(model, data)
    assert model.seen == sorted(set(model.seen))
    assert len(model.seen) == len(data.epoch) > 1


def test_fewer_units_are_a_prefix_of_the_same_order() -> None:
    text = split(300)
    few, all_of_it = held_out(text, 1000, 16), held_out(text, 0, 16)
    assert 1000 - 64 < few.tokens <= 1000
    assert len(text.tokens) - 64 < all_of_it.tokens <= len(text.tokens)
    first = next(iter(few.epoch)).targets_BT[0, :15]
    assert torch.equal(first, next(iter(all_of_it.epoch)).targets_BT[0, :15])
    assert held_out(text, 10**9, 16).tokens == all_of_it.tokens


def test_unigram_cross_entropy_is_the_entropy_of_the_frequencies() -> None:
    tokens = np.repeat([0, 1], [300, 100]).astype(np.uint8)
    text = Paragraphs(tokens, np.array([0, 400]))
    expected = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert unigram_cross_entropy(text, np.array([300_000, 100_000])) == pytest.approx(expected, rel=1e-4)
