"""What is done with what the shards have left of a budget: first the edges of what was tried, then more seeds.

It goes in rounds: each is decided from the records of those before it alone, so that neither the number of workers nor
a resumption changes what is trained.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from statistics import median
from typing import NamedTuple

import msgspec
import numpy as np

from steepness.laws import fit
from steepness.study.calls import Calls, Step
from steepness.study.candidates import Candidate, ranked
from steepness.study.converged import NEAR, Lengthened, edges
from steepness.training.trial import Record, Trial

A_ROUND = 4
"""Trials decided upon together, where what they bring decides about the next; without a precision to reach, seeds bring
nothing that does."""
MOST_SEEDS = 8
"""Of a shard: more of them narrow what a shared validation set leaves open."""
QUOTED = 6
"""Largest shards whose edges are worth a trial."""
VOUCHING = slice(-3, None, -3)
"""Of the shards: the third largest, the sixth and so on, at which a longer trial vouches for the rest."""
LENGTHEN = 2.0
"""Factor in epochs by which it is tried whether longer training would have helped."""


def lengthened(winner: Candidate) -> Candidate:
    """The same, trained for twice as long."""
    epochs = LENGTHEN * winner.training.max_epochs
    return Candidate(winner.size, msgspec.structs.replace(winner.training, max_epochs=epochs))


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


class Closing:
    """The rounds of one chain under one budget.

    Args:
        wallet: FLOPs that the chain may have spent in all.
        precision: half-width of the exponent's interval at which it ends earlier.
    """

    def __init__(self, chain: Calls, wallet: float, precision: float | None) -> None:
        self.chain, self.precision = chain, precision
        self.left = wallet - chain.spent(chain.known.values())

    def steps(self) -> Iterator[Step]:
        """Round after round, until nothing that helps can be paid for."""
        chain = self.chain
        while not self._precise():
            chosen = self._extensions()
            chosen += self._beside(chosen) if chosen else self._seeds(self.left)
            if not chosen:
                return
            before = chain.spent(chain.known.values())
            chain.closing.update(trial.id for trial in chosen)
            yield from chain.call(chosen)
            yield from chain.wait(chosen)
            self.left -= chain.spent(chain.known.values()) - before
            self._take_lessons()

    def _take_lessons(self) -> None:
        """Where a candidate beyond an edge beat a shard's winner, larger shards start from it."""
        best = self.chain.lessons.best
        errors = self._errors()
        for i, (m, winner) in enumerate(best):
            best[i] = (m, errors[m][0] if m in errors else winner)

    def _extensions(self) -> list[Trial]:
        """Trials beyond the edges at which the largest shards' winners lie: longer ones first, where they are cheap
        and vouch for their neighbours, then sizes and settings, a probe before the end of a good one."""
        left, found = self.left, list[Trial]()
        quoted = self.chain.lessons.best[-QUOTED:]
        beyond = (trial for m, winner in reversed(quoted) for trial in self._beyond(m, winner))
        for trial in itertools.chain(self._all_longer(quoted), beyond):
            cost = self._cost(trial)
            if trial.id not in self.chain.known and cost <= left and trial not in found:
                found.append(trial)
                left -= cost
            if len(found) == A_ROUND:
                break
        return found

    def _all_longer(self, quoted: Sequence[tuple[int, Candidate]]) -> Iterator[Trial]:
        """Longer trials where they vouch for most, then what is left; one that is asked for now will vouch for its
        neighbours, too."""
        asked: list[int] = []
        for m, winner in [*quoted[VOUCHING], *reversed(quoted)]:
            if any(other / NEAR <= m <= other * NEAR for other in asked):
                continue
            for trial in self._longer(m, winner):
                asked.append(m)
                yield trial

    def _beyond(self, m: int, winner: Candidate) -> Iterator[Trial]:
        chain, first = self.chain, self.chain.seeds[0]
        runs = [self.chain.records[i] for i in self.chain.known]
        incumbent = self.chain.records.get(chain.probe(chain.trial(winner, m, first)).id)
        for candidate in edges(winner, m, runs, chain.candidates):
            whole = chain.trial(candidate, m, first)
            probe = chain.probe(whole)
            yield probe
            if self._beats(self.chain.records.get(probe.id), incumbent):
                yield whole

    def _longer(self, m: int, winner: Candidate) -> Iterator[Trial]:
        """The winner with twice the epochs, if nothing near says yet whether that would help."""
        runs = [self.chain.records[i] for i in self.chain.known]
        own = self.chain.records.get(self.chain.trial(winner, m, self.chain.seeds[0]).id)
        if own is None or own.status != "done" or Lengthened(runs, self.chain.terms.metric).trained_out(own):
            return
        yield self.chain.trial(lengthened(winner), m, self.chain.seeds[0])

    def _beats(self, challenger: Record | None, incumbent: Record | None) -> bool:
        metric = self.chain.terms.metric
        if challenger is None or challenger.id not in self.chain.known or challenger.status != "done":
            return False
        if incumbent is None:
            return True
        tie = self.chain.terms.preset.search.tie if challenger.trial.size > incumbent.trial.size else 0.0
        return challenger.error(metric) * (1 + tie) < incumbent.error(metric)

    def _beside(self, extensions: Sequence[Trial]) -> list[Trial]:
        """Seeds that keep a second worker busy while the longest of the extensions runs: of other shards, and where it
        is enough for that, from what is left when those that win are trained to their end."""
        costs = [self._cost(trial) for trial in extensions]
        left = self.left - sum(costs)
        due = sum(self._cost(t.whole) for t in extensions if t != t.whole)
        room = min(2 * max(costs) - sum(costs), left - due if due <= left else left)
        return self._seeds(room, {trial.m for trial in extensions})

    def _seeds(self, room: float, without: Set[int] = frozenset()) -> list[Trial]:
        """The seeds that take most variance from the exponent for their price.

        Args:
            room: FLOPs that they may take.
            without: shards whose winner may change.
        """
        shards = {shard.m: shard for shard in self._shards() if shard.m not in without}
        most = math.inf if self.precision is None else A_ROUND
        chosen: list[Trial] = []
        while len(chosen) < most and (m := self._worthiest(shards.values(), room)):
            shard = shards[m]
            trial = self.chain.trial(shard.winner, m, self.chain.seeds[0] + shard.runs)
            if trial.id in self.chain.known:  # it did not end well
                del shards[m]
                continue
            chosen.append(trial)
            room -= shard.cost
            shards[m] = shard._replace(runs=shard.runs + 1)
        return chosen

    def _worthiest(self, shards: Iterable[_Shard], room: float) -> int | None:
        paid = [shard for shard in shards if shard.cost <= room and shard.runs < MOST_SEEDS]
        return max(paid, key=lambda shard: shard.worth).m if paid else None

    def _shards(self) -> Iterator[_Shard]:
        """The shards that have a winner trained to its end."""
        errors, first = self._errors(), self.chain.seeds[0]
        x = np.log(sorted(errors))
        centred = x - x.mean() if len(x) > 1 else np.ones(len(x))
        weights = (centred / (centred**2).sum()) ** 2
        for m, weight in zip(sorted(errors), weights, strict=True):
            winner, values = errors[m]
            cost = self._cost(self.chain.trial(winner, m, first))
            yield _Shard(m, winner, float(weight), len(values), cost)

    def _errors(self) -> dict[int, tuple[Candidate, list[float]]]:
        """Per shard the winner and its runs' errors: the best on the first seed among those trained to their end."""
        metric, by_shard = self.chain.terms.metric, dict[int, dict[Candidate, list[float]]]()
        for record in sorted((self.chain.records[i] for i in self.chain.known), key=lambda r: r.trial.seed):
            trial = record.trial
            if record.status == "done" and not trial.training.stop_step:
                here = by_shard.setdefault(trial.m, defaultdict(list))
                here[Candidate(trial.size, trial.training)].append(record.error(metric))
        best = {m: ranked({c: errors[0] for c, errors in here.items()})[:1] for m, here in by_shard.items()}
        return {m: (winner, by_shard[m][winner]) for m, first in best.items() for winner in first}

    def _precise(self) -> bool:
        if self.precision is None:
            return False
        points = [(m, e, s) for m, (_, v) in self._errors().items() if max(v) > 0 for s, e in enumerate(v)]
        if len({m for m, _, _ in points}) < 5:
            return False
        m, error, seeds = zip(*points, strict=True)
        interval = fit(m, error, seeds=seeds).beta_g
        return (interval.high - interval.low) / 2 <= self.precision

    def _cost(self, trial: Trial) -> float:
        """What its other seeds took, as far as they are known; a trial that may stop early takes no usual time."""
        costs, alike = self.chain.terms.costs, msgspec.structs.replace(trial, seed=0, data_seed=0)
        known = (self.chain.records[i] for i in self.chain.known)
        took = [
            costs.of(r)
            for r in known
            if r.status == "done" and msgspec.structs.replace(r.trial, seed=0, data_seed=0) == alike
        ]
        return median(took) if took else costs.expected(trial, self.chain.epochs_before(4 * trial.m))
