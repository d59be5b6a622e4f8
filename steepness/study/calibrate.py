"""Measures what trials cost, in the processes that would run them and with as many at once as there will be."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Protocol

import msgspec
import torch

from steepness.domain import SPLITS, Data, Domain
from steepness.domain.estimates import NotAgreed
from steepness.executors.base import Executor
from steepness.executors.worker import Job
from steepness.study.candidates import Candidate, Candidates, Lessons
from steepness.study.ledger import Budget, Ledger, Price
from steepness.study.prepare import Prepared
from steepness.study.presets import with_setting
from steepness.study.terms import Terms
from steepness.training.cost import flops_per_unit
from steepness.training.learner import Learner
from steepness.training.speed import Cost, measure, undisturbed
from steepness.training.trial import Trial

COUNT_SECONDS = 0.5
EFFICIENCY = 0.9
"""Share of the workers' time that a budget counts on: starting them, and the last trials, take the rest."""


class Place(Protocol):
    """A domain with its data on a device; `Prepared` and `Worker` are."""

    @property
    def domain(self) -> Domain[Any, Any, Any]: ...
    @property
    def data(self) -> Data: ...
    @property
    def device(self) -> torch.device: ...


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


def calibrate(ready: Prepared, executor: Executor) -> Ledger:
    """A ledger without budgets: the smallest and largest size of each model, on the smallest and largest shard, with
    the smallest and largest batch that is searched; for a budget, which may go beyond the ladder, its next rung too, as
    what a large size costs more a small one cannot tell.

    Takes some seconds a model, in the workers that will train, as they slow one another down; and a model that takes
    its process along takes no more than that.

    Raises:
        ValueError: there is a budget, and a model could not be measured for it.
    """
    trials = [trial for model in ready.preset.models for trial in _corners(ready, model)]
    measured: list[Measured] = [found for found in executor.ask(tried, trials) if found]
    speed = max(measured, key=lambda one: one.cost.parameters).flops_per_second if measured else 1.0
    ledger = Ledger(speed=speed, prices=tuple(_price(found, speed) for found in measured))
    if ready.request.budget and (unknown := ledger.without_price(ready.preset.models)):
        raise ValueError(
            f"{' and '.join(unknown)} could not be measured, so a budget says nothing; without --budget, its trials "
            "say in their records what is wrong"
        )
    return ledger


def settle(ready: Prepared, job: Job) -> Prepared:
    """The same, knowing where its trials run: on a cluster, connected to, in as many workers as it holds of what the
    largest model takes.

    Raises:
        ValueError: nothing answers at the address, or the cluster has no such device.
        MachineTrouble: it has no room.
    """
    if ready.request.executor == "local" or ready.cluster:
        return ready
    from steepness.executors.cluster import connect  # only now: most have no Ray

    request = ready.request
    largest = [_corners(ready, model)[0] for model in ready.preset.models]
    found = connect(request.address, request.device, request.workers)
    cluster = found.measured(job, largest, request.workers)
    return replace(ready, cluster=cluster, devices=(cluster.device,) * cluster.workers)


def counted(ready: Prepared, speed: float) -> Ledger:
    """A ledger for a device that is not here, from FLOPs counted on each model's smallest and largest size.

    What an evaluation costs in training steps hangs on the data and not on the model: it is measured here, on the
    cheapest of all. The evaluations on whole splits that end a trial are left out.

    Args:
        speed: FLOPs per second that the device sustains.
    """
    corners = [_corners(ready, model) for model in ready.preset.models]
    trials = {(t.model, t.size): t for its in corners for t in (its[0], its[-1])}
    steps = [_counted(Learner(trial, ready.domain, ready.data, ready.device)) for trial in trials.values()]
    cheapest = min(steps, key=lambda price: price.step)
    learner = Learner(trials[cheapest.model, cheapest.size], ready.domain, ready.data, ready.device)
    cost = measure(learner)
    evaluation = cost.evaluation / (cost.seconds * cost.units)
    prices = [msgspec.structs.replace(price, evaluation=evaluation * price.step) for price in steps]
    return Ledger(speed=speed, prices=tuple(prices))


def _counted(learner: Learner) -> Price:
    """A step's price without the evaluations."""
    trial, units = learner.trial, learner.domain.units(learner.first_batch())
    step = units * _flops_per_unit(learner)
    return Price(
        model=trial.model, size=trial.size, m=trial.m, units=units, step=step, evaluation=0.0, final=0.0
    )


def _flops_per_unit(learner: Learner) -> float:
    """Of training, counted on as much of the first batch as takes about a second here: all of a large model's may take
    minutes on a CPU."""
    pieces = [learner.first_batch()]
    while halves := learner.domain.halves(pieces[-1]):
        pieces.append(halves[0][0])
    while True:
        piece, start = pieces.pop(), time.monotonic()
        flops = flops_per_unit(learner.domain, learner.model, piece)
        if not pieces or time.monotonic() - start > COUNT_SECONDS:
            return flops


def granted(ledger: Ledger, minutes: float, workers: int, precision: float | None) -> Ledger:
    """The ledger with a budget of so many minutes of this machine; one that buys no more than the last leaves that as
    it is, but for the precision, at which it ends or does not end earlier."""
    budget = Budget(
        minutes=minutes, flops=minutes * 60 * workers * EFFICIENCY * ledger.speed, precision=precision
    )
    before, last = ledger.budgets[:-1], ledger.budgets[-1:]
    if last and budget.flops <= last[0].flops:
        kept = (*before, msgspec.structs.replace(last[0], precision=precision))
        return msgspec.structs.replace(ledger, budgets=kept)
    return msgspec.structs.replace(ledger, budgets=(*before, *last, budget))


def _corners(ready: Prepared, model: str) -> list[Trial]:
    terms = Terms(ready)
    shards, ladder = ready.preset.shard_sizes(), ready.preset.ladder(ready.domain, model)
    candidates = Candidates(ready.preset, ladder, open_ended=bool(ready.request.budget))
    settings = candidates.at(0, shards[0], Lessons())[0].training
    batches = ready.preset.search.grid.get("batch_size") or [settings.batch_size]
    sizes = sorted({candidates.larger(ladder[-1]) or ladder[-1], ladder[-1], ladder[0]}, reverse=True)
    return [
        terms.trial(Candidate(size, with_setting(settings, {"batch_size": rows})), model, m, 0, ready.preset.first_seed)
        for size in sizes
        for m in sorted({shards[-1], shards[0]}, reverse=True)
        for rows in sorted({max(batches), min(batches)}, reverse=True)
    ]  # fmt: skip


def tried(place: Place, trial: Trial) -> Measured | None:
    """What a trial costs; nothing is known of one that its model ends in a failure, which is its record's to tell.

    Raises:
        NotAgreed: the domain is at fault, and no trial of it could be told from another.
    """
    try:
        return _measure(Learner(trial, place.domain, place.data, place.device))
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
