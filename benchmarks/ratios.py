"""What the tables of speed share: ratios of interleaved runs with their intervals, and what machine they ran on."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any

import msgspec
import torch

from steepness.training.device import cores, describe_machine

COMPARED = ("torch", "transformers", "accelerate", "lightning", "ray")


@dataclass(frozen=True)
class Ratio:
    """Median of the ratios of runs made in turn, and the interval from the lowest to the highest: without assuming a
    distribution, n of them hold the true median with probability 1 - 2**(1 - n), 94 % for 5."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3f} [{self.low:.3f}, {self.high:.3f}]"


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Of what was measured in the same rounds: above 1, ours took less."""
    ratios = [a / b for a, b in zip(theirs, ours, strict=True)]
    return Ratio(median(ratios), min(ratios), max(ratios))


def facts() -> dict[str, Any]:
    """The machine, how busy it was, and the versions of what was compared."""
    about: dict[str, Any] = msgspec.to_builtins(describe_machine(torch.device("cpu")))
    return about | {
        "cores": cores(),
        "load_average": os.getloadavg(),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "compared": {name: found for name in COMPARED if (found := installed(name))},
    }


def installed(name: str) -> str:
    """A package's version, empty if it is not there."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
