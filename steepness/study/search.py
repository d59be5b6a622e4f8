"""Which trials a study still calls for: a pure function of its preset and of the records at hand.

Hence a study that was killed asks for the same trials again, in whatever order its records came in.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steepness.data.randomness import generator
from steepness.study.prepare import Prepared
from steepness.study.presets import with_setting
from steepness.training.trial import Record, Training, Trial


@dataclass(frozen=True)
class Candidate:
    """A size with hyper-parameters: what is compared at a shard."""

    size: int
    training: Training


class Search:
    """The Monte Carlo grid search of one study.

    At each shard a sample of sizes x grid is explored on the first seed, around the size that the size law fitted so
    far predicts and the hyper-parameters that were best so far; the finalists are trained on the other seeds.
    """

    def __init__(self, ready: Prepared) -> None:
        self.preset, self.domain, self.data = ready.preset, ready.domain, ready.data
        self.metric = self.domain.metrics[0].name
        self.sources = {model: self.domain.source(model) for model in self.preset.models}

    def due(self, records: Mapping[str, Record]) -> list[Trial]:
        """Trials without a record that can be named now; empty when the study is complete.

        Smallest shard first, as the others wait for it; there the largest model first, so that no worker is left
        with it when all others are done.
        """
        missing = (trial for trial in self.named(records) if trial.id not in records)
        return sorted(missing, key=lambda t: (t.m, t.seed, -t.size))

    def named(self, records: Mapping[str, Record]) -> Iterator[Trial]:
        """All trials that the records at hand call for, those with a record too."""
        chains = itertools.product(self.preset.models, range(self.preset.data_seeds), self._seeds())
        for model, data_seed, seeds in chains:
            yield from self._chain(model, data_seed, seeds, records)

    def _seeds(self) -> list[range]:
        """The seeds of each search: the first of them explores."""
        first, end = self.preset.first_seed, self.preset.first_seed + self.preset.seeds
        if self.preset.search.every_seed:
            return [range(seed, seed + 1) for seed in range(first, end)]
        return [range(first, end)]

    def _chain(
        self, model: str, data_seed: int, seeds: range, records: Mapping[str, Record]
    ) -> Iterator[Trial]:
        best: list[tuple[int, Candidate]] = []
        for index, m in enumerate(self.preset.shard_sizes()):
            draw = generator(seeds[0], f"search/{model}", index)
            sample = self._sample(draw, m, model, best)
            explored = [self.trial(candidate, model, m, data_seed, seeds[0]) for candidate in sample]
            yield from explored
            if len(sample) == 1:  # nothing to choose between: all seeds, and all shards, at once
                finalists = sample
            elif any(trial.id not in records for trial in explored):
                return
            else:
                ranked = sorted((records[t.id].error(self.metric), i) for i, t in enumerate(explored))
                chosen = [sample[i] for error, i in ranked if math.isfinite(error)]
                finalists = chosen[: self.preset.search.finalists]
            for candidate, seed in itertools.product(finalists, seeds[1:]):
                yield self.trial(candidate, model, m, data_seed, seed)
            if finalists:
                best.append((m, finalists[0]))

    def trial(self, candidate: Candidate, model: str, m: int, data_seed: int, seed: int) -> Trial:
        """A candidate on one shard, with one seed."""
        return Trial(
            domain=self.domain.name,
            options=self.domain.options.identity(),
            dataset=self.preset.dataset,
            fingerprint=self.data.fingerprint,
            model=model,
            size=candidate.size,
            m=m,
            data_seed=data_seed,
            seed=seed,
            training=candidate.training,
            source=self.sources[model],
        )

    def _sample(
        self, draw: np.random.Generator, m: int, model: str, best: Sequence[tuple[int, Candidate]]
    ) -> list[Candidate]:
        """Distinct candidates, sizes in turn; the predicted size with the best settings so far comes first."""
        sizes = self._sizes(m, model, best)
        grids = self._settings(best)
        columns = {size: [grids[i] for i in draw.permutation(len(grids))] for size in sizes}
        if best:
            first = columns[sizes[0]]
            first.sort(key=lambda settings: settings != best[-1][1].training)
        rows = itertools.zip_longest(*columns.values())
        found = (
            Candidate(size, s) for row in rows for size, s in zip(sizes, row, strict=True) if s is not None
        )
        return list(itertools.islice(found, self.preset.search.trials))

    def _sizes(self, m: int, model: str, best: Sequence[tuple[int, Candidate]]) -> list[int]:
        """The window of the ladder around the predicted size, the predicted size first."""
        rungs = self.preset.ladder(self.domain, model)
        width = min(self.preset.search.window, len(rungs))
        centre = width // 2 if not best else nearest(rungs, predicted_size(m, best))
        start = min(max(centre - width // 2, 0), len(rungs) - width)
        return sorted(rungs[start : start + width], key=lambda size: abs(math.log(size / rungs[centre])))

    def _settings(self, best: Sequence[tuple[int, Candidate]]) -> list[Training]:
        """Points of the grid; once a best is known, its neighbours only."""
        axes = []
        for name, values in self.preset.search.grid.items():
            ordered = sorted(values)
            if best:
                at = ordered.index(getattr(best[-1][1].training, name))
                ordered = ordered[max(at - 1, 0) : at + 2]
            axes.append([(name, value) for value in ordered])
        return [with_setting(self.preset.training, dict(point)) for point in itertools.product(*axes)]


def predicted_size(m: int, best: Sequence[tuple[int, Candidate]]) -> float:
    """Size at m by a line through the logarithms of the best sizes so far; it never shrinks with data."""
    log_m = np.log([shard for shard, _ in best])
    log_size = np.log([candidate.size for _, candidate in best])
    if len(best) < 3:
        return float(best[-1][1].size)
    slope, intercept = np.polyfit(log_m, log_size, 1)
    return float(np.exp(intercept + slope * math.log(m))) if slope > 0 else float(np.exp(log_size.mean()))


def nearest(rungs: Sequence[int], size: float) -> int:
    """Index of the rung nearest in ratio."""
    return min(range(len(rungs)), key=lambda i: abs(math.log(rungs[i] / size)))
