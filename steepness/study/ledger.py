"""What a study may spend and what things cost it: measured once, kept in its manifest, in FLOPs.

Every price is seconds of one worker times one speed, so that a second of an inefficient small model costs as much as a
second of a large one, and a budget in minutes comes out in minutes. Decisions read these stored prices and the steps
that records took, never a clock: another machine, or a resumed study, decides alike.
"""

from __future__ import annotations

import bisect
import functools
import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import msgspec
import numpy as np

from steepness.data.randomness import key
from steepness.domain import Data, Domain
from steepness.study.presets import Preset
from steepness.training.trial import EARLY, Record, Training, Trial


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one size of one model costs on one shard, in FLOPs at the ledger's speed."""

    model: str
    size: int
    m: int
    units: float
    """Of data in a training step."""
    step: float
    """A training step."""
    evaluation: float
    """One evaluation on the split that is watched."""
    final: float
    """The evaluations on whole validation and test splits, and the exhibit, that end a trial."""


class Budget(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How far a study may go."""

    minutes: float
    """Of this machine, as asked for."""
    flops: float
    """The same at the ledger's speed, all workers together; what decisions read."""
    precision: float | None = None
    """Half-width of the exponent's interval at which the study is done before its budget is."""


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A study's prices and its budgets so far, ascending."""

    speed: float
    """FLOPs per second of one worker training the largest size."""
    prices: tuple[Price, ...]
    budgets: tuple[Budget, ...] = ()

    def seconds(self, flops: float) -> float:
        """Seconds of one worker."""
        return flops / self.speed

    def of(self, models: Sequence[str]) -> Ledger:
        """The same with the prices of some models alone."""
        kept = tuple(price for price in self.prices if price.model in models)
        return msgspec.structs.replace(self, prices=kept)

    def without_price(self, models: Sequence[str]) -> list[str]:
        """Those of the models of which nothing was measured."""
        return [model for model in models if not any(price.model == model for price in self.prices)]


class Tariff:
    """What steps and evaluations of any size cost, from the sizes and shards that were measured."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._prices = functools.cache(self._interpolated)

    def of(self, record: Record) -> float:
        """FLOPs that a record's trial took."""
        if not record.steps:
            return 0.0
        units = record.trial.m * record.epochs / record.steps
        final = record.complete
        return self.priced(
            record.trial, units, record.steps, len(record.trace) + final * self.final(record.trial)
        )

    def spent(self, records: Iterable[Record]) -> float:
        """FLOPs of all of them; the first part of a trial that was then trained to its end is paid for once."""
        kept = {
            r.trial.goes_on_as.id: r for r in sorted(records, key=lambda r: not r.trial.training.stop_step)
        }
        return sum(map(self.of, kept.values()))

    def final(self, trial: Trial) -> float:
        """The evaluations that end a trial, counted in those that are made on the way."""
        _, evaluation, last = self._prices(trial.model, trial.size, 1.0)
        return last / evaluation if evaluation else 0.0

    def priced(self, trial: Trial, units: float, steps: float, checks: float) -> float:
        """FLOPs of so many steps of so many units of data, and so many evaluations."""
        step, evaluation, _ = self._prices(trial.model, trial.size, units)
        return steps * step + checks * evaluation

    def _interpolated(self, model: str, size: int, units: float) -> tuple[float, float, float]:
        """Prices of a step, of an evaluation and of the final ones: powers of the size, and a step is linear in its
        units."""
        here = [p for p in self.ledger.prices if p.model == model]
        if not here:
            return 0.0, 0.0, 0.0
        sizes = sorted({p.size for p in here})
        by_size = [[p for p in here if p.size == s] for s in sizes]
        steps = [_line([(p.units, p.step) for p in group], units) for group in by_size]
        evaluation = _power(sizes, [group[-1].evaluation for group in by_size], size)
        return _power(sizes, steps, size), evaluation, _power(sizes, [g[-1].final for g in by_size], size)


class Costs(Tariff):
    """What trials will cost before they run."""

    def __init__(self, ledger: Ledger, ready: Experiment) -> None:
        super().__init__(ledger)
        self.preset, self.domain, self.data = ready.preset, ready.domain, ready.data
        self._epochs: dict[tuple[int, int], int] = {}

    def expected(self, trial: Trial, epochs: float | None = None) -> float:
        """FLOPs that a trial will take.

        Args:
            epochs: that a trial of its kind took before it may stop; None for the preset's guess.
        """
        steps = self.steps(trial.training, trial.m, epochs)
        units = trial.m / self.epoch_steps(trial.m, trial.training.batch_size)
        checks = evaluations(trial.training, steps)
        return self.priced(
            trial, units, steps, checks + (0 if trial.training.stop_step else self.final(trial))
        )

    def steps(self, training: Training, m: int, epochs: float | None = None) -> float:
        """Steps a trial is expected to take."""
        per_epoch = self.epoch_steps(m, training.batch_size)
        bound = max(training.max_epochs * per_epoch, training.min_steps)
        if training.stop_step:
            return min(training.stop_step, bound)
        if training.schedule not in EARLY:
            return bound
        usual = self.preset.search.usual_epochs if epochs is None else epochs
        return min(max(usual * per_epoch, training.min_steps), bound)

    def epoch_steps(self, m: int, batch_size: int) -> int:
        """Steps in an epoch of a shard, by the domain itself."""
        if (m, batch_size) not in self._epochs:
            shard = self.domain.shard(self.data, m, 0)
            batches = self.domain.batches(self.data, shard, batch_size, key(0, "batches"), 0)
            self._epochs[m, batch_size] = len(batches)
        return self._epochs[m, batch_size]


class Experiment(Protocol):
    """What costs are of; `Prepared` is one."""

    @property
    def preset(self) -> Preset: ...
    @property
    def domain(self) -> Domain[Any, Any, Any]: ...
    @property
    def data(self) -> Data: ...


def evaluations(training: Training, steps: float) -> float:
    """How often a trial of so many steps is evaluated."""
    first, growth = training.evaluate_first, training.evaluate_growth
    if first * (growth - 1) <= 1:  # for as long, every step is followed by one
        every = min(steps, 1 / (growth - 1) if growth > 1 else math.inf)
        beyond = math.log(max(steps / every, 1)) / math.log(growth) if growth > 1 else 0.0
        return max(every - first, 0.0) + 1 + beyond
    return 1 + max(math.log(max(steps, 1) / first) / math.log(growth), 0)


def _line(points: Sequence[tuple[float, float]], x: float) -> float:
    """Linear between the points, in proportion outside them."""
    across, up = zip(*sorted(points), strict=True)
    nearest: float = min(max(x, across[0]), across[-1])
    return float(np.interp(nearest, across, up)) * (x / nearest)


def _power(sizes: Sequence[int], prices: Sequence[float], size: int) -> float:
    """A power of the size between neighbouring prices, and beyond them as between the last two."""
    if len(sizes) == 1 or min(prices) <= 0:
        return prices[-1]
    at = min(max(bisect.bisect_left(sizes, size), 1), len(sizes) - 1)
    (low, high), (cheap, dear) = sizes[at - 1 : at + 1], prices[at - 1 : at + 1]
    return float(cheap * (size / low) ** (math.log(dear / cheap) / math.log(high / low)))
