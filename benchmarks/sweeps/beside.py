"""A sweep of word_lm trials by this harness, by a sequential script with default threads, and under Ray Tune.

    python -m benchmarks.sweeps.beside [--trials 24] [--steps 600] [--rounds 5] [--workers N] [--out FOLDER]

The same trials, each trained for as many steps and evaluated once; the losses must agree. Wall-clock seconds from the
start of the processes to the last record, in turn, ratios of runs in one round: of use on an idle machine only. Ray
Tune twice: as it comes, a process for each trial, and with its processes reused. Five rounds take over an hour of 2
cores; each run is told as it ends.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from msgspec import structs

from benchmarks.ratios import facts, ratio
from benchmarks.steps.task import Work, make_task
from benchmarks.sweeps.ways import WAYS, Losses, Sweep, lacking, taken
from steepness.study.presets import load_preset
from steepness.training.device import cores

SAME = 1e-3
"""Relative difference of errors up to which two trials are one: threads add in another order."""


def make_sweep(count: int, steps: int) -> Sweep:
    """Sizes by rates by seeds, of the cpu preset on one shard."""
    preset = load_preset("word_lm", "cpu")
    task = make_task(Work(domain="word_lm", steps=steps, m=64_000))
    sizes, rates = preset.sizes["lstm-2"], preset.search.grid["learning_rate"]
    whole = structs.replace(
        task.trial.training, max_epochs=steps / (64_000 / 1024), min_steps=steps, evaluate_growth=1.0
    )
    trials = [
        structs.replace(
            task.trial, seed=seed, size=size, training=structs.replace(whole, learning_rate=rate, stop_step=steps)
        )
        for seed, size, rate in itertools.islice(settings(sizes, rates), count)
    ]  # fmt: skip
    return Sweep("word_lm", tuple(trials))


def settings(sizes: Sequence[int], rates: Sequence[float]) -> Iterator[tuple[int, int, float]]:
    """Every size with every rate, seed after seed, without end."""
    for seed in itertools.count():
        yield from ((seed, size, rate) for size, rate in itertools.product(sizes, rates))


def compare(sweep: Sweep, rounds: int, workers: int) -> dict[str, list[float]]:
    """Seconds of each way, round after round.

    Raises:
        ValueError: the losses differ.
    """
    seconds: dict[str, list[float]] = {way: [] for way in taken()}
    wanted: Losses = {}
    for way in list(seconds) * rounds:
        start = time.perf_counter()
        losses = WAYS[way](sweep, workers)
        seconds[way].append(time.perf_counter() - start)
        print(f"{way}: {seconds[way][-1]:.0f} s", file=sys.stderr, flush=True)
        wanted = wanted or losses
        check(way, losses, wanted)
    return seconds


def check(way: str, losses: Losses, wanted: Losses) -> None:
    """Raises ValueError for a way that trained something else."""
    if losses.keys() != wanted.keys() or any(abs(losses[i] / x - 1) > SAME for i, x in wanted.items()):
        raise ValueError(f"{way} did not train the same: {losses} where {wanted} was expected")


def table(seconds: dict[str, list[float]]) -> str:
    """Markdown."""
    lines = ["| way | seconds | of ours |", "|---|---|---|"]
    for way in WAYS:
        if way in seconds:
            lines.append(f"| {way} | {median(seconds[way]):.1f} | {ratio(seconds[way], seconds['ours'])} |")
        else:
            lines.append(f"| {way} | {lacking(way)} | |")
    return "\n".join(lines)


def write(words: argparse.Namespace, seconds: dict[str, list[float]]) -> None:
    """The table, and all numbers with the machine's facts."""
    about, asked = facts(), {name: value for name, value in vars(words).items() if name != "out"}
    words.out.mkdir(parents=True, exist_ok=True)
    kept = {"asked": asked, "machine": about, "seconds": seconds}
    (words.out / "beside.json").write_text(json.dumps(kept, indent=1) + "\n")
    command = f"    python -m benchmarks.sweeps.beside --trials {words.trials} --steps {words.steps}"
    load = f"{about['processor']}, {about['cores']} cores, load average {about['load_average'][0]:.1f}."
    head = f"# A sweep beside a script and Ray Tune\n\n{command} --rounds {words.rounds}\n\n{load}\n\n"
    (words.out / "beside.md").write_text(f"{head}{table(seconds)}\n")


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
    seconds = compare(make_sweep(words.trials, words.steps), words.rounds, words.workers)
    print(table(seconds))
    if words.out:
        write(words, seconds)


if __name__ == "__main__":
    main()
