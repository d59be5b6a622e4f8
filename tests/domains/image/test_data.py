"""Splits: disjoint, balanced, of the sizes asked for; pixels normalised."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

from steepness.data.artefacts import Cache
from steepness.domains.image.data import ImageData, load_splits
from steepness.domains.image.domain import Image, ImageOptions
from steepness.domains.image.folders import decode_folder
from steepness.domains.image.layout import list_images
from steepness.domains.image.pool import Pool
from tests.domains.image.conftest import EDGE, write_images


def test_splits_are_disjoint_balanced_and_cover_everything(data: ImageData) -> None:
    parts = [data.train, data.held_out["validation"], data.held_out["test"]]
    rows = torch.cat([part.rows_N for part in parts])
    assert sorted(rows.tolist()) == list(range(480))
    assert [len(part) for part in parts] == [389, 43, 48]
    for part in parts:
        counts = part.labels_N.bincount(minlength=6)
        assert counts.max() - counts.min() <= 2
    assert data.train_units == 389
    assert data.splits == {"validation": "43 images", "test": "48 images"}


def test_official_test_set_is_kept_and_can_be_cut(tmp_path: Path, cache: Cache) -> None:
    write_images(tmp_path / "train", 20)
    write_images(tmp_path / "val", 10, seed=1)
    folder = decode_folder(list_images(tmp_path), EDGE, cache)
    test_rows = set(np.flatnonzero(Pool.load(folder).splits_N == 2).tolist())
    whole = load_splits("d", folder, validation_images=30, test_images=0)
    assert set(whole.held_out["test"].rows_N.tolist()) == test_rows
    assert (whole.train_units, len(whole.held_out["validation"])) == (90, 30)
    cut = load_splits("d", folder, validation_images=30, test_images=12)
    assert set(cut.held_out["test"].rows_N.tolist()) < test_rows
    assert cut.held_out["test"].labels_N.bincount().tolist() == [2] * 6
    assert cut.fingerprint != whole.fingerprint, "other numbers, other trials"


def test_more_than_there_is_names_the_option(tmp_path: Path, cache: Cache) -> None:
    folder = write_images(tmp_path / "images", 5)
    domain = Image(ImageOptions(image_size=EDGE, validation_images=1000))
    with pytest.raises(
        ValueError, match=r"options\.validation_images is 1,000, but only 3 can be held out .*ask for fewer"
    ):
        domain.load(f"folder:{folder}", cache)


def test_the_monitor_is_a_balanced_part_of_validation(data: ImageData, tmp_path: Path, cache: Cache) -> None:
    folder = decode_folder(list_images(write_images(tmp_path / "images", 40)), EDGE, cache)
    held_out = load_splits("d", folder, validation_images=36, monitor_images=12).held_out
    assert set(held_out["monitor"].rows_N.tolist()) < set(held_out["validation"].rows_N.tolist())
    assert held_out["monitor"].labels_N.bincount().tolist() == [2] * 6
    assert len(data.held_out["monitor"]) == len(data.held_out["validation"]), "where that has few images"


def test_class_too_small_to_be_split_trains_and_is_doubted(
    tmp_path: Path, cache: Cache, domain: Image
) -> None:
    folder = write_images(tmp_path / "images", 20)
    for path in sorted((folder / "green").iterdir())[1:]:
        path.unlink()
    data = domain.load(f"folder:{folder}", cache)
    assert data.train.labels_N.bincount()[data.classes.index("green")] == 1
    assert "No image of green is in validation: too few to hold any out." in data.doubts


def test_chance_levels(data: ImageData) -> None:
    assert data.chance == pytest.approx(
        {"cross_entropy_nats": math.log(6), "top1_error": 5 / 6, "top5_error": 1 / 6}
    )


def test_training_images_have_mean_0_and_deviation_1(data: ImageData) -> None:
    rows = torch.arange(480)
    images = data.train.normalised(data.train.images_NHWC[rows])
    assert images.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(images.mean((0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(images.std((0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)


@pytest.mark.gpu
def test_device_and_memory_map_give_the_same_images(data: ImageData, monkeypatch: pytest.MonkeyPatch) -> None:
    device = torch.device("cuda")
    there = data.train.to(device)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (0, 0))
    streamed = data.train.to(device)
    assert (there.images_NHWC.device.type, streamed.images_NHWC.device.type) == ("cuda", "cpu")
    batches = [part.normalised(part.images_NHWC[part.rows_N[5:9]]) for part in (there, streamed)]
    assert torch.equal(*batches)
