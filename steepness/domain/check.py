"""Does a domain do what the contract says? Seconds of looking, before a stranger trusts a curve of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import torch
from torch import nn

from steepness.data.randomness import key
from steepness.domain.contract import SPLITS, Data, Domain
from steepness.domain.estimates import errors_of

TOLERANCE = 1e-2
"""Of a loss: more than rounding explains, or what convolutions see of the padding beyond a row's end."""


@dataclass(kw_only=True, frozen=True)
class Sample:
    """What of a study is looked at: one model of one size on its smallest shard, on the CPU."""

    domain: Domain[Any, Any, Any]
    data: Data
    model: str
    size: int
    m: int
    batch_size: int


def faults_of(sample: Sample) -> list[str]:
    """What is wrong with a domain, a sentence each; empty if nothing was found.

    Looks at the data's facts, whether shards nest and batches repeat, units, loss, evaluation of every split, the
    exhibit and the domain's own probe. Later looks need the earlier ones, so the first that finds faults ends it.
    """
    for look in (_facts, _shards, _batches, _loss, _evaluation, _probe):
        try:
            if faults := list(look(sample)):
                return faults
        except Exception as error:  # a stranger's domain may raise anything
            return [f"{look.__name__.strip('_')}: {type(error).__name__}: {' '.join(str(error).split())}"]
    return []


def _facts(sample: Sample) -> Iterator[str]:
    data, domain = sample.data, sample.domain
    if not isinstance(data.fingerprint, str) or not data.fingerprint:
        yield "load gives no fingerprint: a hash of all that determines the numbers"
    if type(data.train_units) is not int or data.train_units < sample.m:
        yield f"load gives train_units {data.train_units!r}; the smallest shard wants the int {sample.m:,} or more"
    ladder = list(domain.size_ladder(sample.model))
    if ladder != sorted(set(ladder)) or not ladder:
        yield f"size_ladder({sample.model!r}) is {ladder}, not ascending"
    if unknown := sorted(set(data.chance) - {metric.name for metric in domain.metrics}):
        yield f"data.chance names {', '.join(unknown)}, which metrics does not declare"


def _shards(sample: Sample) -> Iterator[str]:
    domain, data = sample.domain, sample.data
    again = [domain.shard(data, sample.m, 0) for _ in range(2)]
    if not same(*again):
        yield "shard(data, m, seed) differs from call to call; draw it from nested_order(n, seed) alone"
    if same(again[0], domain.shard(data, sample.m, 1)) and sample.m < data.train_units:
        yield "shard(data, m, seed) is the same for seeds 0 and 1; draw it from nested_order(n, seed)"


def _batches(sample: Sample) -> Iterator[str]:
    batches, again = (_epoch(sample, 1) for _ in range(2))
    if len(batches) < 1:
        yield "batches(...) is empty for the smallest shard"
        return
    if not same(batches[0], again[0]):
        yield "batches(...)[0] differs from call to call; draw its order from the key alone"
    units = sample.domain.units(batches[0])
    if type(units) is not int or units < 1:
        yield f"units(batch) is {units!r}; it must be an int, at least 1: the {sample.domain.unit} in the batch"


def _loss(sample: Sample) -> Iterator[str]:
    network, batches = _built(sample).train(), _epoch(sample, 0)
    answer: Any = sample.domain.loss(network, batches[0], None)
    if not isinstance(answer, tuple) or len(answer) != 2:
        yield f"loss(model, batch, state) returns a {type(answer).__name__}, not (loss, state)"
    elif not isinstance(answer[0], torch.Tensor) or answer[0].dim():
        yield "loss(model, batch, state) must return a scalar tensor first"
    elif not answer[0].requires_grad:
        yield "the loss has no gradient: do not detach it"
    elif sample.domain.halves(batches[0]) and (fault := fault_of_halves(sample.domain, network, batches[0])):
        yield f"halves(batch): {fault}"


def _evaluation(sample: Sample) -> Iterator[str]:
    network = _built(sample).eval()
    with torch.inference_mode():
        for split in dict.fromkeys((sample.domain.monitor, *SPLITS)):
            if not same(*(errors_of(sample.domain, network, sample.data, split) for _ in range(2))):
                yield f"evaluate(model, data, {split!r}) differs from call to call"
        msgspec.json.encode(sample.domain.exhibit(network, sample.data))


def _probe(sample: Sample) -> Iterator[str]:
    network = _built(sample).eval()
    with torch.no_grad():
        yield from sample.domain.probe(network, sample.data, sample.domain.shard(sample.data, sample.m, 0))


def _built(sample: Sample) -> nn.Module:
    torch.manual_seed(key(0, "init"))
    return sample.domain.build(sample.model, sample.size, sample.data)


def _epoch(sample: Sample, epoch: int) -> Sequence[Any]:
    shard = sample.domain.shard(sample.data, sample.m, 0)
    batches: Sequence[Any] = sample.domain.batches(
        sample.data, shard, sample.batch_size, key(0, "batches", epoch), epoch
    )
    return batches


def same(a: Any, b: Any) -> bool:
    """Whether two values hold the same numbers: tensors, arrays, and whatever holds these by position or by name."""
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and torch.equal(a, b)
    if isinstance(a, np.ndarray):  # a mapped one has attributes besides its numbers
        return isinstance(b, np.ndarray) and np.array_equal(a, b)
    if isinstance(a, (tuple, list)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return bool(a.keys() == b.keys()) and all(same(a[name], b[name]) for name in a)
    if hasattr(a, "__dict__") and not isinstance(a, (type, Callable)):  # type: ignore[arg-type]
        return same(vars(a), vars(b))
    equal = a == b
    return bool(equal.all()) if hasattr(equal, "all") else bool(equal)


def fault_of_halves(domain: Domain[Any, Any, Any], model: nn.Module, batch: Any) -> str:
    """Why a batch cannot be learnt in halves; empty if the mean of their losses is its loss. The model is in eval mode
    meanwhile, as what it draws and the statistics of a batch differ between the two."""
    training = model.training
    model.eval()
    with torch.no_grad():
        whole = float(domain.loss(model, batch, None)[0])
        parts = sum(share * float(domain.loss(model, half, None)[0]) for half, share in domain.halves(batch))
    model.train(training)
    if abs(parts - whole) <= TOLERANCE * max(abs(whole), TOLERANCE):
        return ""
    return (
        f"a batch's loss is {whole:.6g}, but its halves' is {parts:.6g} on the mean; write `halves` so that their "
        "shares are those of what the loss is a mean over"
    )
