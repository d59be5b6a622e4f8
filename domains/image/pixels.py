"""One image file as a square of red, green and blue bytes, whatever it holds."""

from __future__ import annotations

import struct
import warnings

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps
from torch.utils.data import Dataset
from torchvision.transforms import functional as tf

_FAILED = (OSError, SyntaxError, ValueError, EOFError, struct.error, Image.DecompressionBombError)
"""What Pillow raises on broken files, by format."""
FULL_DEPTH = 16
_EIGHT_BIT = 255


class Peaks(Dataset[int]):
    """The largest value of each 16-bit grey file; 0 of all others, and where none can be read.

    Args:
        paths: of the files.
    """

    def __init__(self, paths: list[str]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> int:
        try:
            with Image.open(self.paths[index]) as image, warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return int(np.asarray(image).max()) if is_deep(image) else 0
        except _FAILED:
            return 0


def depth_of(peak: int) -> int:
    """Bits, at least 8 and at most 16, of data whose largest value this is: 12 of 4095, whatever holds them."""
    return min(max(peak.bit_length(), 8), FULL_DEPTH)


def is_deep(image: Image.Image) -> bool:
    """Whether it is grey of more than 8 bits."""
    return image.mode.startswith("I;16") or image.mode == "I"


class Files(Dataset[npt.NDArray[np.uint8] | str]):
    """Decoded images, or why there is none: the shorter side resized, the middle square kept.

    Args:
        paths: of the files.
        size: edge of the square, pixels.
        bits: of 16-bit grey, those that are used.
    """

    def __init__(self, paths: list[str], size: int, bits: int = FULL_DEPTH) -> None:
        self.paths, self.size, self.bits = paths, size, bits

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8] | str:
        try:
            with Image.open(self.paths[index]) as image, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of single odd files among thousands
                resized = tf.resize(as_rgb(image, self.bits), [self.size])
        except _FAILED as error:
            return f"{type(error).__name__}: {error}"
        return np.asarray(tf.center_crop(resized, [self.size, self.size]))


def as_rgb(image: Image.Image, bits: int = FULL_DEPTH) -> Image.Image:
    """Turned as its EXIF says, 16-bit grey scaled to 8, what is transparent on white; the first frame of several.

    Args:
        bits: of 16-bit grey, those that are used: 2 ** bits - 1 is white.
    Raises:
        ValueError: pixels of a range that is not known, as of floats.
    """
    turned = ImageOps.exif_transpose(image)
    if is_deep(turned):
        grey = np.asarray(turned, dtype=np.int64)
        if grey.min() < 0 or grey.max() >= 2**FULL_DEPTH:
            raise ValueError(f"mode {turned.mode} with values beyond 16 bits; convert it to 8 or 16 bits")
        largest = 2**bits - 1
        return Image.fromarray((grey.clip(max=largest) * _EIGHT_BIT // largest).astype(np.uint8)).convert(
            "RGB"
        )
    if turned.mode == "F":
        raise ValueError("mode F (floating point) has no known range; convert it to 8 or 16 bits")
    if turned.has_transparency_data:
        layers = turned.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return turned.convert("RGB")
