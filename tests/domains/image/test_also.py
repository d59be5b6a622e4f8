"""Images besides: another folder's, or the held-out ones corrupted; a curve of their own for each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.domain import SPLITS
from steepness.domain.estimates import errors_of
from steepness.domains.image.also import CORRUPTIONS, corrupt
from steepness.domains.image.data import ImageData
from steepness.domains.image.domain import Image, ImageOptions
from tests.domains.image.conftest import COLOURS, EDGE, write_images


def load(folder: Path, cache: Cache, *also: str) -> tuple[Image, ImageData]:
    domain = Image(ImageOptions(image_size=EDGE, monitor_images=12, also=also))
    return domain, domain.load(f"folder:{folder}", cache)


def test_every_set_has_its_errors_on_every_split(tmp_path: Path, cache: Cache) -> None:
    own, other = write_images(tmp_path / "own", 40), write_images(tmp_path / "sketches", 9, seed=1)
    domain, data = load(own, cache, f"folder:{other}", "corrupted", "corrupted:blur")
    names = [metric.name for metric in domain.metrics]
    assert names[0] == "cross_entropy_nats"
    assert {"sketches_top1_error", "corrupted_top1_error", "blur_cross_entropy_nats"} <= set(names)
    torch.manual_seed(0)
    model = domain.build("resnet-8", 8, data).eval()
    with torch.inference_mode():
        for split in (*SPLITS, domain.monitor):
            found = errors_of(domain, model, data, split)
            assert {"sketches_top1_error_se", "corrupted_cross_entropy_nats_se"} <= found.keys()
            assert found["corrupted_cross_entropy_nats"] != found["cross_entropy_nats"]
    assert len(data.also["sketches"]["test"]) == 9 * len(COLOURS)
    assert len(data.also["sketches"]["monitor"]) == len(data.also["blur"]["monitor"]) == 12


def test_what_is_corrupted_keeps_its_label(tmp_path: Path, cache: Cache) -> None:
    _, data = load(write_images(tmp_path / "own", 40), cache, "corrupted:contrast")
    for split in (*SPLITS, "monitor"):
        own, its = data.held_out[split], data.also["contrast"][split]
        assert own.labels_N.tolist() == its.labels_N.tolist()
        before = own.images_NHWC[own.rows_N].float().mean((1, 2))
        assert torch.allclose(before, its.images_NHWC[its.rows_N].float().mean((1, 2)), atol=0.6)


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_a_corruption_changes_images_the_same_each_time(kind: str) -> None:
    images = np.random.default_rng(0).integers(0, 256, (300, 8, 8, 3)).astype(np.uint8)
    changed = corrupt(images, [kind])
    assert (changed == corrupt(images, [kind])).all()
    assert all((a != b).mean() > 0.5 for a, b in zip(images, changed, strict=True))
    spread = {"noise": np.greater, "blur": np.less, "contrast": np.less}[kind]
    assert spread(changed[:9].std(), images[:9].std())


def test_corrupted_alone_takes_the_ways_by_turns() -> None:
    images = np.random.default_rng(0).integers(0, 256, (9, 8, 8, 3)).astype(np.uint8)
    mixed = corrupt(images, list(CORRUPTIONS))
    assert (mixed[1::3] == corrupt(images, ["blur"])[1::3]).all()
    assert (mixed[2::3] == corrupt(images, ["contrast"])[2::3]).all()


def test_what_is_trained_on_is_left_out_and_an_edit_is_other_data(tmp_path: Path, cache: Cache) -> None:
    own = write_images(tmp_path / "own", 40)
    plain = load(own, cache)[1]
    same = load(own, cache, f"folder:{own}")[1]
    assert len(same.also["own"]["test"]) == 40 * len(COLOURS) - len(plain.train)
    assert same.fingerprint != plain.fingerprint
    other = write_images(tmp_path / "other", 3, seed=1)
    before = load(own, cache, f"folder:{other}")[1].fingerprint
    write_images(tmp_path / "other", 3, seed=2)
    assert load(own, cache, f"folder:{other}")[1].fingerprint != before


def test_other_classes_and_corruptions_are_refused_by_name(tmp_path: Path, cache: Cache) -> None:
    own, other = write_images(tmp_path / "own", 40), write_images(tmp_path / "other", 3, seed=1)
    (other / "red").rename(other / "crimson")
    with pytest.raises(ValueError, match="class crimson is none of those trained on"):
        load(own, cache, f"folder:{other}")
    with pytest.raises(ValueError, match='no corruption "fog"; give noise, blur, contrast'):
        load(own, cache, "corrupted:fog")
