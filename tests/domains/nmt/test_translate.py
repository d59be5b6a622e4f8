"""Beam search on a model whose probabilities are written down, and translation quality."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from steepness.domains.nmt.data import Translations
from steepness.domains.nmt.domain import NMT
from steepness.domains.nmt.pieces import BEGIN, END, PAD
from steepness.domains.nmt.translate import beam_search, quality, translate

A, B, C = 4, 5, 6
VOCABULARY = 7


class Scripted(nn.Module):
    """Next-piece probabilities looked up by (first source piece, prefix)."""

    def __init__(self, table: dict[tuple[int, ...], dict[int, float]]) -> None:
        super().__init__()
        self.table = table

    def forward(self, source_BS: Tensor, target_BT: Tensor) -> Tensor:
        logits_BTV = torch.full((*target_BT.shape, VOCABULARY), -30.0)
        for row, (source, target) in enumerate(zip(source_BS.tolist(), target_BT.tolist(), strict=True)):
            for piece, probability in self.table.get((source[0], *target[1:]), {END: 1.0}).items():
                logits_BTV[row, -1, piece] = math.log(probability)
        return logits_BTV


# After A greedy search goes to B (0.6), where nothing likely follows; by way of C the whole is more probable.
TABLE = {
    (A,): {B: 0.6, C: 0.4},
    (A, B): {A: 0.36, B: 0.34, C: 0.3},
    (A, C): {A: 0.95, B: 0.05},
    (B,): {B: 0.9, END: 0.1},
}


def pieces(found_BT: Tensor) -> list[list[int]]:
    return [[piece for piece in row if piece != PAD] for row in found_BT.tolist()]


def search(
    table: dict[tuple[int, ...], dict[int, float]], source_BS: Tensor, beams: int, longest: int = 6
) -> Tensor:
    return beam_search(
        Scripted(table), source_BS, beams=beams, longest_B=torch.full((len(source_BS),), longest)
    )


def test_one_beam_is_greedy() -> None:
    found = pieces(search(TABLE, torch.tensor([[A, END]]), beams=1))
    assert found == [[B, A, END]]


def test_more_beams_find_the_more_probable_sentence() -> None:
    found = pieces(search(TABLE, torch.tensor([[A, END]]), beams=3))
    assert found == [[C, A, END]]


def test_sentences_of_a_batch_do_not_mix() -> None:
    source_BS = torch.tensor([[B, END], [A, END], [C, END]])
    together = pieces(search(TABLE, source_BS, beams=3))
    alone = [pieces(search(TABLE, row[None], beams=3))[0] for row in source_BS]
    assert together == alone == [[B, END], [C, A, END], [END]]


def test_translation_stops_at_the_longest() -> None:
    endless = {(A, *[B] * n): {B: 1.0} for n in range(9)}
    assert pieces(search(endless, torch.tensor([[A, END]]), beams=1, longest=5)) == [[B, B, B, B, END]]


def test_special_pieces_are_never_translations() -> None:
    table: dict[tuple[int, ...], dict[int, float]] = {(A,): {BEGIN: 0.5, PAD: 0.3, B: 0.2}}
    assert pieces(search(table, torch.tensor([[A, END]]), beams=2)) == [[B, END]]


def test_translations_come_in_the_order_asked_for(domain: NMT, data: Translations) -> None:
    torch.manual_seed(0)
    model = domain.build("lstm", 16, data).eval()
    rows = torch.randperm(len(data.test_pairs))[:40].numpy()
    with torch.no_grad():
        together = translate(model, data, rows, beams=2)
        assert [translate(model, data, rows[i : i + 1], beams=2)[0] for i in (0, 7, 39)] == [
            together[i] for i in (0, 7, 39)
        ]


def test_quality() -> None:
    references = ["The cat sat on the mat.", "It is raining today."]
    perfect = quality(references, references)
    assert perfect["bleu"] == pytest.approx(100.0)
    assert perfect["chrf"] == pytest.approx(100.0)
    assert "tok:13a" in str(perfect["bleu_signature"])
    assert "version:" in str(perfect["chrf_signature"])
    worse = quality(["The cat sat on a mat.", "It rains today."], references)
    assert 0 < float(worse["bleu"]) < 100
