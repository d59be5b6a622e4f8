"""Image folders as people bring them: layouts, colour modes, repeats, rare classes."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from steepness.domains.image.data import ImageData
from tests.domains.inputs import write_classes

LESIONS = {"akiec": 16, "bcc": 26, "bkl": 55, "df": 6, "mel": 56, "nv": 335, "vasc": 7}
"""HAM10000's proportions."""


def load(folder: Path, cache: Cache, **options: int) -> ImageData:
    return get_domain("image", {"image_size": 12} | options).load(f"folder:{folder}", cache)  # type: ignore[no-any-return]


def pixels_of(data: ImageData, name: str) -> np.ndarray:
    rows = data.train.rows_N[data.train.labels_N == data.classes.index(name)]
    return data.train.images_NHWC[rows].numpy()


@pytest.mark.parametrize("names", [("Training", "Testing"), ("train", "valid"), ("TRAIN", "dev")])
def test_splits_by_other_names_are_splits(names: tuple[str, str], tmp_path: Path, cache: Cache) -> None:
    for i, name in enumerate(names):
        for path in write_classes(tmp_path / name, {"cat": 20, "dog": 20}).rglob("*.png"):
            image = np.asarray(Picture.open(path)).copy()
            image[0, 0] = i  # no repeats between the splits
            Picture.fromarray(image).save(path)
    data = load(tmp_path, cache)
    assert data.classes == ["cat", "dog"]
    assert len(data.held_out["test"]) == 40
    assert "2 classes, images to train on: cat 18, dog 18" in data.in_words("images")


def test_a_class_may_be_called_train(tmp_path: Path, cache: Cache) -> None:
    assert load(write_classes(tmp_path, {"bus": 20, "car": 20, "train": 20}), cache).classes == [
        "bus",
        "car",
        "train",
    ]


def test_one_level_too_many_is_refused_with_the_right_folder(tmp_path: Path, cache: Cache) -> None:
    write_classes(tmp_path / "dataset", {"cat": 5, "dog": 5})
    with pytest.raises(ValueError, match=rf"one class only, .*cat, dog: give folder:{tmp_path}/dataset"):
        load(tmp_path, cache)


def test_one_class_is_refused(tmp_path: Path, cache: Cache) -> None:
    with pytest.raises(
        ValueError, match=r'one class only, "cat", so there is nothing to tell apart; add another'
    ):
        load(write_classes(tmp_path, {"cat": 5}), cache)


def test_a_class_beside_the_splits_is_named(tmp_path: Path, cache: Cache) -> None:
    for split in ("train", "val"):
        write_classes(tmp_path / split, {"cat": 5, "dog": 5})
    write_classes(tmp_path, {"bird": 5})
    with pytest.raises(ValueError, match=r"beside its splits train, val there are bird, with images"):
        load(tmp_path, cache)


def test_every_image_twice_is_there_once(tmp_path: Path, cache: Cache) -> None:
    root = write_classes(tmp_path, {"a": 20, "b": 20})
    for path in list(root.rglob("*.png")):
        shutil.copy(path, path.with_name(f"{path.stem} copy.png"))
    data = load(root, cache)
    rows = np.concatenate([part.rows_N.numpy() for part in (data.train, *data.held_out.values())])
    images = {data.train.images_NHWC[row].numpy().tobytes() for row in np.unique(rows)}
    assert len(images) == len(np.unique(rows)) == 40
    assert "40 images that repeat another, pixel by pixel, are left out" in data.notes


def test_an_image_of_the_test_set_does_not_train(tmp_path: Path, cache: Cache) -> None:
    write_classes(tmp_path / "train", {"a": 20, "b": 20})
    shutil.copytree(tmp_path / "train" / "a", tmp_path / "test" / "b")
    shutil.copytree(tmp_path / "train" / "b", tmp_path / "test" / "a")
    for path in sorted((tmp_path / "test").rglob("1?.png")):
        path.unlink()
    data = load(tmp_path, cache)
    assert len(data.held_out["test"]) == 20
    assert (
        "20 images that repeat another, pixel by pixel, are left out, 20 of them under another class"
        in data.notes
    )


def test_gifs_are_read_and_other_files_are_counted(tmp_path: Path, cache: Cache) -> None:
    root = write_classes(tmp_path, {"a": 20, "b": 20})
    for i in range(15):
        Picture.open(root / "a" / f"{i}.png").save(root / "a" / f"{i}.gif")
        (root / "a" / f"{i}.png").unlink()
    (root / "a" / "notes.txt").touch()
    (root / "b" / "0.heic").touch()
    (root / "b" / ".DS_Store").touch()
    data = load(root, cache)
    assert data.train_units + sum(len(data.held_out[split]) for split in ("validation", "test")) == 40
    assert "2 other files beside the images are skipped: .heic (1), .txt (1)" in data.notes


