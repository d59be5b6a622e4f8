"""A made-up landscape of sizes and rates, and a search that is taken to its end on it."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from pathlib import Path

from steepness.study.ledger import Budget, Ledger, Price
from steepness.study.prepare import Request, prepare
from steepness.study.search import Search
from steepness.training.trial import Machine, Record, Trial
from tests.conftest import TOY

MACHINE = Machine(device="cpu", processor="", threads=1, platform="", python="", versions={}, commit="")
METRIC = "squared_error"
Outcome = Callable[[Trial], Record]


def outcome(trial: Trial) -> Record:
    """The best size grows as the square root of m, the best rate is 0.03; a probe sees the same order, less far on."""
    ideal = 1.1 * (trial.m / 2) ** 0.5
    off = abs(math.log(trial.size / ideal)) + abs(trial.training.learning_rate - 0.03)
    steps = trial.training.stop_step or 100
    error = 1.0 + off + 0.001 * trial.seed + (0.5 if trial.training.stop_step else 0.0)
    return Record(
        id=trial.id, trial=trial, status="done", validation={METRIC: error}, machine=MACHINE,
        steps=steps, best_step=50, epochs=steps * trial.training.batch_size / trial.m,
    )  # fmt: skip


PRICES = tuple(
    Price(model="mlp", size=size, m=m, units=16.0, step=float(size), evaluation=1.0, final=2.0)
    for size in (2, 16) for m in (32, 256)
)  # fmt: skip


def ledger(*flops: float, precision: float | None = None) -> Ledger:
    budgets = tuple(Budget(minutes=f / 60, flops=f, precision=precision) for f in flops)
    return Ledger(speed=1.0, prices=PRICES, budgets=budgets)


def search(preset: Path, *settings: str, spending: Ledger | None = None) -> Search:
    return Search(prepare(Request(domain=TOY, preset=str(preset), settings=settings, device="cpu")), spending)


def complete(
    plan: Search, how: Outcome = outcome, seed: int = 0, start: dict[str, Record] | None = None
) -> dict[str, Record]:
    """All records, taken one at a time in an order that the seed names."""
    records, draw = dict(start or {}), random.Random(seed)
    while due := plan.due(records):
        trial = draw.choice(due)
        records[trial.id] = how(trial)
    return records
