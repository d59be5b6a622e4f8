"""Training speed against a calibration kernel, so that the load of the machine cancels.

A session is a fresh process that alternates slices of the steps that every trial takes with passes of a fixed kernel,
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

import msgspec
import numpy as np
import torch

from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from steepness.executors.local import THREADS
from steepness.executors.serving import follow_parent
from steepness.training.device import peak_memory, set_up_process, synchronize
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Trial

SLICE_SECONDS = 0.1
"""Training in a slice, about; the number of steps that takes is settled when a baseline is made, and kept."""
LEAST_ROUNDS = 8
PASSES = 20
"""Of the kernel, between two slices."""
QUICK = 0.25
"""Share of the slices that the rate is read off."""
FEW = 8
"""Steps that warm up."""


@dataclass(kw_only=True, frozen=True)
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
    slices = _Slices(job)
    kernel = calibration_kernel(slices.device)
    seconds_of(kernel)  # the first pass and the first steps pay for allocation and lazy initialisation
    _, (warm, _) = (slices.seconds(FEW) for _ in range(2))
    steps = job.steps or max(FEW, round(FEW * SLICE_SECONDS / warm))
    passes, units = list[float](), list[float]()
    start = time.perf_counter()
    while len(units) < LEAST_ROUNDS or time.perf_counter() - start < job.seconds:
        passes.append(seconds_of(kernel))
        units.append(slices.seconds(steps)[1])
    slices.whole()
    rate = float(np.quantile(passes, QUICK) / np.quantile(units, QUICK))
    return Session(rate, peak_memory(slices.device), steps)


def calibration_kernel(device: torch.device) -> Callable[[], None]:
    """One pass: forward and backward of a small LSTM and a product of its states with a vocabulary's matrix.

    Never change it: stored rates are ratios to its speed.
    """
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


class _Slices:
    """The first steps of one trial, again and again, from the same start."""

    def __init__(self, job: Job) -> None:
        self.trial, self.device = job.trial, torch.device(job.device)
        set_up_process(self.device)
        self.domain = get_domain(job.domain, job.trial.options)
        self.data = self.domain.load(job.trial.dataset, Cache(job.cache, offline=True, checked=True))
        self.data.to(self.device)

    def seconds(self, steps: int) -> tuple[float, float]:
        """Seconds of the steps, and seconds per unit of data."""
        learner = self._learner(steps)
        synchronize(self.device)
        start = time.perf_counter()
        for _ in range(steps):
            learner.learn(learner.next_batch())
        synchronize(self.device)
        taken = time.perf_counter() - start
        return taken, taken / learner.units

    def whole(self) -> None:
        """A few steps of a trial with all that comes after them: evaluations count in the memory."""
        train(self._learner(FEW))

    def _learner(self, steps: int) -> Learner:
        training = msgspec.structs.replace(
            self.trial.training, schedule="constant", max_epochs=1e-9, min_steps=steps, evaluate_first=steps
        )
        trial = msgspec.structs.replace(self.trial, training=training)
        return Learner(trial, self.domain, self.data, self.device)
