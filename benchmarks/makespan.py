"""How long 10,000 trials take on a simulated cluster, and what the driver's own work is of it: a table.

    python -m benchmarks.makespan [--trials 10000] [--workers 1 8 64 512] [--mean-seconds 300]

The driver is the real one: the search that names trials, the leases beside the records, the events. Trials are not
trained: each ends after the seconds that the cost model expects of it, times a lognormal factor (sigma 0.3), by a clock
that is simulated and that the driver's own computing holds up. The studies are of the made-up domain of the tests, many
searches side by side, with made-up prices. No schedule can beat the work divided by the workers, nor the longest chain:
what the search makes wait for itself, as with a worker for every trial. The larger of them is the bound.

Where Ray is installed, what asking a worker for news costs the driver is measured too, on this machine, with as many
calls under way as there are workers, and added as often as that many workers are asked.
"""

from __future__ import annotations

import argparse
import heapq
import logging
import math
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from steepness.data.randomness import key
from steepness.executors.base import Event, Executor, Finished, Question, Started
from steepness.executors.worker import Job
from steepness.study.drive import Driver
from steepness.study.ledger import Costs, Ledger, Price
from steepness.study.plan import outcome
from steepness.study.prepare import Prepared, Request, prepare
from steepness.study.search import Search
from steepness.training.trial import Record, Trial
from tests.conftest import PRESET, TOY

SIGMA = 0.3
SHARDS, TRIED = 8, 5
EACH = 33
"""Trials of one search: the settings of the smallest shard are not all tried again on the others."""


class Simulated(Executor):
    """Workers that only let a simulated clock run, which the driver's computing between two events runs on, too."""

    def __init__(self, workers: int, costs: Costs) -> None:
        self.slots, self.costs = workers, costs
        self.now, self.worked, self.longest = 0.0, 0.0, 0.0
        self._waiting: deque[Trial] = deque()
        self._running: list[tuple[float, str, Trial]] = []
        self._computed = time.process_time()

    def submit(self, trial: Trial) -> None:
        """Begin a trial, now by the simulated clock."""
        self._waiting.append(trial)

    def ask(self, question: Question, trials: Sequence[Trial]) -> list[Any]:
        """Never asked: the prices are made up."""
        raise NotImplementedError

    def cancel(self, trial_id: str) -> None:
        """Never asked for."""

    def events(self) -> Sequence[Event]:
        """What begins now, and the next end."""
        self.now += time.process_time() - self._computed
        started: list[Event] = []
        while self._waiting and len(self._running) < self.slots:
            trial = self._waiting.popleft()
            seconds = self._seconds(trial)
            self.worked += seconds
            heapq.heappush(self._running, (self.now + seconds, trial.id, trial))
            started.append(Started(trial))
        end, _, trial = heapq.heappop(self._running)
        self.now = max(self.now, end)
        record = outcome(trial, self.costs)
        self._computed = time.process_time()
        return [*started, Finished(record)]

    def close(self) -> None:
        """Nothing runs."""

    def _seconds(self, trial: Trial) -> float:
        expected = self.costs.ledger.seconds(self.costs.expected(trial))
        draw = np.random.default_rng(key(trial.seed, trial.id))
        return expected * math.exp(draw.normal(0, SIGMA) - SIGMA**2 / 2)


@dataclass(frozen=True)
class Ran:
    """What came of one number of workers."""

    trials: int
    makespan: float
    worked: float
    driver: float


def study(place: Path, trials: int, mean_seconds: float) -> tuple[Prepared, Ledger]:
    """About so many trials, of so many seconds on average: searches of a seed each, over eight shards."""
    preset = place / "mini.toml"
    preset.write_text(PRESET)
    settings = (
        f"shards.count={SHARDS}", f"search.trials={TRIED}", "search.every_seed=true",
        f"seeds={math.ceil(trials / EACH)}", "search.grid={learning_rate=[0.003, 0.01, 0.03]}",
    )  # fmt: skip
    ready = prepare(Request(domain=TOY, preset=str(preset), settings=settings, device="cpu"))
    ledger = prices(1.0)
    costs = Costs(ledger, ready)
    named = Search(ready, ledger).due({})
    first = np.mean([costs.expected(t) for t in named])
    last = np.mean([costs.expected(at(t, 32 * 2 ** (SHARDS - 1))) for t in named])
    return ready, prices(float(first + last) / 2 / mean_seconds)


