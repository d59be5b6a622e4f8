"""Training speed against a calibration kernel, so that the load of the machine cancels.

A session is a fresh process that alternates slices of the harness' own training loop with passes of a fixed kernel,
a tenth of a second each. Whatever slows the machine slows both. Of either, the quickest quarter counts: other processes
only ever slow a slice down, and a slice is short enough for some to be left alone.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steepness.executors.local import THREADS, follow_parent

if TYPE_CHECKING:
    import torch

    from steepness.training.trial import Timing, Trial

SLICE_SECONDS = 0.1
"""Training in a slice, about; the number of steps that takes is settled when a baseline is made, and kept."""
LEAST_ROUNDS = 8
PASSES = 20
"""Of the kernel, between two slices."""
QUICK = 0.25
"""Share of the slices that the rate is read off."""
FEW = 8
"""Steps that warm up."""


@dataclass(frozen=True)
class Job:
    """What a session needs to know; picklable.

    Attributes:
        domain: what `get_domain` takes.
        trial: the model, size, shard and settings to train with.
        device: e.g. "cpu".
        cache: root of the data cache; sessions never download.
        steps: of a slice; 0 to settle it.
        seconds: that the session takes, once started.
    """

    domain: str
    trial: Trial
    device: str
    cache: Path
    steps: int = 0
    seconds: float = 4.0


@dataclass(frozen=True)
class Session:
    """What one session measured.

    Attributes:
        rate: units of data trained in the time of one kernel pass.
        memory: peak of the process (or of the CUDA device), bytes, as `peak_memory` counts it.
        steps: of a slice.
    """

    rate: float
    memory: int
    steps: int


def run_session(job: Job) -> Session:
    """Measure in a process of its own: a process's memory layout is part of the noise.

    Raises:
        ValueError, RuntimeError: as loading the domain, or training it.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))  # read by the child's libraries when they load
    with ProcessPoolExecutor(1, mp.get_context("spawn"), initializer=follow_parent) as pool:
        return pool.submit(measure, job).result()


def measure(job: Job) -> Session:
    """Alternate kernel and training until the session's seconds are over."""
    import numpy as np
    import torch

    from steepness.data.artefacts import Cache
    from steepness.domain import get_domain
    from steepness.training.device import peak_memory, set_up_process

    device = torch.device(job.device)
    set_up_process(device)
    whole = get_domain(job.domain, job.trial.options)
    domain: Any = TrainingOnly(whole)
    data = whole.load(job.trial.dataset, Cache(job.cache, offline=True))
    data.to(device)
    kernel = calibration_kernel(device)
    seconds_of(kernel)  # the first pass and the first steps pay for allocation and lazy initialisation
    _, warm = (_slice(job, FEW, domain, data, device) for _ in range(2))
    steps = job.steps or max(FEW, round(FEW * SLICE_SECONDS / warm.train_seconds))
    passes, units = list[float](), list[float]()
    start = time.perf_counter()
    while len(units) < LEAST_ROUNDS or time.perf_counter() - start < job.seconds:
        passes.append(seconds_of(kernel))
        units.append(1 / _slice(job, steps, domain, data, device).units_per_second)
    _slice(job, FEW, whole, data, device)  # evaluations count in the memory, if not in the time
    rate = float(np.quantile(passes, QUICK) / np.quantile(units, QUICK))
    return Session(rate, peak_memory(device), steps)


class TrainingOnly:
    """A domain whose evaluations cost nothing, as they are not what is timed."""

    def __init__(self, domain: Any) -> None:
        self._domain = domain

    def __getattr__(self, name: str) -> Any:
        return getattr(self._domain, name)

    def evaluate(self, model: Any, data: Any, split: str) -> dict[str, float]:
        """Any error."""
        return {metric.name: 1.0 for metric in self._domain.metrics}

    def exhibit(self, model: Any, data: Any) -> dict[str, Any]:
        """Nothing."""
        return {}


def calibration_kernel(device: torch.device) -> Callable[[], None]:
    """One pass: forward and backward of a small LSTM and a product of its states with a vocabulary's matrix.

    Never change it: stored rates are ratios to its speed.
    """
    import torch

    lstm = torch.nn.LSTM(32, 32, 2).to(device)
    vocabulary = torch.nn.Linear(32, 256).to(device)
    x_TBC = torch.randn(16, 32, 32, device=device)

    def one_pass() -> None:
        lstm.zero_grad()
        vocabulary(lstm(x_TBC)[0]).square().mean().backward()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return one_pass


def seconds_of(kernel: Callable[[], None]) -> float:
    """Seconds of one pass, the mean of `PASSES`: a median would not see the machine's load, as training does."""
    start = time.perf_counter()
    for _ in range(PASSES):
        kernel()
    return (time.perf_counter() - start) / PASSES


def _slice(job: Job, steps: int, domain: Any, data: Any, device: torch.device) -> Timing:
    """That many steps of the training loop, timed by itself as in every record."""
    import msgspec

    from steepness.training.loop import train

    training = msgspec.structs.replace(
        job.trial.training, schedule="constant", max_epochs=1e-9, min_steps=steps, evaluate_first=steps
    )
    record = train(msgspec.structs.replace(job.trial, training=training), domain, data, device)
    assert record.timing
    return record.timing
