"""Batches: every pair once an epoch, a fixed token budget, few shapes, any of them at any time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from steepness.domain import TRAIN
from steepness.domains.nmt.batches import BucketedBatches, padded_length
from steepness.domains.nmt.data import Translations
from steepness.domains.nmt.domain import NMT
from steepness.domains.nmt.pieces import END, PAD
from steepness.domains.nmt.prepare import SIDES
from steepness.domains.nmt.vocabulary import load_vocabulary
from tests.domains.nmt.conftest import ENGLISH, FRENCH

TOKENS = 200


@pytest.fixture(scope="module")
def batches(domain: NMT, data: Translations) -> BucketedBatches:
    return domain.batches(data, domain.shard(data, 3000, seed=0), TOKENS, key=1, epoch=0)


def targets(batches: BucketedBatches) -> Counter[tuple[int, ...]]:
    rows = [row.tolist() for i in range(len(batches)) for row in batches[i].target_BT]
    return Counter(tuple(token for token in row if token != PAD) for row in rows)


def test_every_pair_once_an_epoch(domain: NMT, data: Translations, batches: BucketedBatches) -> None:
    shard = domain.shard(data, 3000, seed=0)
    plain = data.parts[TRAIN].target.rows(torch.from_numpy(shard), 40).tolist()
    assert targets(batches) == Counter(tuple(token for token in row if token != PAD) for row in plain)


def test_token_budget_and_counts(batches: BucketedBatches) -> None:
    padded = [batch.target_BT[:, 1:].numel() for batch in map(batches.__getitem__, range(len(batches)))]
    counts = [batches[i].target_tokens for i in range(len(batches))]
    assert max(padded) <= TOKENS
    assert sum(size > 0.85 * TOKENS for size in padded) >= len(padded) - 2
    assert counts == [int((batches[i].target_BT[:, 1:] != PAD).sum()) for i in range(len(batches))]
    assert sum(counts) > 0.8 * sum(padded), "little padding"


def test_sources_stand_beside_their_translations(data: Translations, batches: BucketedBatches) -> None:
    source, target = (load_vocabulary(data.target_model.with_name(f"{side}.model")) for side in SIDES)
    english = dict(zip(FRENCH, ENGLISH, strict=True))
    for i in range(len(batches)):
        for source_S, target_T in zip(
            batches[i].source_BS.tolist(), batches[i].target_BT.tolist(), strict=True
        ):
            words = source.decode([piece for piece in source_S if piece > END]).split()
            translation = target.decode([piece for piece in target_T if piece > END]).split()
            assert translation == [english[word] for word in reversed(words)]


def test_any_batch_at_any_time_and_another_order_next_epoch(domain: NMT, data: Translations) -> None:
    shard = domain.shard(data, 3000, seed=0)
    first, again, other = (domain.batches(data, shard, TOKENS, key, 0) for key in (1, 1, 2))
    for i in (3, 0, len(first) - 1):
        assert torch.equal(first[i].source_BS, again[i].source_BS)
    assert any(
        first[i].target_BT.shape != other[i].target_BT.shape
        or not torch.equal(first[i].target_BT, other[i].target_BT)
        for i in range(len(first))
    )
    assert targets(first) == targets(other)


def test_shapes_repeat(domain: NMT, data: Translations) -> None:
    every = np.arange(len(data.parts[TRAIN]))
    epochs = [domain.batches(data, every, TOKENS, key, 0) for key in range(3)]
    shapes = [{batch.target_BT.shape for batch in map(e.__getitem__, range(len(e)))} for e in epochs]
    assert len(shapes[0] | shapes[1] | shapes[2]) <= len(shapes[0]) + 2


def test_a_sentence_longer_than_a_batch_is_a_batch_of_its_own(data: Translations) -> None:
    batches = BucketedBatches(data.parts[TRAIN], np.arange(20), tokens=1)
    assert len(batches) == 20


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=50))
def test_padded_lengths_waste_less_than_a_quarter(lengths: list[int]) -> None:
    given_lengths = np.array(lengths)
    padded = padded_length(given_lengths)
    assert (padded >= given_lengths).all()
    assert (padded < 1.25 * given_lengths).all()
    assert (padded_length(padded) == padded).all()


def test_padded_lengths_are_few() -> None:
    assert padded_length(np.arange(1, 26)).tolist()[7:] == [
        8,
        10,
        10,
        12,
        12,
        14,
        14,
        16,
        16,
        20,
        20,
        20,
        20,
        24,
        24,
        24,
        24,
        28,
    ]
