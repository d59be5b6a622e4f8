"""The one training loop, for every domain.

For each step: take the batch that (seed, step) names; loss, backward, clip, step; every so often evaluate, remember
the best, maybe checkpoint, maybe cut the rate or stop; return the record.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import torch
from torch import Tensor, nn

from steepness.data.randomness import key
from steepness.domain import Data, Domain
from steepness.training.checkpoint import Checkpoint
from steepness.training.cost import count_parameters, flops_per_unit
from steepness.training.device import describe_machine, peak_memory, seed_generators, synchronize
from steepness.training.optimizers import Patience, make_optimizer, rate_at
from steepness.training.trial import Evaluation, Record, Status, Timing, Training, Trial

CUT_BY = 0.7
"""Share of the bound by which the schedule "stale" cuts the rate at the latest."""
EARLY = ("constant", "stale")
"""Schedules that stop when patience is used up; the others run their course."""


@dataclass(frozen=True)
class Progress:
    """What a watcher sees at each evaluation."""

    trial: Trial
    epoch: float
    train_loss: float
    error: float
    best: float
    units_per_second: float


@dataclass
class Run:
    """All that changes while a trial trains, and all that a checkpoint holds beside model and optimizer."""

    patience: Patience
    next_evaluation: int
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    step: int = 0
    cuts: int = 0
    undone: int = 0
    carry: Any = None
    units: int = 0
    losses: Tensor | float = 0.0
    steps_since: int = 0
    best_step: int = 0
    best_validation: dict[str, float] = field(default_factory=dict)
    best_state: dict[str, Any] = field(default_factory=dict)
    trace: list[Evaluation] = field(default_factory=list)
    train_seconds: float = 0.0
    evaluate_seconds: float = 0.0
    resumed: int = 0


def train(
    trial: Trial,
    domain: Domain[Any, Any, Any],
    data: Data,
    device: torch.device,
    *,
    checkpoint: Checkpoint | None = None,
    watch: Callable[[Progress], None] = lambda progress: None,
) -> Record:
    """Train one model to the minimum of its validation error.

    Args:
        data: already on the device (`data.to(device)`).
        checkpoint: where to save and resume from; None trains in one go.
        watch: called after every evaluation.
    Returns:
        The record, status "done" or "diverged"; the error is the first metric's minimum on the validation split.
    Raises:
        torch.OutOfMemoryError, or whatever the domain's model raises.
    """
    settings = trial.training
    seed_generators(device, key(trial.seed, "init"))
    model = domain.build(trial.model, trial.size, data).to(device)
    optimizer = make_optimizer(model, settings)
    shard = domain.shard(data, trial.m, trial.data_seed)
    batches = domain.batches(data, shard, settings.batch_size, key(trial.seed, "batches", 0), 0)
    epoch_steps = len(batches)
    total_steps = max(math.ceil(settings.max_epochs * epoch_steps), settings.min_steps)
    run = Run(Patience(settings), settings.evaluate_first)
    if checkpoint and (saved := checkpoint.load(device)):
        run = _restore(saved, model, optimizer)
        epoch = run.step // epoch_steps
        batches = domain.batches(data, shard, settings.batch_size, key(trial.seed, "batches", epoch), epoch)

    status: Status = "done"
    clock = time.perf_counter()
    model.train()
    while run.step < total_steps:
        epoch, index = divmod(run.step, epoch_steps)
        if index == 0:
            run.carry = None
            if epoch > 0:
                batches = domain.batches(
                    data, shard, settings.batch_size, key(trial.seed, "batches", epoch), epoch
                )
        seed_generators(device, key(trial.seed, "step", run.step))
        for group in optimizer.param_groups:
            group["lr"] = rate_at(settings, run.step, total_steps, run.cuts)
        batch = batches[index]
        with _precision(settings, device):
            loss, run.carry = domain.loss(model, batch, run.carry)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if settings.clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
        optimizer.step()
        run.losses = run.losses + loss.detach()
        run.steps_since += 1
        run.units += domain.units(batch)
        run.step += 1
        if run.step < min(run.next_evaluation, total_steps):
            continue

        synchronize(device)
        run.train_seconds += time.perf_counter() - clock
        evaluation = _evaluate(run, domain, model, data, optimizer, run.step / epoch_steps, settings, device)
        error = evaluation.validation[domain.metrics[0].name]
        if not all(map(math.isfinite, (evaluation.train_loss, *evaluation.validation.values()))):
            status = "diverged"
            run.trace.pop()  # JSON has no NaN
            break
        if run.patience.improved(error, evaluation.train_loss):
            run.best_step, run.best_validation = run.step, evaluation.validation
            run.best_state = copy.deepcopy(_state(model, optimizer))
        watch(Progress(trial, evaluation.epoch, evaluation.train_loss, error, run.patience.best, _speed(run)))
        if _stale(run, settings) or _cut_is_due(run, settings, total_steps):
            if settings.schedule == "constant" or run.cuts == settings.cuts:
                break
            _load_state(run.best_state, model, optimizer)
            run.cuts += 1
            run.patience.stale = 0.0
            run.undone = run.step - run.best_step
            run.next_evaluation = _next_evaluation(run, settings)
        if checkpoint:
            checkpoint.save_if_due({"run": run, **_state(model, optimizer)})
        clock = time.perf_counter()

    return _record(status, run, trial, domain, model, data, shard, device, total_steps, epoch_steps)


def _evaluate(
    run: Run, domain: Domain[Any, Any, Any], model: nn.Module, data: Data,
    optimizer: torch.optim.Optimizer, epoch: float, settings: Training, device: torch.device,
) -> Evaluation:  # fmt: skip
    clock = time.perf_counter()
    model.eval()
    with torch.inference_mode(), _precision(settings, device):
        validation = domain.evaluate(model, data, domain.monitor)
    model.train()
    rate = optimizer.param_groups[0]["lr"]
    evaluation = Evaluation(run.step, epoch, rate, float(run.losses) / run.steps_since, validation)
    run.trace.append(evaluation)
    run.losses, run.steps_since = 0.0, 0
    run.next_evaluation = _next_evaluation(run, settings)
    run.evaluate_seconds += time.perf_counter() - clock
    return evaluation


def _next_evaluation(run: Run, settings: Training) -> int:
    learnt = run.step - run.undone
    return run.step + max(1, math.ceil(learnt * (settings.evaluate_growth - 1)))


def _stale(run: Run, settings: Training) -> bool:
    return settings.schedule in EARLY and run.step >= settings.min_steps and run.patience.used_up


def _cut_is_due(run: Run, settings: Training, total_steps: int) -> bool:
    """Whether the bound is so near that a rate never cut must be cut now to be of use."""
    never = settings.schedule == "stale" and run.cuts == 0 < settings.cuts
    return never and run.step >= CUT_BY * total_steps


def _record(
    status: Status, run: Run, trial: Trial, domain: Domain[Any, Any, Any], model: nn.Module, data: Data,
    shard: Any, device: torch.device, total_steps: int, epoch_steps: int,
) -> Record:  # fmt: skip
    settings = trial.training
    early = settings.schedule in EARLY
    improving = run.patience.stale < settings.patience / 2 if early else run.best_step == run.step
    first = domain.batches(data, shard, settings.batch_size, key(trial.seed, "batches", 0), 0)[0]
    validation, test = run.best_validation, dict[str, float]()
    exhibit: dict[str, Any] = {}
    if run.best_state:
        model.load_state_dict(run.best_state["model"])
        model.eval()
        with torch.inference_mode():
            if domain.monitor != "validation":
                validation = domain.evaluate(model, data, "validation")
            test, exhibit = domain.evaluate(model, data, "test"), domain.exhibit(model, data)
    return Record(
        id=trial.id,
        trial=trial,
        status=status,
        message="" if status == "done" else f"loss not finite at step {run.step}; try a lower learning rate",
        validation=validation,
        test=test,
        flagged=status == "done" and run.step >= total_steps and improving,
        best_step=run.best_step,
        steps=run.step,
        epochs=run.step / epoch_steps,
        flops=flops_per_unit(domain, model, first) * run.units,
        trace=run.trace,
        exhibit=exhibit,
        **count_parameters(model),
        machine=describe_machine(device),
        timing=Timing(
            started=run.started,
            train_seconds=run.train_seconds,
            evaluate_seconds=run.evaluate_seconds,
            units_per_second=_speed(run),
            peak_memory_bytes=peak_memory(device),
            resumed=run.resumed,
        ),
    )


def _speed(run: Run) -> float:
    return run.units / run.train_seconds if run.train_seconds else 0.0


def _precision(settings: Training, device: torch.device) -> AbstractContextManager[Any]:
    bfloat16 = settings.precision == "bfloat16" and device.type == "cuda"
    return torch.autocast(device.type, torch.bfloat16, enabled=bfloat16)


def _state(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict()}


def _load_state(state: dict[str, Any], model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(copy.deepcopy(state["optimizer"]))


def _restore(saved: dict[str, Any], model: nn.Module, optimizer: torch.optim.Optimizer) -> Run:
    _load_state(saved, model, optimizer)
    run: Run = saved["run"]
    run.resumed += 1
    return run