def at(trial: Trial, m: int) -> Trial:
    """The same on another shard."""
    return Trial(**{name: getattr(trial, name) for name in trial.__struct_fields__} | {"m": m})


def prices(speed: float) -> Ledger:
    """Steps that cost as much as their model is wide, and evaluations as much as ten of them."""
    made = [
        Price(model="mlp", size=size, m=m, units=16.0, step=float(size), evaluation=10.0 * size, final=40.0 * size)
        for size in (2, 16) for m in (32, 4096)
    ]  # fmt: skip
    return Ledger(speed=speed, prices=tuple(made))


def ran(ready: Prepared, ledger: Ledger, workers: int, place: Path) -> Ran:
    """The study on so many simulated workers."""
    search = Search(ready, ledger)
    records: dict[str, Record] = {}
    executor = Simulated(workers, Costs(ledger, ready))
    start = time.process_time()
    Driver(place / str(workers), search.due, records, lambda event: None).run(executor)
    return Ran(len(records), executor.now, executor.worked, time.process_time() - start)


def asking(place: Path, counts: Sequence[int]) -> list[float]:
    """Share of a core that the driver takes to ask so many workers for news; 0 without Ray."""
    if not find_spec("ray"):
        return [0.0] * len(counts)
    import ray

    from steepness.executors.cluster import connect
    from steepness.executors.outpost import Orders, Outpost
    from steepness.executors.ray import CALLS_PER_SECOND, POLL_SECONDS

    cluster = connect(workers=1)
    job = Job(domain=TOY, options={}, dataset="synthetic", cache=place, study=place)
    orders = Orders(job=job, device="cpu", seconds_per_trial=math.inf, landmark=None)
    post = ray.remote(Outpost).options(**cluster.takes()).remote(orders)
    ray.get(post.news.remote(0.0))
    shares = [per_call(post, count) * min(count / POLL_SECONDS, CALLS_PER_SECOND) for count in counts]
    ray.shutdown()
    return shares


def per_call(post: Any, count: int) -> float:
    """Seconds of computing for each of so many calls that are waited for together; one actor stands for all workers."""
    import ray

    start = time.process_time()
    calls = [post.news.remote(0.0) for _ in range(count)]
    while calls:
        ray.wait(calls, num_returns=1)
        ready, calls = ray.wait(calls, num_returns=len(calls), timeout=0)
        ray.get(ready)
    return (time.process_time() - start) / count


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 8, 64, 512])
    parser.add_argument("--mean-seconds", type=float, default=300.0)
    words = parser.parse_args()
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        ready, ledger = study(place, words.trials, words.mean_seconds)
        asked = asking(place, words.workers)
        alone = ran(ready, ledger, words.trials, place)
        print(
            "| workers | trials | makespan, h | work / workers, h | longest chain, h | above the larger "
            "| driver, of a core | with Ray's calls |"
        )
        print("|---|---|---|---|---|---|---|---|", flush=True)
        for workers, calls in zip(words.workers, asked, strict=True):
            found = ran(ready, ledger, workers, place)
            shared = found.worked / workers
            bound = max(shared, alone.makespan)
            share = found.driver / found.makespan
            print(
                f"| {workers} | {found.trials:,} | {found.makespan / 3600:.2f} | {shared / 3600:.2f} "
                f"| {alone.makespan / 3600:.2f} | {found.makespan / bound - 1:.1%} | {share:.2%} "
                f"| {f'{share + calls:.2%}' if calls else 'no Ray here'} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
