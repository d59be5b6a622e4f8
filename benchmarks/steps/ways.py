"""Ways to take a trial's steps: this harness, a plain loop, and the trainers that most people use.

All get the same model, batches, loss and optimizer, one thread, and no logging, saving or evaluation: each at its
fastest. The trainers' own data loaders hand out the numbers of the batches, which costs them nothing to speak of.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Callable
from typing import Any

import torch
from msgspec import structs
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler, SequentialSampler

from benchmarks.ratios import installed
from benchmarks.steps.task import CPU, Clock, Taken, Task, clocked
from steepness.training.device import set_up_process
from steepness.training.learner import Learner
from steepness.training.loop import train


def harness(task: Task) -> Taken:
    """The one training loop, in a process that is set up as workers are."""
    set_up_process(CPU)
    clock, losses = Clock(), list[Tensor]()
    training = structs.replace(task.trial.training, stop_step=task.work.steps)
    trial = structs.replace(task.trial, training=training)
    learner = Learner(trial, clocked(task, clock), task.data, CPU)
    learn = learner.learn

    def remembered(batch: Any) -> Tensor:
        losses.append(learn(batch))
        return losses[-1]

    learner.learn = remembered  # type: ignore[method-assign]
    train(learner)
    return task.taken(losses, clock)


def plain(task: Task) -> Taken:
    """A loop as anybody writes it; no part of the harness runs inside."""
    model, clock, state = task.model(), Clock(), None
    optimizer, batches = task.optimizer(model), task.batches(clock)
    clip, losses = task.trial.training.clip, []
    for i in range(task.work.steps):
        loss, state = task.domain.loss(model, batches[i], state)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()
        losses.append(loss.item())
    return task.taken(losses, clock)


class Numbers(Dataset[dict[str, Tensor]]):
    """The numbers of the batches."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, i: int) -> dict[str, Tensor]:
        return {"number": torch.tensor(i)}


class Stateful(nn.Module):
    """A model that looks its batch up by its number and returns its loss, as trainers want it."""

    def __init__(self, task: Task, clock: Clock) -> None:
        super().__init__()
        self.model = task.model()
        self.domain, self.batches = task.domain, task.batches(clock)
        self.losses: list[Tensor] = []
        self.state: Any = None

    def forward(self, number: Tensor) -> dict[str, Tensor]:
        loss, self.state = self.domain.loss(self.model, self.batches[int(number)], self.state)
        self.losses.append(loss.detach())
        return {"loss": loss}


def hugging_face(task: Task) -> Taken:
    """`transformers.Trainer`."""
    from transformers import Trainer, TrainingArguments

    class InOrder(Trainer):
        def _get_train_sampler(self, *asked: Any) -> Sampler[int]:
            return SequentialSampler(Numbers(task.work.steps))

    clock = Clock()
    model = Stateful(task, clock)
    optimizer = task.optimizer(model.model)
    constant = torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            folder, per_device_train_batch_size=1, max_steps=task.work.steps, use_cpu=True, disable_tqdm=True,
            max_grad_norm=task.trial.training.clip or 0.0, logging_strategy="no", save_strategy="no", report_to="none",
        )  # fmt: skip
        trainer = InOrder(
            model, arguments, train_dataset=Numbers(task.work.steps), optimizers=(optimizer, constant)
        )
        trainer.train()
    return task.taken(model.losses, clock)


def lightning(task: Task) -> Taken:
    """`lightning.Trainer`, barebones."""
    from lightning.pytorch import LightningModule, Trainer

    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    clock = Clock()

    class Module(LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.stateful = Stateful(task, clock)

        def training_step(self, batch: dict[str, Tensor]) -> Tensor:
            return self.stateful(**batch)["loss"]  # type: ignore[no-any-return]

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return task.optimizer(self.stateful.model)

    module = Module()
    trainer = Trainer(
        accelerator="cpu", devices=1, max_steps=task.work.steps, barebones=True,
        gradient_clip_val=task.trial.training.clip,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer.fit(module, DataLoader(Numbers(task.work.steps), batch_size=1))
    return task.taken(module.stateful.losses, clock)


WAYS: dict[str, Callable[[Task], Taken]] = {
    "harness": harness,
    "plain": plain,
    "hugging-face": hugging_face,
    "lightning": lightning,
}
NEEDS = {"hugging-face": ("transformers", "accelerate"), "lightning": ("lightning",)}


def lacking(way: str) -> str:
    """Why a way cannot be taken here; empty if it can."""
    missing = [name for name in NEEDS.get(way, ()) if not installed(name)]
    return f"{' and '.join(missing)} not installed: pip install 'steepness[bench]'" if missing else ""
