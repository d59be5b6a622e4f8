"""Two arms whose difference is known: records of a power law with noise, nothing trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from steepness.compare.contrast import Contrast, contrast
from steepness.study import Study
from steepness.training.trial import Record
from tests.synthetic import synthetic

MIDDLE = 64_000
"""Shard around which a curve is tilted: the middle one of seven."""


def arm(
    folder: Path, *, shift: float = 0.0, tilt: float = 0.0, noise: float = 0.01, draw: int = 0, **how: Any
) -> Study:
    """A study whose errors are (1 + shift) * (m / MIDDLE)**tilt times those of the synthetic one.

    Args:
        noise: standard deviation of a run's log error.
        draw: names the noise.
        how: as of `synthetic`.
    """

    def change(record: Record) -> Record:
        random = np.random.default_rng([draw, record.trial.m, record.trial.seed])
        factor = (
            (1 + shift) * (record.trial.m / MIDDLE) ** tilt * float(np.exp(noise * random.standard_normal()))
        )
        return msgspec.structs.replace(
            record, validation={name: value * factor for name, value in record.validation.items()}
        )

    return synthetic(folder, change=change, **how)


def compared(folder: Path, *, shared: dict[str, Any] | None = None, **candidate: Any) -> Contrast:
    """A baseline against a candidate that differs as told; `shared` holds for both arms."""
    both = shared or {}
    a = arm(folder / "a", **both)
    b = arm(folder / "b", **{"draw": 1, **both, **candidate})
    return contrast(a, b, ("old", "new"))
