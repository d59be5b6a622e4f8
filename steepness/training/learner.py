"""The one step of training: whatever takes a step, to learn, to be timed or to be checked, takes it here."""

from __future__ import annotations

import copy
import math
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn

from steepness.data.randomness import key
from steepness.domain import Data, Domain
from steepness.domain.check import fault_of_halves
from steepness.domain.estimates import errors_of
from steepness.domain.halves import Halves
from steepness.training.device import seed_generators
from steepness.training.optimizers import make_optimizer, rate_at
from steepness.training.trial import Training, Trial


class Learner:
    """A trial's model with its optimizer, and all that a step reads and changes.

    Args:
        trial: what is trained and how; it determines every number.
        data: already on the device (`data.to(device)`).
        halved: each batch is learnt from in two halves, one after the other, for want of memory. The step is that of
            the whole batch, but for what a model draws and for statistics it takes of a batch (batch normalisation).
    Attributes:
        model: in training mode between steps.
        epoch_steps: steps in an epoch.
        total_steps: the bound: `max_epochs`, or `min_steps` if that is more; `stop_step` of a squeezed schedule.
        step: steps taken so far.
        cuts: how often the learning rate has been cut (schedule "stale").
        units: units of data learnt from so far.
    Raises:
        MemoryError: batches are to be halved, and cannot be.
        torch.OutOfMemoryError, or whatever the domain's model raises.
    """

    def __init__(
        self,
        trial: Trial,
        domain: Domain[Any, Any, Any],
        data: Data,
        device: torch.device,
        *,
        halved: bool = False,
    ) -> None:
        self.trial, self.domain, self.data, self.device = trial, domain, data, device
        seed_generators(device, key(trial.seed, "init"))
        self.model: nn.Module = domain.build(trial.model, trial.size, data).to(device)
        self.optimizer = make_optimizer(self.model, trial.training)
        self.step = self.cuts = self.units = 0
        self._carry: Any = None
        self._shard = domain.shard(data, trial.m, trial.data_seed)
        self._epoch, self._batches = 0, self._batches_of(0)
        self.epoch_steps = len(self._batches)
        bound = math.ceil(trial.training.max_epochs * self.epoch_steps)
        self.total_steps = max(bound, trial.training.min_steps)
        if trial.training.squeezed:
            self.total_steps = min(self.total_steps, trial.training.stop_step)
        self.model.train()
        self.halved = halved
        if halved:
            self._try_halves()

    @property
    def settings(self) -> Training:
        """How the trial is trained."""
        return self.trial.training

    @property
    def micro_batch(self) -> int:
        """Rows that are learnt from at a time, at most, as `batch_size` counts them."""
        return math.ceil(self.settings.batch_size / (2 if self.halved else 1))

    @property
    def epochs(self) -> float:
        """Epochs trained so far."""
        return self.step / self.epoch_steps

    @property
    def rate(self) -> float:
        """Learning rate of the last step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def first_batch(self) -> Any:
        """The first batch of the first epoch."""
        return (self._batches if self._epoch == 0 else self._batches_of(0))[0]

    def next_batch(self) -> Any:
        """The batch that (seed, step) names."""
        epoch, index = divmod(self.step, self.epoch_steps)
        if index == 0:
            self._carry = None
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._batches_of(epoch)
        return self._batches[index]

    def learn(self, batch: Any) -> Tensor:
        """Take the step: loss, backward, clip, update. Returns the batch's mean loss, scalar, on the device."""
        rate = rate_at(self.settings, self.step, self.total_steps, self.cuts)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self.gradients(batch)
        if self.settings.clip is not None:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        self.optimizer.step()
        self.units += self.domain.units(batch)
        self.step += 1
        return loss

    def gradients(self, batch: Any) -> Tensor:
        """The batch's mean loss, its gradients left on the parameters, unclipped: a step up to its update."""
        seed_generators(self.device, key(self.trial.seed, "step", self.step))
        self.optimizer.zero_grad()
        if not self.halved:
            loss, self._carry = self._backward(batch, self._carry)
            return loss
        parts = self.parts(batch)
        states = self._carry if self._carry and len(self._carry) == len(parts) else [None] * len(parts)
        found = [
            self._backward(part, state, share) for (part, share), state in zip(parts, states, strict=True)
        ]
        self._carry = [state for _, state in found]
        return torch.stack([loss for loss, _ in found]).sum()

    def parts(self, batch: Any) -> Halves:
        """What is learnt from at a time, each with its share of the batch: all of it, or its halves."""
        return (self.halved and self.domain.halves(batch)) or [(batch, 1.0)]

    def _backward(self, batch: Any, state: Any, share: float = 1.0) -> tuple[Tensor, Any]:
        """The share of the mean loss, its gradients added to those on the parameters, and the state carried on."""
        with self.precision():
            loss, state = self.domain.loss(self.model, batch, state)
        weight = None if share == 1 else loss.new_tensor(share)
        loss.backward(weight)  # type: ignore[no-untyped-call]
        return (loss.detach() if weight is None else loss.detach() * weight), state

    def _try_halves(self) -> None:
        """See that halves add up, on a half of the first batch, as the whole of it has no room."""
        halves = self.domain.halves(self.first_batch())
        if not halves:
            raise MemoryError("a batch cannot be divided")
        half, _ = halves[0]
        if self.domain.halves(half) and (fault := fault_of_halves(self.domain, self.model, half)):
            raise MemoryError(fault)

    def evaluate(self) -> dict[str, float]:
        """The metrics on the split that the stopping rule watches; errors as `errors_of`."""
        self.model.eval()
        with torch.inference_mode(), self.precision():
            found = errors_of(self.domain, self.model, self.data, self.domain.monitor)
        self.model.train()
        return found

    def precision(self) -> AbstractContextManager[Any]:
        """Matrix products in bfloat16 where the trial asks for it and the device is CUDA."""
        bfloat16 = self.settings.precision == "bfloat16" and self.device.type == "cuda"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=bfloat16)

    def weights(self) -> dict[str, Any]:
        """Model and optimizer as they are now: a view, that the next step changes."""
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_weights(self, weights: dict[str, Any]) -> None:
        """Go back to what `weights` returned; it is copied."""
        self.model.load_state_dict(weights["model"])
        self.optimizer.load_state_dict(copy.deepcopy(weights["optimizer"]))

    def state(self) -> dict[str, Any]:
        """All that the steps to come depend on, in plain containers of tensors and numbers."""
        counts = {"step": self.step, "cuts": self.cuts, "units": self.units}
        return {**self.weights(), **counts, "carry": self._carry, "halved": self.halved}

    def load_state(self, state: dict[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.load_weights(state)
        self.step, self.cuts, self.units = state["step"], state["cuts"], state["units"]
        self._carry, self.halved = state["carry"], state["halved"]

    def _batches_of(self, epoch: int) -> Any:
        order = key(self.trial.seed, "batches", epoch)
        return self.domain.batches(self.data, self._shard, self.settings.batch_size, order, epoch)
