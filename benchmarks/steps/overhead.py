"""What a trial costs beside forward, backward and step; whether its cost is linear in tokens; what a decision costs.

    python -m benchmarks.steps.overhead [--size 96] [--steps 1000] [--most 4000000] [--records 6400] [--out FOLDER]

CPU seconds throughout, one thread, of word_lm's cpu preset. Evaluations are forward passes, as in any trial. The
model of the second table is as narrow as can be, so that what does not grow with the tokens would show.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import torch
from msgspec import structs

from benchmarks.ratios import facts
from benchmarks.steps.task import CPU, Task, Work, make_task
from steepness.study.ledger import Costs, Ledger
from steepness.study.plan import outcome
from steepness.study.prepare import Request, prepare
from steepness.study.search import Search
from steepness.training.device import set_up_process
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.trial import Record

STEPS, START, SMALL = 300, 4000, 16


class Shares:
    """CPU seconds spent inside what is watched; nothing of it nests."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def watch(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its seconds added under that name."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            if name == "forward" and not torch.is_grad_enabled():  # while FLOPs are counted: that is overhead
                return function(*args, **kwargs)
            start = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start

        return timed


@contextmanager
def watched(learner: Learner, shares: Shares) -> Iterator[None]:
    """Forward passes, backward passes, clipping and updates are timed."""
    domain, optimizer, backward = learner.domain, learner.optimizer, torch.Tensor.backward
    clip = torch.nn.utils.clip_grad_norm_
    domain.loss = shares.watch("forward", domain.loss)  # type: ignore[method-assign]
    domain.evaluate = shares.watch("evaluation", domain.evaluate)  # type: ignore[method-assign]
    domain.exhibit = shares.watch("exhibit", domain.exhibit)  # type: ignore[method-assign]
    optimizer.step = shares.watch("step", optimizer.step)  # type: ignore[method-assign]
    torch.nn.utils.clip_grad_norm_ = shares.watch("step", clip)
    torch.Tensor.backward = shares.watch("backward", backward)  # type: ignore[method-assign]
    try:
        yield
    finally:
        torch.Tensor.backward, torch.nn.utils.clip_grad_norm_ = backward, clip  # type: ignore[method-assign]


def shares_of(task: Task) -> dict[str, float]:
    """Shares of a whole trial's CPU seconds, from its start to its record; what is in none is "overhead"."""
    training = structs.replace(task.trial.training, max_epochs=1, evaluate_first=100, evaluate_growth=1.2)
    start, shares = time.process_time(), Shares()
    learner = Learner(structs.replace(task.trial, training=training), task.domain, task.data, CPU)
    with watched(learner, shares):
        train(learner)
    whole = time.process_time() - start
    found = {name: seconds / whole for name, seconds in shares.seconds.items()}
    return found | {"overhead": 1 - sum(found.values()), "seconds": whole}


def seconds_per_token(m: int) -> float:
    """Of one epoch over a shard of m: cutting it, ordering it, all its steps."""
    task = make_task(
        Work(domain="word_lm", steps=STEPS, size=SMALL, m=m, settings=("options.least_steps=0",))
    )
    start = time.process_time()
    learner = Learner(task.trial, task.domain, task.data, CPU)
    while learner.step < learner.total_steps:
        learner.learn(learner.next_batch())
    return (time.process_time() - start) / learner.units


def decisions(records_asked: int) -> list[tuple[int, float]]:
    """Records at hand, and median CPU seconds of a decision over the last tenth of them."""
    settings = (f"seeds={records_asked // 6}", "search.every_seed=true", "shards.count=2")
    ready = prepare(Request(domain="word_lm", settings=settings, device="cpu", offline=True))
    search, records, taken = Search(ready), dict[str, Record](), list[float]()
    costs = Costs(Ledger(speed=1.0, prices=()), ready)
    due = search.due(records)
    while due and len(records) < records_asked:
        records[due[0].id] = outcome(due[0], costs)
        start = time.process_time()
        due = search.due(records)
        taken.append(time.process_time() - start)
    tenth = max(len(taken) // 10, 1)
    return [(end, median(taken[end - tenth : end])) for end in range(tenth, len(taken) + 1, 3 * tenth)]


def page(words: argparse.Namespace, found: dict[str, Any]) -> str:
    """Markdown."""
    shares, tokens = found["shares"], found["tokens"]
    lines = [f"| {name} | {share:.1%} |" for name, share in shares.items() if name != "seconds"]
    per_token = [f"| {m:,} | {1e6 * seconds:.1f} |" for m, seconds in tokens]
    decided = [f"| {count:,} | {1000 * seconds:.2f} |" for count, seconds in found["decisions"]]
    return "\n".join([
        "# What a trial costs beside its steps\n",
        f"    python -m benchmarks.steps.overhead --size {words.size} --steps {words.steps} --most {words.most} "
        f"--records {words.records}\n",
        f"CPU time, one thread, {found['machine']['processor']}; other work ran beside it.\n",
        f"Shares of a trial of {words.steps} steps (word_lm, size {words.size}, {shares['seconds']:.1f} s):\n",
        "| part | share |", "|---|---|", *lines,
        "\nOne epoch over a shard of m words, size 16:\n",
        "| m | µs per word |", "|---|---|", *per_token,
        "\nA decision of the search, with so many records at hand:\n",
        "| records | ms |", "|---|---|", *decided, "",
    ])  # fmt: skip


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--most", type=int, default=4_000_000)
    parser.add_argument("--records", type=int, default=6400)
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    set_up_process(CPU)
    m = words.steps * 64 * 16  # rows and context of the preset
    found: dict[str, Any] = {
        "shares": shares_of(make_task(Work(domain="word_lm", steps=words.steps, size=words.size, m=m)))
    }
    ladder = [START * 10**i for i in range(7) if START * 10**i <= words.most]
    seconds_per_token(START)  # warms up
    found["tokens"] = [(m, seconds_per_token(m)) for m in ladder]
    found["decisions"] = decisions(words.records)
    found["machine"] = facts()
    print(page(words, found))
    if words.out:
        words.out.mkdir(parents=True, exist_ok=True)
        (words.out / "overhead.json").write_text(json.dumps(found, indent=1) + "\n")
        (words.out / "overhead.md").write_text(page(words, found))


if __name__ == "__main__":
    main()
