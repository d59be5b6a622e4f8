"""Shards nest; an epoch is the shard's text, each row continued from batch to batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from steepness.domains.text.corpus import Paragraphs
from steepness.domains.text.streams import Epoch, shard_of
from steepness.domains.text.tokens import END

FIRST = 10


def paragraphs(lengths: list[int]) -> Paragraphs:
    """Tokens that are all different, so that where each went can be seen."""
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return Paragraphs(np.arange(FIRST, FIRST + starts[-1], dtype=np.int32), starts)


SPLIT = paragraphs([int(n) for n in np.random.default_rng(0).integers(1, 30, 200)])


def pieces(tokens_M: torch.Tensor) -> list[tuple[int, ...]]:
    """A text in which each paragraph's tokens are consecutive numbers, cut where a paragraph starts."""
    starts = [i for i in range(1, len(tokens_M)) if int(tokens_M[i]) - FIRST in set(SPLIT.starts.tolist())]
    return sorted(tuple(piece.tolist()) for piece in tokens_M.tensor_split(starts))


@pytest.mark.parametrize("m", [1, 17, 1000])
def test_a_shard_holds_exactly_m_units(m: int) -> None:
    assert len(shard_of(SPLIT, m, seed=0)) == m


def test_shards_nest_and_other_seeds_give_others() -> None:
    small, large = shard_of(SPLIT, 500, seed=0), shard_of(SPLIT, 1000, seed=0)
    assert torch.equal(small.tokens_M, large.tokens_M[:500])
    assert not torch.equal(small.tokens_M, shard_of(SPLIT, 500, seed=1).tokens_M)


def test_a_shard_larger_than_the_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="lower the preset's shard"):
        shard_of(SPLIT, len(SPLIT.tokens) + 1, seed=0)


def test_shuffling_moves_whole_paragraphs() -> None:
    shard = shard_of(SPLIT, 1000, seed=0)
    shuffled = shard.shuffled(key=1)
    assert pieces(shuffled) == pieces(shard.tokens_M)
    assert not torch.equal(shuffled, shard.tokens_M)
    assert torch.equal(shuffled, shard.shuffled(key=1))
    assert not torch.equal(shuffled, shard.shuffled(key=2))


@given(tokens=st.integers(1, 400), rows=st.integers(1, 20), context=st.integers(1, 40))
def test_an_epoch_reads_the_text_once_in_rows(tokens: int, rows: int, context: int) -> None:
    tokens_M = torch.arange(10, 10 + tokens, dtype=torch.int32)
    epoch = Epoch(tokens_M, rows, context)
    inputs_BT = torch.cat([batch.inputs_BT for batch in epoch], dim=1)
    targets_BT = torch.cat([batch.targets_BT for batch in epoch], dim=1)
    used = targets_BT.shape[0] * targets_BT.shape[1]

    assert torch.equal(targets_BT.flatten(), tokens_M[:used])
    assert tokens - used < len(targets_BT) <= rows
    assert torch.equal(inputs_BT.flatten(), torch.cat([torch.tensor([END]), tokens_M[: used - 1]]))
    lengths = [batch.targets_BT.shape[1] for batch in epoch]
    assert max(lengths) <= context
    assert min(lengths) > 0
    assert len(epoch) == len(lengths) == -(-targets_BT.shape[1] // context)


def test_segments_are_of_nearly_equal_length() -> None:
    lengths = [batch.targets_BT.shape[1] for batch in Epoch(torch.arange(4 * 33), 4, 32)]
    assert lengths == [17, 16]


def test_a_batch_is_the_same_whenever_it_is_asked_for() -> None:
    epoch = Epoch(torch.arange(100), 4, 8)
    assert torch.equal(epoch[2].targets_BT, epoch[2].targets_BT)
    assert torch.equal(epoch[2].inputs_BT[:, 0], epoch[1].targets_BT[:, -1])
    with pytest.raises(IndexError):
        epoch[len(epoch)]


def test_a_small_stream_has_fewer_rows_rather_than_short_ones() -> None:
    assert Epoch(torch.arange(100), 32, 20).shape == (5, 20)
    assert Epoch(torch.arange(7), 32, 20).shape == (1, 7)
