"""Is a stranger's model fit to be trained for long? Seconds of looking, before hours of training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import UninitializedParameter

from steepness.data.randomness import generator, key
from steepness.domain import Data, Domain
from steepness.domain.estimates import NotFinite, errors_of
from steepness.study.presets import Preset
from steepness.training.cost import count_parameters
from steepness.training.device import seed_generators
from steepness.training.learner import Learner
from steepness.training.trial import Trial

SIZES = 4
"""Rungs of a ladder that are built, from the lowest."""
STIRRED = 0.05
"""Standard deviation of what is added to every parameter before the domain's own probe."""
STEPS = 3
"""Taken in training, so that what is carried from one to the next is used."""
SHOWN = 3
HALF = (torch.bfloat16, torch.float16)
LAZY = "has no size before a first batch (a lazy layer); give it its sizes"
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Check:
    """What was found of a model.

    Attributes:
        parameters: per size, ascending.
        faults: why it must not be trained, a sentence each; empty if it may be.
    """

    domain: str
    model: str
    parameters: dict[int, int]
    faults: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return asdict(self) | {"passed": not self.faults}

    def in_words(self) -> str:
        """A line per size, then the verdict or the faults."""
        lines = [f"size {size}: {count:,} parameters" for size, count in self.parameters.items()]
        lines += [f"fault: {fault}" for fault in self.faults]
        if not self.faults:
            lines.append(
                "passed: size dial, determinism, shapes and all the domain looks for, loss, gradients, samples"
            )
        return "\n".join(lines)

    def refusal(self) -> str:
        """The faults as one line."""
        return f"{self.model} cannot be a model of {self.domain}: {'; '.join(self.faults)}"


class Fault(Exception):
    """What makes further checks meaningless."""


def check_model(domain: Domain[Any, Any, Any], data: Data, preset: Preset, model: str) -> Check:
    """Build a few sizes of a model, run a batch through the smallest, on the CPU.

    Args:
        data: on the CPU.
        preset: whose ladder, shards and training are used; its models are not.
        model: name or import path.
    Raises:
        ValueError: unknown model, or one that cannot be imported.
    """
    domain.model_class(model)
    parameters: dict[int, int] = {}
    faults: list[str] = []
    try:
        for size in preset.ladder(domain, model)[:SIZES]:
            parameters[size] = count_parameters(_build(domain, data, model, size))["parameters"]
        faults.extend(_size_dial(parameters))
        faults.extend(_smallest(domain, data, preset, model, min(parameters)))
    except Fault as fault:
        faults.append(str(fault))
    return Check(domain.name, model, parameters, tuple(faults))


def _build(domain: Domain[Any, Any, Any], data: Data, model: str, size: int) -> nn.Module:
    seed_generators(CPU, key(0, "init"))
    try:
        network = domain.build(model, size, data)
    except Exception as error:  # a stranger's class may raise anything
        if "uninitialized parameter" in str(error):  # a domain that looked at them first
            raise Fault(f"it {LAZY}") from error
        raise Fault(f"it cannot be constructed at size {size}: {_said(domain, error)}") from error
    if not isinstance(network, nn.Module):
        raise Fault(f"it makes a {type(network).__name__}, not an nn.Module{_signature(domain)}")
    if lazy := [name for name, p in network.named_parameters() if isinstance(p, UninitializedParameter)]:
        raise Fault(f"{_named(lazy)} {LAZY}")
    if half := [name for name, p in network.named_parameters() if p.dtype in HALF]:
        raise Fault(
            f"{_named(half)} is of 16 bits; build it in float32: training.precision decides what is computed in"
        )
    if not count_parameters(network)["parameters"]:
        raise Fault(f"it has no parameters at size {size}")
    return network


def _size_dial(parameters: dict[int, int]) -> Iterator[str]:
    for (small, few), (large, many) in pairwise(parameters.items()):
        if many <= few:
            yield (
                f"its size dial does nothing: {few:,} parameters at size {small} but {many:,} at size {large}; "
                "parameters must grow with size"
            )
            return


