"""Folders of class directories: layouts, broken files, resuming, and what is read once only."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from steepness.data.artefacts import Cache
from steepness.domains.image import folders
from steepness.domains.image.folders import decode_folder
from steepness.domains.image.layout import list_images
from steepness.domains.image.pool import IN_TEST, IN_TRAIN, IN_VALIDATION, Pool
from tests.domains.image.conftest import COLOURS, EDGE, write_images


def read(root: Path, cache: Cache, size: int = EDGE) -> Pool:
    return Pool.load(decode_folder(list_images(root), size, cache))


def test_pixels_and_labels_come_back(tmp_path: Path, cache: Cache) -> None:
    root = write_images(tmp_path / "images", 3)
    pool = read(root, cache)
    assert pool.facts.classes == sorted(COLOURS)
    assert pool.labels_N.tolist() == [label for label in range(6) for _ in range(3)]
    with Picture.open(root / "green" / "001.png") as image:
        assert np.array_equal(pool.images_NHWC[2 * 3 + 1], np.asarray(image))


def test_imagenet_layout_takes_val_as_the_test_set(tmp_path: Path, cache: Cache) -> None:
    write_images(tmp_path / "train", 4)
    write_images(tmp_path / "val", 2, seed=1)
    assert np.bincount(read(tmp_path, cache).splits_N, minlength=3).tolist() == [24, 0, 12]


def test_train_val_test_are_taken_as_named(tmp_path: Path, cache: Cache) -> None:
    for number, split in enumerate(("train", "val", "test"), 1):
        write_images(tmp_path / split, number, seed=number)
    counts = np.bincount(read(tmp_path, cache).splits_N)
    assert {IN_TRAIN: counts[IN_TRAIN], IN_VALIDATION: counts[IN_VALIDATION], IN_TEST: counts[IN_TEST]} == {
        0: 6,
        1: 12,
        2: 18,
    }


def test_shorter_side_is_resized_and_the_middle_kept(tmp_path: Path, cache: Cache) -> None:
    root = write_images(tmp_path / "images", 1)
    wide = np.zeros((20, 60, 3), np.uint8)
    wide[:, 20:40] = 255  # a white square in the middle of black
    Picture.fromarray(wide).save(root / "white" / "000.png")
    pool = read(root, cache, size=10)
    assert pool.images_NHWC.shape == (6, 10, 10, 3)
    assert pool.images_NHWC[5, :, 1:-1].min() > 200


def test_grey_and_transparent_images_become_rgb(tmp_path: Path, cache: Cache) -> None:
    root = write_images(tmp_path / "images", 1)
    Picture.new("L", (EDGE, EDGE), 77).save(root / "grey" / "000.png")
    Picture.new("RGBA", (EDGE, EDGE), (1, 2, 3, 255)).save(root / "black" / "000.png")
    pool = read(root, cache)
    assert (pool.images_NHWC[3] == 77).all()
    assert (pool.images_NHWC[0] == (1, 2, 3)).all()


def test_broken_files_are_counted_named_and_left_out(tmp_path: Path, cache: Cache) -> None:
    root = write_images(tmp_path / "images", 3)
    whole = read(root, cache)
    (root / "blue" / "001.png").write_bytes((root / "blue" / "001.png").read_bytes()[:200])
    (root / "red" / "002.png").write_text("not an image")
    folder = decode_folder(list_images(root), EDGE, cache)
    pool = Pool.load(folder)
    assert np.bincount(pool.labels_N).tolist() == [3, 2, 3, 3, 2, 3]
    others = [i for i in range(18) if i not in (4, 14)]
    assert np.array_equal(pool.images_NHWC, whole.images_NHWC[others]), "the rest is unharmed"
    (note,) = pool.facts.notes
    assert note.startswith("2 of 18 files could not be read")
    assert "blue/001.png" in note
    assert "red/002.png: UnidentifiedImageError" in (folder / "unreadable.txt").read_text()


def test_class_without_a_readable_image_is_an_error(tmp_path: Path, cache: Cache) -> None:
    root = write_images(tmp_path / "images", 1)
    (root / "grey" / "000.png").write_bytes(b"")
    with pytest.raises(
        ValueError, match=r'"grey" has no readable image for train; 1 files could not be read'
    ):
        read(root, cache)


def test_class_missing_from_a_split_is_named(tmp_path: Path) -> None:
    write_images(tmp_path / "train", 1)
    shutil.rmtree(write_images(tmp_path / "val", 1) / "green")
    with pytest.raises(ValueError, match=r"val: class green is here or in train/ but not in both"):
        list_images(tmp_path)


def test_empty_class_is_named(tmp_path: Path) -> None:
    root = write_images(tmp_path / "images", 1)
    (root / "green" / "000.png").unlink()
    with pytest.raises(ValueError, match='class "green" has no readable image'):
        list_images(root)


def test_folder_without_classes_or_test_images_says_what_to_give(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"no class directories here; give a folder that holds CLASS/\*\.jpg"
    ):
        list_images(tmp_path)
    write_images(tmp_path / "train", 1)
    with pytest.raises(ValueError, match=r"neither val/ nor test/; add one"):
        list_images(tmp_path)


def test_interrupted_decoding_goes_on_where_it_stopped(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_images(tmp_path / "images", 4)
    (root / "blue" / "000.png").write_text("broken, and before the interruption")
    whole = read(root, Cache(tmp_path / "other-cache"))
    asked: list[list[str]] = []
    decoded = folders._decoded

    def interrupted(paths: list[str], size: int, bits: int) -> Iterator[list[Any]]:
        asked.append(paths)
        yield next(decoded(paths[:10], size, bits))
        raise KeyboardInterrupt

    monkeypatch.setattr(folders, "_decoded", interrupted)
    with pytest.raises(KeyboardInterrupt):
        read(root, cache)
    monkeypatch.setattr(folders, "_decoded", lambda paths, *how: asked.append(paths) or decoded(paths, *how))
    pool = read(root, cache)
    assert [len(paths) for paths in asked] == [24, 14]
    assert np.array_equal(pool.images_NHWC, whole.images_NHWC)
    assert pool.facts == whole.facts
    assert not list((cache.root / "decoding").iterdir())


def test_many_files_are_decoded_in_parallel_to_the_same_pixels(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_images(tmp_path / "images", 30)
    alone = read(root, Cache(tmp_path / "other-cache"))
    monkeypatch.setattr(folders, "_FEW", 10)
    assert read(root, cache).facts == alone.facts


def test_decoded_once_until_a_file_changes(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_images(tmp_path / "images", 2)
    first = read(root, cache)
    with monkeypatch.context() as patched:
        patched.setattr(folders, "_decoded", lambda paths, size: pytest.fail("decoded again"))
        assert read(root, cache).facts == first.facts
    Picture.new("RGB", (EDGE, EDGE), "white").save(root / "white" / "000.png")
    assert read(root, cache).facts.fingerprint != first.facts.fingerprint
