"""A sweep of word_lm trials by this harness, by a sequential script with default threads, and under Ray Tune.

    python -m benchmarks.sweeps.beside [--trials 24] [--steps 600] [--rounds 5] [--workers N] [--out FOLDER]

The same trials, each trained for as many steps and evaluated once; the losses must agree. Wall-clock seconds from the
start of the processes to the last record, in turn, ratios of runs in one round: of use on an idle machine only.
"""

from __future__ import annotations

import argparse
import itertools
import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any

import torch
from msgspec import structs

from benchmarks.ratios import facts, installed, ratio
from benchmarks.steps.task import CPU, Task, Work, make_task
from benchmarks.sweeps.trials import run_all
from steepness.data.artefacts import Cache
from steepness.executors.local import THREADS
from steepness.executors.worker import Job, Worker
from steepness.study.presets import load_preset
from steepness.training.device import cores
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Trial

Losses = dict[str, float]
SAME = 1e-3
"""Relative difference of errors up to which two trials are one: threads add in another order."""


def make_trials(count: int, steps: int) -> list[Trial]:
    """Sizes by rates by seeds, of the cpu preset on one shard."""
    preset = load_preset("word_lm", "cpu")
    task = make_task(Work(domain="word_lm", steps=steps, m=64_000))
    sizes, rates = preset.sizes["lstm-2"], preset.search.grid["learning_rate"]
    whole = structs.replace(
        task.trial.training, max_epochs=steps / (64_000 / 1024), min_steps=steps, evaluate_growth=1.0
    )
    return [
        structs.replace(
            task.trial, seed=seed, size=size, training=structs.replace(whole, learning_rate=rate, stop_step=steps)
        )
        for seed, size, rate in itertools.islice(settings(sizes, rates), count)
    ]  # fmt: skip


def settings(sizes: Sequence[int], rates: Sequence[float]) -> Iterator[tuple[int, int, float]]:
    """Every size with every rate, seed after seed, without end."""
    for seed in itertools.count():
        yield from ((seed, size, rate) for size, rate in itertools.product(sizes, rates))


def ours(trials: Sequence[Trial], workers: int) -> Losses:
    """One worker for each core, one thread each, records on disk."""
    with tempfile.TemporaryDirectory() as folder:
        records = run_all(_job(trials[0], Path(folder)), ("cpu",) * workers, trials)
    return {name: record.trace[-1].train_loss for name, record in records.items()}


def _job(trial: Trial, folder: Path) -> Job:
    return Job(
        domain=trial.domain, options=trial.options, dataset=trial.dataset, cache=Cache.default().root, study=folder
    )  # fmt: skip


def script(trials: Sequence[Trial], workers: int) -> Losses:
    """One trial after the other in one process, threads as torch chooses."""
    for name in THREADS:
        os.environ.pop(name, None)
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_one_after_the_other, trials).result()


def _one_after_the_other(trials: Sequence[Trial]) -> Losses:
    task: Task = make_task(Work(domain=trials[0].domain, steps=1, m=trials[0].m))
    records = [train(Learner(trial, task.domain, task.data, CPU)) for trial in trials]
    return {r.id: r.trace[-1].train_loss for r in records}


def ray_tune(trials: Sequence[Trial], workers: int) -> Losses:
    """A grid of trials, a core each."""
    import ray
    from ray import tune

    def trainable(config: dict[str, Any]) -> None:
        torch.set_num_threads(1)
        with tempfile.TemporaryDirectory() as folder:
            record = Worker(_job(trials[0], Path(folder)), "cpu").run(
                trials[config["number"]], lambda _: None
            )
        tune.report({"loss": record.trace[-1].train_loss, "trial": record.id})

    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        space = {"number": tune.grid_search(list(range(len(trials))))}
        found = tune.Tuner(trainable, param_space=space, run_config=tune.RunConfig(verbose=0)).fit()
        return {result.metrics["trial"]: result.metrics["loss"] for result in found}
    finally:
        ray.shutdown()


WAYS: dict[str, Callable[[Sequence[Trial], int], Losses]] = {
    "ours": ours,
    "script": script,
    "ray-tune": ray_tune,
}


def available() -> list[str]:
    """Ways whose libraries are there."""
    return [way for way in WAYS if way != "ray-tune" or installed("ray")]


def compare(trials: Sequence[Trial], rounds: int, workers: int) -> dict[str, list[float]]:
    """Seconds of each way, round after round.

    Raises:
        ValueError: the losses differ.
    """
    seconds: dict[str, list[float]] = {way: [] for way in available()}
    wanted: Losses = {}
    for way in list(seconds) * rounds:
        start = time.perf_counter()
        losses = WAYS[way](trials, workers)
        seconds[way].append(time.perf_counter() - start)
        wanted = wanted or losses
        if any(abs(losses[name] / loss - 1) > SAME for name, loss in wanted.items()):
            raise ValueError(f"{way} did not train the same: {losses} where {wanted} was expected")
    return seconds


def table(seconds: dict[str, list[float]]) -> str:
    """Markdown."""
    lines = ["| way | seconds | of ours |", "|---|---|---|"]
    for way in WAYS:
        if way in seconds:
            lines.append(f"| {way} | {median(seconds[way]):.1f} | {ratio(seconds[way], seconds['ours'])} |")
        else:
            lines.append(f"| {way} | not installed | |")
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=24)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    seconds = compare(make_trials(words.trials, words.steps), words.rounds, words.workers)
    print(table(seconds))
    if words.out:
        about, asked = facts(), {name: value for name, value in vars(words).items() if name != "out"}
        kept = {"asked": asked, "machine": about, "seconds": seconds}
        (words.out / "beside.json").write_text(json.dumps(kept, indent=1) + "\n")
        command = f"python -m benchmarks.sweeps.beside --trials {words.trials} --steps {words.steps}"
        head = f"# A sweep beside a script and Ray Tune\n\n    {command} --rounds {words.rounds}\n\n"
        load = (
            f"{about['processor']}, {about['cores']} cores, load average {about['load_average'][0]:.1f}.\n\n"
        )
        (words.out / "beside.md").write_text(f"{head}{load}{table(seconds)}\n")


if __name__ == "__main__":
    main()
