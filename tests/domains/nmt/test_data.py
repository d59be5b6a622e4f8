"""Token tensors: what comes back out of them, shards, chance and fingerprints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.domain import TEST, TRAIN, VALIDATION
from steepness.domains.nmt.data import Sentences, Translations, chance
from steepness.domains.nmt.domain import NMT, NMTOptions
from steepness.domains.nmt.pieces import BEGIN, END, PAD
from steepness.domains.nmt.vocabulary import load_vocabulary
from tests.domains.nmt.conftest import made_up_pairs, write_tsv


def test_rows_are_padded_on_the_right() -> None:
    sentences = Sentences(np.array([5, 6, 3, 7, 3], np.int32), np.array([3, 2]))
    assert sentences.rows(torch.tensor([1, 0, 1]), 4).tolist() == [[7, 3, 0, 0], [5, 6, 3, 0], [7, 3, 0, 0]]


def test_tokens_decode_to_the_sentences(data: Translations) -> None:
    target, rows_B = data.parts[TEST].target, torch.arange(len(data.test_pairs))
    tokens_BT = target.rows(rows_B, int(target.lengths.max()))
    assert (tokens_BT[:, 0] == BEGIN).all()
    assert ((tokens_BT == END).sum(1) == 1).all()
    assert ((tokens_BT != PAD).sum(1).numpy() == target.lengths).all()
    texts = load_vocabulary(data.target_model).decode(
        [[t for t in row if t > END] for row in tokens_BT.tolist()]
    )
    assert texts == [pair[1] for pair in data.test_pairs]


def test_shards_nest_and_hold_what_they_say(domain: NMT, data: Translations) -> None:
    lengths = data.parts[TRAIN].target_tokens
    shards = [domain.shard(data, m, seed=1) for m in (100, 200, 400)]
    for m, shard in zip((100, 200, 400), shards, strict=True):
        assert lengths[shard].sum() - lengths[shard[-1]] < m <= lengths[shard].sum()
    assert set(shards[0]) < set(shards[1]) < set(shards[2])
    assert len(set(shards[2])) == len(shards[2])
    assert set(domain.shard(data, 400, seed=2)) != set(shards[2])


def test_shard_larger_than_the_data(domain: NMT, data: Translations) -> None:
    with pytest.raises(ValueError, match=f"cannot be cut from {data.train_units:,}"):
        domain.shard(data, data.train_units + 1, seed=0)


def test_chance_is_what_piece_frequencies_alone_achieve(data: Translations) -> None:
    found = chance(data.parts[TRAIN], data.parts[VALIDATION], data.target_vocabulary)
    actual = data.parts[VALIDATION].target.predicted()
    most_frequent = np.bincount(data.parts[TRAIN].target.predicted()).argmax()
    assert found["token_error"] == pytest.approx(np.mean(actual != most_frequent))
    assert 0 < found["cross_entropy_nats"] < np.log(data.target_vocabulary)
    assert data.chance == found


def test_fingerprint_follows_text_and_recipe_but_not_the_path(tmp_path: Path) -> None:
    cache, pairs = Cache(tmp_path / "cache", offline=True), made_up_pairs(300)
    one, same, other = (
        f"tsv:{write_tsv(tmp_path / f'{name}.tsv', text)}"
        for name, text in (("one", pairs), ("same", pairs), ("other", pairs[1:]))
    )

    def fingerprint(dataset: str, vocabulary: int = 40, translations: int = 5) -> str:
        options = NMTOptions(vocabulary=vocabulary, held_out=30, translations=translations)
        return NMT(options).load(dataset, cache).fingerprint

    assert fingerprint(one) == fingerprint(same) == fingerprint(one, translations=9)
    assert len({fingerprint(one), fingerprint(other), fingerprint(one, vocabulary=39)}) == 3


def test_long_pairs_are_left_out_and_counted(tmp_path: Path) -> None:
    path = write_tsv(tmp_path / "a.tsv", [*made_up_pairs(300), ("sept " * 200, "seven " * 200)])
    data = NMT(NMTOptions(vocabulary=40, held_out=30)).load(f"tsv:{path}", Cache(tmp_path / "cache"))
    assert sum(len(part) for part in data.parts.values()) == 300
    assert "301 sentence pairs read" in data.notes[0]
    assert "1 longer than 50 pieces" in data.notes[0]
