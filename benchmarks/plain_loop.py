"""The harness against a plain PyTorch script: same model, data, optimizer and batches.

    python -m benchmarks.plain_loop [--steps 200] [--size 64] [--rounds 5] [--dataset enwik8]

prints the loss at the last step of both, and seconds per step of both, run in turn, each in a process of its own
that is set up as the harness sets up its workers, or not at all.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import torch
from torch.nn import functional as F

from steepness.data.artefacts import Cache
from steepness.data.randomness import key
from steepness.domain import Data, Domain, get_domain
from steepness.training.device import set_up_process
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Training, Trial


def plain(
    domain: Domain[Any, Any, Any], data: Data, size: int, m: int, rows: int, steps: int
) -> tuple[float, float]:
    """Mean loss and seconds per step of a loop as anybody writes it; no part of the harness runs inside."""
    torch.manual_seed(key(0, "init"))
    model = domain.build("lstm-2", size, data)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.004, fused=True)
    batches = domain.batches(data, domain.shard(data, m, 0), rows, key(0, "batches", 0), 0)
    assert steps <= len(batches)
    total, state, start = 0.0, None, time.perf_counter()
    for i in range(steps):
        inputs, targets = batches[i]
        logits, state = model(inputs, state)
        state = tuple(part.detach() for part in state)
        loss = F.cross_entropy(logits.flatten(0, 1), targets.flatten().long())
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        total += loss.item()
    return total / steps, (time.perf_counter() - start) / steps


def harness(
    domain: Domain[Any, Any, Any], data: Data, size: int, m: int, rows: int, steps: int
) -> tuple[float, float]:
    """The same by the one training loop, evaluated once at the end."""
    training = Training(
        learning_rate=0.004, batch_size=rows, schedule="constant", evaluate_first=steps, max_epochs=1
    )
    trial = Trial(
        domain=domain.name, options={}, dataset=data.dataset, fingerprint=data.fingerprint, model="lstm-2",
        size=size, m=m, data_seed=0, seed=0, training=training,
    )  # fmt: skip
    record = train(Learner(trial, domain, data, torch.device("cpu")))
    assert record.timing
    assert record.trace[0].step == steps
    return record.trace[0].train_loss, record.timing.train_seconds / record.steps


def run(way: str, dataset: str, options: dict[str, Any], *sizes: int) -> tuple[float, float]:
    """One of the two, from loading the data on: mean loss and seconds per step."""
    cpu = torch.device("cpu")
    torch.set_num_threads(1)
    if way == "harness":
        set_up_process(cpu)
    domain = get_domain("word_lm", options)
    data = domain.load(dataset, Cache.default())
    return WAYS[way](domain, data, *sizes)


def compare(dataset: str, options: dict[str, Any], rounds: int, *sizes: int) -> dict[str, Any]:
    """Both in turn, `rounds` times: the losses, and median seconds per step, median ratio of the pairs."""
    spawn = multiprocessing.get_context("spawn")
    runs: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    with ProcessPoolExecutor(1, spawn, max_tasks_per_child=1) as one_process_each:
        for _ in range(rounds):
            for way, found in runs.items():
                found.append(one_process_each.submit(run, way, dataset, options, *sizes).result())
    summary: dict[str, Any] = {
        way: {"loss": found[0][0], "seconds_per_step": statistics.median(seconds for _, seconds in found)}
        for way, found in runs.items()
    }
    ratios = [ours[1] / theirs[1] for ours, theirs in zip(runs["harness"], runs["plain"], strict=True)]
    return summary | {
        "harness_over_plain": statistics.median(ratios),
        "ratios": [round(r, 3) for r in ratios],
    }


WAYS: dict[str, Callable[..., tuple[float, float]]] = {"plain": plain, "harness": harness}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--rows", type=int, default=16, help="of a batch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dataset", default="enwik8")
    words = parser.parse_args()
    options = {"vocabulary": 2000, "evaluation_units": 2000, "monitor_units": 2000}
    m = words.steps * words.rows * 32
    found = compare(words.dataset, options, words.rounds, words.size, m, words.rows, words.steps)
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
