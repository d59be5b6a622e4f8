"""Other speech besides: the same models on another speaker's recordings, as curves of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.domain import SPLITS, TRAIN
from steepness.domain.estimates import errors_of
from steepness.domains.speech.data import SpeechData
from steepness.domains.speech.domain import Speech, SpeechOptions
from tests.domains.speech.conftest import sentences, write_manifest

OTHER = [f"no no no {text}" for text in sentences(40, seed=5)]


def load(own: Path, cache: Cache, *also: Path) -> tuple[Speech, SpeechData]:
    domain = Speech(SpeechOptions(layers=1, also=tuple(f"manifest:{path}" for path in also)))
    return domain, domain.load(f"manifest:{own}", cache)


def test_every_set_has_its_errors_on_every_split(manifest: Path, shared_cache: Cache, tmp_path: Path) -> None:
    domain, data = load(manifest, shared_cache, write_manifest(tmp_path, OTHER).rename(tmp_path / "anna.tsv"))
    names = [metric.name for metric in domain.metrics]
    assert names[0] == "character_error_rate"
    assert names[3:] == ["anna_character_error_rate", "anna_word_error_rate", "anna_loss"]
    torch.manual_seed(0)
    model = domain.build("deepspeech2", 16, data).eval()
    with torch.inference_mode():
        for split in SPLITS:
            found = errors_of(domain, model, data, split)
            assert found["anna_loss"] != found["loss"]
            assert "anna_character_error_rate_se" in found
    assert len(data.also["anna"].members["test"]) == len(OTHER)
    assert any("also evaluated on anna" in note for note in data.notes)
    assert data.fingerprint != load(manifest, shared_cache)[1].fingerprint


def test_what_is_trained_on_is_left_out(manifest: Path, shared_cache: Cache, tmp_path: Path) -> None:
    _, plain = load(manifest, shared_cache)
    trained = [plain.text(n) for n in plain.members[TRAIN][:5]]
    mixed = write_manifest(tmp_path / "mixed", [*trained, *OTHER[:3]])
    _, data = load(manifest, shared_cache, mixed)
    assert sorted(data.also["manifest"].text(n) for n in data.also["manifest"].members["test"]) == sorted(
        OTHER[:3]
    )
    with pytest.raises(ValueError, match="each of its 5 texts is trained on"):
        load(manifest, shared_cache, write_manifest(tmp_path / "same", trained))


def test_nothing_usable_is_refused_and_much_left_out_is_doubted(
    manifest: Path, shared_cache: Cache, tmp_path: Path
) -> None:
    other = write_manifest(tmp_path / "odd", OTHER[:4])
    other.write_text(other.read_text().replace(OTHER[0], "12 voices"))
    _, data = load(manifest, shared_cache, other)
    assert any("25 % of the recordings are left out" in doubt for doubt in data.doubts)
    (tmp_path / "odd" / "0.wav").unlink()
    other.write_text("\n".join(other.read_text().splitlines()[:2]) + "\n")
    with pytest.raises(ValueError, match="no usable recording"):
        load(manifest, shared_cache, other)
