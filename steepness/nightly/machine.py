"""Machine classes: baselines of throughput and memory hold on machines of one class only."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable

from steepness.training.trial import Machine


def machine_class(machine: Machine) -> str:
    """The class of this machine: its GPU's name, or its processor's and the number of cores, as a file name.

    Args:
        machine: as in the records of a study that ran here.
    Returns:
        E.g. "nvidia-h200" or "amd-epyc-7763-2-cores".
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    text = f"{machine.processor} {cores} cores" if machine.device == "cpu" else machine.device
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def nearest_class(wanted: str, known: Iterable[str]) -> str | None:
    """The class whose name is most like the one wanted; None if there is none."""
    return max(
        sorted(known), key=lambda name: difflib.SequenceMatcher(None, wanted, name).ratio(), default=None
    )
