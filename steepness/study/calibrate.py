"""Measures what trials cost, in the processes that would run them and with as many at once as there will be."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import torch

from steepness.domain import SPLITS
from steepness.domain.estimates import NotAgreed
from steepness.executors.worker import Job, Worker
from steepness.study.candidates import Candidate, Candidates, Lessons
from steepness.study.ledger import Budget, Ledger, Price
from steepness.study.prepare import Prepared
from steepness.study.search import Search
from steepness.training.learner import Learner
from steepness.training.speed import Cost, measure, undisturbed
from steepness.training.trial import Trial

EFFICIENCY = 0.85
"""Share of the workers' time that a budget counts on: starting them, and the last trials, take the rest."""

_worker: Worker


@dataclass(frozen=True)
class Measured:
    """One trial's prices in seconds: of training as `Cost` has it, and of the evaluations at its end."""

    trial: Trial
    cost: Cost
    final: float

    @property
    def flops_per_second(self) -> float:
        """Of training."""
        return self.cost.flops / self.cost.seconds


def calibrate(ready: Prepared, job: Job) -> Ledger:
    """A ledger without budgets: the smallest and largest size of each model, on the smallest and largest shard; for a
    budget, which may go beyond the ladder, its next rung too, as what a large size costs more a small one cannot tell.

    Takes some seconds a model. A budget is measured in as many processes as will work, as they slow one another down;
    for a study of a fixed extent this one will do.
    """
    trials = [trial for model in ready.preset.models for trial in _corners(ready, model)]
    if ready.request.budget:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(ready.workers, context, _set_up, (job, ready.devices[0])) as pool:
            measured = list(pool.map(_measure_there, trials))
    else:
        measured = [found for trial in trials if (found := _tried(trial, ready))]
    if not measured:
        return Ledger(speed=1.0, prices=())
    speed = max(measured, key=lambda one: one.cost.parameters).flops_per_second
    return Ledger(speed=speed, prices=tuple(_price(found, speed) for found in measured))


def granted(ledger: Ledger, minutes: float, workers: int, precision: float | None) -> Ledger:
    """The ledger with a budget of so many minutes of this machine, unless it has as large a one."""
    known = ledger.budgets[-1] if ledger.budgets else None
    if known and minutes <= known.minutes and precision == known.precision:
        return ledger
    flops = max(minutes, known.minutes if known else 0.0) * 60 * workers * EFFICIENCY * ledger.speed
    budget = Budget(minutes=minutes, flops=flops, precision=precision)
    return Ledger(speed=ledger.speed, prices=ledger.prices, budgets=(*ledger.budgets, budget))


def _corners(ready: Prepared, model: str) -> list[Trial]:
    search = Search(ready)
    shards, ladder = ready.preset.shard_sizes(), ready.preset.ladder(ready.domain, model)
    candidates = Candidates(ready.preset, ladder, open_ended=bool(ready.request.budget))
    settings = candidates.at(0, shards[0], Lessons())[0].training
    sizes = sorted({candidates.larger(ladder[-1]) or ladder[-1], ladder[-1], ladder[0]}, reverse=True)
    return [
        search.trial(Candidate(size, settings), model, m, 0, ready.preset.first_seed)
        for size in sizes for m in sorted({shards[-1], shards[0]}, reverse=True)
    ]  # fmt: skip


def _set_up(job: Job, device: str) -> None:
    global _worker
    _worker = Worker(job, device)


def _measure_there(trial: Trial) -> Measured:
    return _measure(Learner(trial, _worker.domain, _worker.data, _worker.device))


def _tried(trial: Trial, ready: Prepared) -> Measured | None:
    """What a trial costs; nothing is known of one that its model ends in a failure, which is its record's to tell.

    Raises:
        NotAgreed: the domain is at fault, and no trial of it could be told from another.
    """
    try:
        return _measure(Learner(trial, ready.domain, ready.data, ready.device))
    except NotAgreed:
        raise
    except (Exception, SystemExit):  # a stranger's model may raise anything
        return None


def _measure(learner: Learner) -> Measured:
    cost = measure(learner)
    return Measured(learner.trial, cost, _final_seconds(learner))


def _final_seconds(learner: Learner) -> float:
    """Seconds of the evaluations that end a trial."""
    domain, model, data = learner.domain, learner.model, learner.data
    start = undisturbed()
    model.eval()
    with torch.inference_mode():
        for split in {*SPLITS} - {domain.monitor}:
            domain.evaluate(model, data, split)
        domain.exhibit(model, data)
    return undisturbed() - start


def _price(measured: Measured, speed: float) -> Price:
    cost = measured.cost
    return Price(
        model=measured.trial.model,
        size=measured.trial.size,
        m=measured.trial.m,
        units=cost.units,
        step=cost.seconds * cost.units * speed,
        evaluation=cost.evaluation * speed,
        final=measured.final * speed,
    )