def test_sixteen_bit_grey_is_scaled(tmp_path: Path, cache: Cache) -> None:
    root, draw = write_classes(tmp_path, {"a": 20, "b": 20}), np.random.default_rng(0)
    for name, level in (("a", 8_000), ("b", 40_000)):
        for i in range(20):
            grey = np.clip(draw.normal(level, 1500, (12, 12)), 0, 65_535).astype("uint16")
            Picture.fromarray(grey).save(root / name / f"{i}.png")
    data = load(root, cache)
    assert pixels_of(data, "a").mean() == pytest.approx(8_000 / 257, abs=1)
    assert pixels_of(data, "b").mean() == pytest.approx(40_000 / 257, abs=1)


def test_twelve_bits_in_sixteen_keep_their_depth(tmp_path: Path, cache: Cache) -> None:
    root, draw = write_classes(tmp_path, {"a": 20, "b": 20}), np.random.default_rng(0)
    for name, level in (("a", 800), ("b", 3_000)):
        for i in range(20):
            grey = np.clip(draw.normal(level, 150, (12, 12)), 0, 4_095).astype("uint16")
            grey[0, 0] = 4_000
            Picture.fromarray(grey).save(root / name / f"{i}.png")
    data = load(root, cache)
    assert pixels_of(data, "a").mean() == pytest.approx(800 / 4_095 * 255, abs=2)
    assert pixels_of(data, "b").mean() == pytest.approx(3_000 / 4_095 * 255, abs=2)
    assert any("40 images of 16-bit grey" in note and "scaled as 12 bits" in note for note in data.notes)


def test_floating_point_is_refused_by_its_mode(tmp_path: Path, cache: Cache) -> None:
    root = write_classes(tmp_path, {"a": 20, "b": 20})
    Picture.fromarray(np.ones((12, 12), np.float32)).save(root / "a" / "0.tif")
    assert any("a/0.tif: ValueError: mode F (floating point)" in note for note in load(root, cache).notes)


def test_rotation_is_honoured(tmp_path: Path, cache: Cache) -> None:
    root = write_classes(tmp_path, {"a": 20, "b": 20})
    half = np.zeros((12, 12, 3), "uint8")
    half[:6] = 255
    exif = Picture.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    for i in range(20):
        (root / "a" / f"{i}.png").unlink()
        half[11, 11] = i
        Picture.fromarray(half).save(root / "a" / f"{i}.jpg", exif=exif, quality=100)
    images = pixels_of(load(root, cache), "a").astype(float)
    assert images[:, :, 7:].mean() > 250
    assert images[:, :, :5].mean() < 10


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_white(mode: str, tmp_path: Path, cache: Cache) -> None:
    root = write_classes(tmp_path, {"a": 20, "b": 20})
    for i in range(20):
        pixels = np.full((12, 12, 4), (200, 200, 200, 0), "uint8")
        pixels[0, 0] = (i, i, i, 255)
        picture = Picture.fromarray(pixels)
        made = (
            picture.convert(mode) if mode != "P" else picture.quantize(8, method=Picture.Quantize.FASTOCTREE)
        )
        made.save(root / "a" / f"{i}.png")
    assert pixels_of(load(root, cache), "a")[:, 2:, 2:].min() == 255


def test_unbalanced_classes_run_with_the_defaults(tmp_path: Path, cache: Cache) -> None:
    data = load(write_classes(tmp_path, LESIONS), cache)
    train, *held_out = (
        part.labels_N.bincount(minlength=7).numpy()
        for part in (data.train, data.held_out["validation"], data.held_out["test"])
    )
    given = np.array(list(LESIONS.values()))
    assert (train + sum(held_out) == given).all()
    assert (sum(held_out) <= given // 4).all()
    assert min(map(sum, held_out)) >= 40
    assert data.notes[0].startswith("7 classes, images to train on: akiec 12,")
    assert data.doubts[0].startswith("Classes run out along the curve: df (5 images) at m = 35")
    assert all(doubt.startswith("No image of") for doubt in data.doubts[1:])


def test_balanced_classes_raise_no_doubt(tmp_path: Path, cache: Cache) -> None:
    data = load(write_classes(tmp_path, {"cat": 40, "dog": 40}), cache)
    assert data.doubts == []
    assert data.examples[0] == "cat/0.png: cat, 12 x 12, mode RGB"
    assert len(data.examples) == 3


def test_a_folder_without_any_image_says_what_is_there(tmp_path: Path, cache: Cache) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.heic").touch()
    with pytest.raises(ValueError, match=r"a, b hold no image that is read \(.heic \(2\)\)"):
        load(tmp_path, cache)
