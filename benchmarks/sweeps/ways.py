"""Ways to run a sweep: this harness, a sequential script, and Ray Tune, as it comes and at its best."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch

from benchmarks.ratios import installed
from benchmarks.sweeps.trials import run_all
from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from steepness.executors.local import THREADS
from steepness.executors.worker import Job, Worker
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Record, Trial

Losses = dict[str, float]
CPU = torch.device("cpu")
TUNES = ("ray", "pandas", "pyarrow", "requests")
"""What Ray Tune imports."""
_kept: list[Worker] = []
"""With the data loaded, for as long as the process lives."""


@dataclass(frozen=True)
class Sweep:
    """Trials of one domain, which is its name or import path; picklable."""

    domain: str
    trials: tuple[Trial, ...]

    def job(self, folder: Path) -> Job:
        """What a worker of ours needs to know."""
        trial, cache = self.trials[0], Cache.default().root
        return Job(
            domain=self.domain, options=trial.options, dataset=trial.dataset, cache=cache, study=folder
        )


def ours(sweep: Sweep, workers: int) -> Losses:
    """One worker for each core, one thread each, records on disk."""
    with tempfile.TemporaryDirectory() as folder:
        records = run_all(sweep.job(Path(folder)), ("cpu",) * workers, sweep.trials)
    return losses(records.values())


def losses(records: Iterable[Record]) -> Losses:
    """The last training loss of each."""
    return {record.id: record.trace[-1].train_loss for record in records}


def script(sweep: Sweep, workers: int) -> Losses:
    """One trial after the other in a process of its own, threads as torch chooses."""
    set_apart = {name: os.environ.pop(name) for name in THREADS if name in os.environ}
    try:
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            return process.submit(one_after_the_other, sweep).result()
    finally:
        os.environ.update(set_apart)


def one_after_the_other(sweep: Sweep) -> Losses:
    """In this process: the data is loaded once."""
    first = sweep.trials[0]
    domain = get_domain(sweep.domain, first.options)
    data = domain.load(first.dataset, Cache.default(offline=True))
    return losses([train(Learner(trial, domain, data, CPU)) for trial in sweep.trials])


def ray_tune(sweep: Sweep, workers: int, *, reused: bool = False) -> Losses:
    """A grid of trials, a core each.

    Args:
        reused: a process goes on to the next trial, with the data that it holds; else each trial has its own, as Tune
            does unless told otherwise.
    """
    from steepness.executors.cluster import OWN_STORE_BYTES, SETTINGS

    # A worker of Ray would make itself nice by 15, and a busy machine then leaves it next to nothing.
    os.environ.update(SETTINGS)
    import ray

    ray.init(
        num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR",
        object_store_memory=OWN_STORE_BYTES,
    )  # fmt: skip
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _tuned(sweep, Path(folder), reused)
    finally:
        ray.shutdown()


def _tuned(sweep: Sweep, folder: Path, reused: bool) -> Losses:
    from ray import tune

    def trainable(config: Mapping[str, Any]) -> None:
        found = one_trial(sweep, config["number"])
        tune.report({"loss": found.trace[-1].train_loss, "trial": found.id})

    run = tune.RunConfig(verbose=0, storage_path=str(folder))
    space = {"number": tune.grid_search(list(range(len(sweep.trials))))}
    how = tune.TuneConfig(reuse_actors=reused)
    results = tune.Tuner(trainable, param_space=space, tune_config=how, run_config=run).fit()
    for failed in results.errors:
        raise failed
    return {result.metrics["trial"]: result.metrics["loss"] for result in results}


def one_trial(sweep: Sweep, number: int) -> Record:
    """In a process of Ray's, whose worker is kept for the next."""
    with tempfile.TemporaryDirectory() as folder:
        if not _kept:
            _kept.append(Worker(sweep.job(Path(folder)), "cpu"))
        _kept[0].job = sweep.job(Path(folder))
        return _kept[0].run(sweep.trials[number], lambda _: None)


WAYS: dict[str, Callable[[Sweep, int], Losses]] = {
    "ours": ours,
    "script": script,
    "ray-tune": ray_tune,
    "ray-tune, processes reused": partial(ray_tune, reused=True),
}


def lacking(way: str) -> str:
    """Why a way cannot be taken here; empty if it can."""
    missing = [name for name in TUNES if way.startswith("ray") and not installed(name)]
    return f"{' and '.join(missing)} not installed: pip install 'steepness[bench]'" if missing else ""


def taken() -> Sequence[str]:
    """Those that can be."""
    return [way for way in WAYS if not lacking(way)]
