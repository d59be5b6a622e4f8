"""Other sentence pairs besides: the same models on another text or pair of languages, as curves of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.domain import SPLITS, TRAIN
from steepness.domain.estimates import errors_of
from steepness.domains.nmt.data import Translations
from steepness.domains.nmt.domain import NMT, NMTOptions
from steepness.domains.nmt.vocabulary import load_vocabulary
from tests.domains.nmt.conftest import made_up_pairs, write_tsv

OWN = made_up_pairs(800)


def load(folder: Path, cache: Cache, *also: str) -> tuple[NMT, Translations]:
    domain = NMT(NMTOptions(vocabulary=40, held_out=60, longest=60, monitor_pairs=10, also=also))
    return domain, domain.load(f"tsv:{write_tsv(folder / 'own.tsv', OWN)}", cache)


def test_every_text_has_its_errors_on_every_split(tmp_path: Path, cache: Cache) -> None:
    swapped = write_tsv(tmp_path / "the-other-way.tsv", [(t, s) for s, t in made_up_pairs(300, seed=9)])
    domain, data = load(tmp_path, cache, f"tsv:{swapped}")
    names = [metric.name for metric in domain.metrics]
    assert names[0] == "token_error"
    assert names[2:] == ["the_other_way_token_error", "the_other_way_cross_entropy_nats"]
    torch.manual_seed(0)
    model = domain.build("lstm", 8, data).eval()
    with torch.inference_mode():
        for split in (*SPLITS, domain.monitor):
            found = errors_of(domain, model, data, split)
            assert found["the_other_way_cross_entropy_nats"] != found["cross_entropy_nats"]
            assert "the_other_way_token_error_se" in found
    assert len(data.also["the_other_way"]) == 60
    assert any("also evaluated on the_other_way" in note for note in data.notes)


def test_what_is_trained_on_is_left_out(tmp_path: Path, cache: Cache) -> None:
    fresh = [(f"{s} neuf neuf neuf", f"nine nine nine {t}") for s, t in OWN[:20]]
    shouted = [(s.capitalize() + "!", t.capitalize()) for s, t in OWN[:300]]
    other = write_tsv(tmp_path / "mixed.tsv", shouted + fresh)
    _, data = load(tmp_path, cache, f"tsv:{other}")
    assert 10 <= len(data.also["mixed"]) <= 60
    only = write_tsv(tmp_path / "only.tsv", trained_on(data)[:50])
    with pytest.raises(ValueError, match="none of its 50 sentence pairs is left"):
        load(tmp_path, cache, f"tsv:{only}")


def trained_on(data: Translations) -> list[tuple[str, str]]:
    """The pairs of the training split as text."""
    train, models = data.parts[TRAIN], map(load_vocabulary, (data.source_model, data.target_model))
    sides = [
        vocabulary.decode([side.ids(row) for row in range(len(train))])
        for vocabulary, side in zip(models, (train.source, train.target), strict=True)
    ]
    return list(zip(*sides, strict=True))


def test_an_edited_text_is_other_data_and_another_alphabet_is_doubted(tmp_path: Path, cache: Cache) -> None:
    other, prints = tmp_path / "other.tsv", {load(tmp_path, cache)[1].fingerprint}
    for word in ("вода", "огонь"):
        write_tsv(other, [(s.replace(" ", f" {word} "), t) for s, t in made_up_pairs(50, seed=3)])
        _, data = load(tmp_path, cache, f"tsv:{other}")
        prints.add(data.fingerprint)
        assert any(
            "source pieces of other (--also) are not in the vocabulary" in doubt for doubt in data.doubts
        )
    assert len(prints) == 3
