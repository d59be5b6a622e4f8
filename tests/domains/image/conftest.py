"""Made-up images, labelled as such: every class is a colour, every image that colour under noise."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from steepness.data.artefacts import Cache
from steepness.domains.image.data import ImageData
from steepness.domains.image.domain import Image, ImageOptions

COLOURS = {
    "black": (30, 30, 30), "blue": (60, 60, 200), "green": (60, 200, 60), "grey": (128, 128, 128),
    "red": (200, 60, 60), "white": (225, 225, 225),
}  # fmt: skip
EDGE = 16


def write_images(folder: Path, per_class: int, seed: int = 0, edges: tuple[int, int] = (EDGE, EDGE)) -> Path:
    """`folder/COLOUR/000.png` ..., of the given width and height, as synthetic images."""
    draw = np.random.default_rng(seed)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(per_class):
            pixels = np.clip(draw.normal(colour, 40, (edges[1], edges[0], 3)), 0, 255).astype(np.uint8)
            Picture.fromarray(pixels).save(folder / name / f"{number:03}.png")
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache", offline=True)


@pytest.fixture(scope="session")
def domain() -> Image:
    return Image(ImageOptions(image_size=EDGE))


@pytest.fixture(scope="session")
def data(domain: Image, tmp_path_factory: pytest.TempPathFactory) -> ImageData:
    """480 images: 389 to train, 43 for validation, 48 for the test."""
    folder = write_images(tmp_path_factory.mktemp("images"), 80)
    return domain.load(f"folder:{folder}", Cache(tmp_path_factory.mktemp("cache"), offline=True))