def _smallest(
    domain: Domain[Any, Any, Any], data: Data, preset: Preset, model: str, size: int
) -> Sequence[str]:
    first, second = (_build(domain, data, model, size) for _ in range(2))
    if not _same(first.state_dict(), second.state_dict()):
        return [
            "it is not deterministic: built twice from one seed, its parameters differ; draw them from torch"
        ]
    shard = domain.shard(data, preset.shard_sizes()[0], 0)
    batch = domain.batches(data, shard, preset.training.batch_size, key(0, "batches"), 0)[0]
    try:
        faults = list(_repeats(domain, batch, first)) or _probed(domain, data, shard, second)
    except Exception as error:  # the domain may know a better name for what is wrong
        faults = _probed(domain, data, shard, second) or [_raised(domain, error)]
    if faults:
        return faults
    trial = Trial(
        domain=domain.name, options={}, dataset=preset.dataset, fingerprint=data.fingerprint, model=model, size=size,
        m=preset.shard_sizes()[0], data_seed=0, seed=0, training=preset.training,
    )  # fmt: skip
    return [*_trainable(Learner(trial, domain, data, CPU)), *_evaluates(domain, data, first)]


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[n], b[n]) for n in a if isinstance(a[n], torch.Tensor))


def _probed(domain: Domain[Any, Any, Any], data: Data, shard: Any, network: nn.Module) -> list[str]:
    """The domain's own probe, once the parameters are stirred: a layer of zeros would hide a fault."""
    network.eval()
    rng = generator(0, "stirred parameters")
    with torch.no_grad():
        for parameter in network.parameters():
            noise = torch.from_numpy(rng.normal(scale=STIRRED, size=tuple(parameter.shape)))
            parameter.add_(noise.to(parameter.dtype))
        try:
            return list(domain.probe(network, data, shard))
        except Exception as error:  # a stranger's model may raise anything
            return [_raised(domain, error)]


def _repeats(domain: Domain[Any, Any, Any], batch: Any, network: nn.Module) -> Iterator[str]:
    """Whether the same input gives the same loss: unseeded in eval mode, seeded in training."""
    network.eval()
    with torch.no_grad():
        calm = [domain.loss(network, batch, None)[0] for _ in range(2)]
    network.train()
    seeded = []
    for _ in range(2):
        seed_generators(CPU, key(0, "step"))
        seeded.append(domain.loss(network, batch, None)[0].detach())
    if not torch.equal(*calm) and not any(loss.isnan() for loss in calm):
        yield "it is not deterministic: in eval mode, two calls on one batch differ; dropout is for training only"
    elif not torch.equal(*seeded) and not any(loss.isnan() for loss in seeded):
        yield "it is not deterministic: in training, two calls from one seed differ; draw randomness from torch"


def _trainable(learner: Learner) -> list[str]:
    """Whether the loss is finite and reaches every parameter in a trial's first step, and whether more steps follow."""
    try:
        loss = learner.gradients(learner.next_batch())
        if not torch.isfinite(loss):
            return [f"its loss is not a finite number at the start: {loss}"]
        if faults := list(_gradients(learner.model)):
            return faults
        for _ in range(min(STEPS, learner.total_steps)):
            learner.learn(learner.next_batch())
    except Exception as error:  # a stranger's model may raise anything
        after = f"after {learner.step} steps" if learner.step else "at the first step"
        return [f"it cannot be trained on, {after}: {_said(learner.domain, error)}"]
    return []


def _gradients(network: nn.Module) -> Iterator[str]:
    named = [(name, p.grad) for name, p in network.named_parameters() if p.requires_grad]
    for fault, names, remedy in (
        ("no gradient reaches", [n for n, grad in named if grad is None], "drop what is not used"),
        (
            "the gradient is sparse of",
            [n for n, g in named if g is not None and g.is_sparse],
            "give sparse=False",
        ),
        (
            "the gradient is not finite of",
            [n for n, g in named if g is not None and not _finite(g)],
            "look there",
        ),
    ):
        if names:
            yield f"{fault} {_named(names)}; {remedy}"


def _finite(gradient: torch.Tensor) -> bool:
    return gradient.is_sparse or bool(gradient.isfinite().all())


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _evaluates(domain: Domain[Any, Any, Any], data: Data, network: nn.Module) -> Iterator[str]:
    """Whether it does at the end of a trial all that a trial asks of it: metrics, samples."""
    network.eval()
    try:
        with torch.inference_mode():
            errors_of(domain, network, data, domain.monitor)
            domain.exhibit(network, data)
    except NotFinite as error:
        yield f"evaluated untrained: {error}"
    except Exception as error:  # a stranger's model may raise anything
        yield f"it cannot be evaluated: {_said(domain, error)}"


def _raised(domain: Domain[Any, Any, Any], error: Exception) -> str:
    return f"a batch cannot be run through it: {_said(domain, error)}"


def _said(domain: Domain[Any, Any, Any], error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}{_signature(domain)}"


def _signature(domain: Domain[Any, Any, Any]) -> str:
    return f"; a model of {domain.name} is {domain.signature}" if domain.signature else ""
