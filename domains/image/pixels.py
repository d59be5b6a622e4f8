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
_SIXTEEN_BIT = 65_535


class Files(Dataset[npt.NDArray[np.uint8] | str]):
    """Decoded images, or why there is none: the shorter side resized, the middle square kept.

    Args:
        paths: of the files.
        size: edge of the square, pixels.
    """

    def __init__(self, paths: list[str], size: int) -> None:
        self.paths, self.size = paths, size

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8] | str:
        try:
            with Image.open(self.paths[index]) as image, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of single odd files among thousands
                resized = tf.resize(as_rgb(image), [self.size])
        except _FAILED as error:
            return f"{type(error).__name__}: {error}"
        return np.asarray(tf.center_crop(resized, [self.size, self.size]))


def as_rgb(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says, 16-bit grey scaled to 8, what is transparent on white; the first frame of several.

    Raises:
        ValueError: pixels of a range that is not known, as of floats.
    """
    turned = ImageOps.exif_transpose(image)
    if turned.mode.startswith("I;16") or turned.mode == "I":
        grey = np.asarray(turned, dtype=np.int64)
        if grey.min() < 0 or grey.max() > _SIXTEEN_BIT:
            raise ValueError(f"mode {turned.mode} with values beyond 16 bits; convert it to 8 or 16 bits")
        return Image.fromarray((grey // 257).astype(np.uint8)).convert("RGB")
    if turned.mode == "F":
        raise ValueError("mode F (floating point) has no known range; convert it to 8 or 16 bits")
    if turned.has_transparency_data:
        layers = turned.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return turned.convert("RGB")
