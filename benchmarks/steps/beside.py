"""The step of one trial beside plain PyTorch, Hugging Face's Trainer and Lightning's, in every domain.

    python -m benchmarks.steps.beside [word_lm image ...] [--steps 60] [--rounds 5] [--out FOLDER]

Same model, batches, loss, optimizer, one thread. The ways take turns, each in a process of its own that lives for all
rounds; ratios are of runs in one round. CPU seconds are what the verdict goes by, as they bear a busy machine. Writes
`beside.md` and, with all numbers and the machine's facts, `beside.json` to the folder, if one is given.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.ratios import facts, ratio
from benchmarks.steps.task import Taken, Task, Work, make_task
from benchmarks.steps.ways import WAYS, lacking
from steepness.domain import domain_names

OTHERS = [way for way in WAYS if way != "harness"]
SAME = 1e-4
"""Relative difference of mean losses up to which two ways did the same."""


def take(way: str, work: Work) -> Taken:
    """Take the steps, in this process."""
    torch.set_num_threads(1)
    return WAYS[way](_task(work))


@cache
def _task(work: Work) -> Task:
    return make_task(work)


def compare(work: Work, rounds: int, ways: Sequence[str] = tuple(WAYS)) -> dict[str, list[Taken]]:
    """What each way took, round after round; ways whose library is missing are left out.

    Raises:
        ValueError: the losses differ.
    """
    os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    spawn = multiprocessing.get_context("spawn")
    pools = {way: ProcessPoolExecutor(1, spawn) for way in ways if not lacking(way)}
    found: dict[str, list[Taken]] = {way: [] for way in pools}
    try:
        for _ in range(rounds):
            for way, pool in pools.items():
                found[way].append(pool.submit(take, way, work).result())
    finally:
        for pool in pools.values():
            pool.shutdown()
    _check_losses(found)
    return found


def _check_losses(found: dict[str, list[Taken]]) -> None:
    losses = {way: taken[0].loss for way, taken in found.items()}
    first = next(iter(losses.values()))
    if any(abs(loss / first - 1) > SAME for loss in losses.values()):
        raise ValueError(f"the ways did not do the same; mean losses: {losses}")


def row(domain: str, found: dict[str, list[Taken]]) -> str:
    """Of the table: milliseconds per step of ours, and what the others take beside it."""
    ours = [taken.cpu for taken in found["harness"]]
    cells = [domain, f"{1000 * median(ours):.2f}", f"{found['harness'][0].loss:.4f}"]
    for way in OTHERS:
        told = ratio([taken.cpu for taken in found[way]], ours) if way in found else "not installed"
        cells += [str(told)]
    return f"| {' | '.join(cells)} |"


def table(runs: dict[str, dict[str, list[Taken]]]) -> str:
    """Markdown."""
    head = ["domain", "ms of ours", "mean loss of all", *(f"{way} / ours" for way in OTHERS)]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    lines += [row(domain, found) for domain, found in runs.items()]
    return "\n".join([*lines, *(f"\n{way}: {why}" for way in OTHERS if (why := lacking(way)))])


def page(runs: dict[str, dict[str, list[Taken]]], about: dict[str, Any], words: argparse.Namespace) -> str:
    """The table with what it takes to read it."""
    command = f"python -m benchmarks.steps.beside {' '.join(words.domains)} --steps {words.steps}"
    load = ", ".join(f"{x:.1f}" for x in about["load_average"])
    return f"""# A step of one trial beside other loops

    {command} --rounds {words.rounds}

CPU time per step, one thread, `cpu` presets at the middle size. A ratio above 1: the other takes longer. Medians of
{words.rounds} interleaved rounds; in brackets the lowest and the highest. {about["processor"]}, {about["cores"]} cores,
load average {load} (other work ran beside it), torch {about["compared"]["torch"]}.

{table(runs)}
"""


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("domains", nargs="*", default=domain_names())
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    runs = {domain: compare(Work(domain=domain, steps=words.steps), words.rounds) for domain in words.domains}
    about = facts()
    print(table(runs))
    if words.out:
        words.out.mkdir(parents=True, exist_ok=True)
        kept = {
            d: {way: [asdict(t) for t in taken] for way, taken in found.items()} for d, found in runs.items()
        }
        (words.out / "beside.json").write_text(json.dumps({"machine": about, "runs": kept}, indent=1) + "\n")
        (words.out / "beside.md").write_text(page(runs, about, words))


if __name__ == "__main__":
    main()
