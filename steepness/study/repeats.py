"""Which seeds narrow an exponent most for their price, once its shards have winners."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from statistics import median
from typing import NamedTuple

import msgspec
import numpy as np

from steepness.study.calls import Calls
from steepness.study.candidates import Candidate, ranked
from steepness.training.trial import Trial

MOST_SEEDS = 8
"""Of a shard: more of them narrow what a shared validation set leaves open."""


class _Shard(NamedTuple):
    """What one more seed of a shard's winner would bring.

    Attributes:
        weight: what a unit of the shard's variance adds to that of the exponent.
        runs: of its winner so far.
        cost: expected FLOPs of another.
    """

    m: int
    winner: Candidate
    weight: float
    runs: int
    cost: float

    @property
    def worth(self) -> float:
        """Variance of the exponent that another run takes away, for its price; any unit will do."""
        return self.weight * (1 / self.runs - 1 / (self.runs + 1)) / self.cost


class Repeats:
    """The winners of one chain's shards, and more seeds of them."""

    def __init__(self, chain: Calls) -> None:
        self.chain = chain

    def seeds(
        self, room: float, most: float = math.inf, dearest: float = math.inf, without: Set[int] = frozenset()
    ) -> list[Trial]:
        """The seeds that take most variance from the exponent for their price.

        Args:
            room: FLOPs that they may take.
            most: how many.
            dearest: FLOPs that one of them may take.
            without: shards whose winner may change.
        """
        shards = {s.m: s for s in self._shards() if s.m not in without and s.cost <= dearest}
        chosen: list[Trial] = []
        while len(chosen) < most and (m := _worthiest(shards.values(), room)):
            shard = shards[m]
            trial = self.chain.trial(shard.winner, m, self.chain.seeds[0] + shard.runs)
            if trial.id in self.chain.known:  # it did not end well
                del shards[m]
                continue
            chosen.append(trial)
            room -= shard.cost
            shards[m] = shard._replace(runs=shard.runs + 1)
        return chosen

    def beside(self, trials: Iterable[Trial], left: float) -> list[Trial]:
        """Seeds that keep a second worker busy while the longest of these trials runs, of other shards.

        Args:
            left: FLOPs that are left when those trials are paid for.
        """
        costs = [self.rest(trial) for trial in trials]
        room = min(2 * max(costs, default=0.0) - sum(costs), left)
        return self.seeds(room, without={trial.m for trial in trials})

    def errors(self) -> dict[int, tuple[Candidate, list[float]]]:
        """Per shard the winner and its runs' errors: the best on the first seed among those trained to their end."""
        metric, by_shard = self.chain.terms.metric, dict[int, dict[Candidate, list[float]]]()
        for record in sorted(self.chain.read.values(), key=lambda r: r.trial.seed):
            trial = record.trial
            if record.complete:
                here = by_shard.setdefault(trial.m, defaultdict(list))
                here[Candidate(trial.size, trial.training)].append(record.error(metric))
        best = {m: ranked({c: errors[0] for c, errors in here.items()})[:1] for m, here in by_shard.items()}
        return {m: (winner, by_shard[m][winner]) for m, first in best.items() for winner in first}

    def cost(self, trial: Trial) -> float:
        """What its other seeds took, as far as they are known; a trial that may stop early takes no usual time."""
        costs, alike = self.chain.terms.costs, _any_seed(trial)
        done = [r for r in self.chain.read.values() if r.status == "done"]
        took = [costs.of(r) for r in done if _any_seed(r.trial) == alike]
        return median(took) if took else costs.expected(trial, self.chain.epochs_before(4 * trial.m))

    def rest(self, trial: Trial) -> float:
        """What it takes to go on from where it was stopped, if it was."""
        probe = self.chain.read.get(self.chain.probe(trial).id)
        first_part = probe and probe.trial != trial and probe.trial.goes_on_as == trial
        paid = self.chain.terms.costs.of(probe) if probe and first_part else 0.0
        return max(self.cost(trial) - paid, 0.0)

    def _shards(self) -> Iterator[_Shard]:
        """The shards that have a winner trained to its end."""
        errors, first = self.errors(), self.chain.seeds[0]
        x = np.log(sorted(errors))
        centred = x - x.mean() if len(x) > 1 else np.ones(len(x))
        weights = (centred / (centred**2).sum()) ** 2
        for m, weight in zip(sorted(errors), weights, strict=True):
            winner, values = errors[m]
            cost = self.cost(self.chain.trial(winner, m, first))
            yield _Shard(m, winner, float(weight), len(values), cost)


def _worthiest(shards: Iterable[_Shard], room: float) -> int | None:
    paid = [shard for shard in shards if shard.cost <= room and shard.runs < MOST_SEEDS]
    return max(paid, key=lambda shard: shard.worth).m if paid else None


def _any_seed(trial: Trial) -> Trial:
    return msgspec.structs.replace(trial, seed=0, data_seed=0)
