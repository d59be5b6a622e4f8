"""How often is a model called different from itself, and how large a shift is found? Measured, not derived.

Trains one preset many times with disjoint seeds, each time with its whole search, then compares every arm with every
other as `steepness compare` does. The data seeds are the same, as in a comparison. Shifts are made by scaling one arm's
errors, which leaves its noise as it was.

    python -m benchmarks.compare_same char_lm smoke --arms 24 --folder results/arms
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy.stats import binom

from steepness.compare.answer import POWER, Answer, answer
from steepness.compare.contrast import best_runs, contrast, pairs
from steepness.compare.costs import COSTS
from steepness.study import Study, load_study
from steepness.study.manifest import keep_manifest
from steepness.study.prepare import Request, prepare
from steepness.study.presets import load_preset
from steepness.study.run import make_manifest
from steepness.study.search import Search
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.records import read_records, write_record

SHIFTS = np.arange(0.5, 40.5, 0.5)
"""Percent by which one arm's errors are lowered."""
TRIES, PASSED = 20, 18


def train_arm(first_seed: int, domain: str, preset: str, settings: Sequence[str], folder: Path) -> Path:
    """One arm's study in this process, or what is missing of it."""
    asked = Request(
        domain=domain,
        preset=preset,
        settings=(*settings, "search.every_seed=true", f"first_seed={first_seed}"),
        device="cpu",
        offline=True,
    )
    ready = prepare(asked)
    study = folder / f"{first_seed:03d}"
    study.mkdir(parents=True, exist_ok=True)
    keep_manifest(study, make_manifest(ready))
    records = read_records(study)
    search = Search(ready)
    while due := search.due(records):
        for trial in due:
            records[trial.id] = train(Learner(trial, ready.domain, ready.data, ready.device))
            write_record(study, records[trial.id])
    return study


class Pair:
    """Two arms and what is found of them."""

    def __init__(self, a: Study, b: Study) -> None:
        self.found = contrast(a, b, ("a", "b"))
        assert self.found.shift.value is not None
        self.shift = self.found.shift.value
        self.pairs = pairs(a, b, self.found.metric).from_shard(self.shift.m[0])

    def told(self, percent: float = 0.0) -> Answer:
        """The answer if b's errors are lowered by that many percent, which moves no trend."""
        lowered = [error * (1 - percent / 100) for error in self.pairs.candidate]
        return answer(replace(self.pairs, candidate=lowered).shift(0.95))


def smallest_found(compared: Sequence[Pair]) -> float:
    """The shift, in percent, that is found in `POWER` of the pairs; infinite if none of `SHIFTS` is."""
    for percent in SHIFTS:
        if np.mean([pair.told(percent).shift == "better" for pair in compared]) >= POWER:
            return float(percent)
    return float("inf")


def outside(pair: Pair, name: str) -> float:
    """Share of a pair's 95 % intervals that leave out no shift, or equal costs."""
    if name == "shard":
        return float(np.mean([0 not in at for at in pair.shift.at]))
    if name in ("overall", "steepness"):
        return float(0 not in getattr(pair.shift, name))
    ratio = next(cost.ratio.value for cost in pair.found.costs if cost.name == name)
    return float(ratio is not None and 1 not in ratio)


def persistence(studies: Sequence[Study], metric: str) -> float:
    """Correlation between the shards of one seed's best runs, mean over pairs of shards."""
    runs = [best_runs(study, metric) for study in studies]
    log_k = [
        np.log([[r.error(metric) for r in arm if r.trial.m == m] for m in sorted({r.trial.m for r in arm})])
        for arm in runs
    ]
    correlation = np.corrcoef(np.concatenate(log_k, axis=1))
    return float(correlation[~np.eye(len(correlation), dtype=bool)].mean())


def rows(compared: Sequence[Pair], arms: int) -> list[str]:
    """The table's rows: what was measured, and the figure."""
    told = [pair.told() for pair in compared]
    found = np.array([(bool(t.shift), bool(t.turn), t.different) for t in told])
    rates = ", ".join(f"{rate:.1%}" for rate in found.mean(axis=0))
    noise = np.median([pair.shift.noise for pair in compared])
    groups = binom.cdf(TRIES - PASSED, TRIES, found[:, 2].mean())
    asked = ("overall", "steepness", "shard", *COSTS)
    apart = {name: np.mean([outside(pair, name) for pair in compared]) for name in asked}
    equal = np.mean([t.words == "no difference" for t in told])
    return [
        f"arms, each with seeds and a search of its own | {arms}",
        f"comparisons of one arm with another | {len(compared)}",
        f"called different: a shift, a change of steepness, either | {rates}",
        f"called no difference of {told[0].margin:g} %, which is shown; the others cannot tell | {equal:.1%}",
        f"tries of {TRIES} that have {PASSED} or more not called different at that rate | {groups:.1%}",
        "95 % intervals that leave out the truth | " + ", ".join(f"{n} {x:.1%}" for n, x in apart.items()),
        f"standard deviation of a pair of runs, median | {noise:.2g} %",
        f"shift found in {POWER:.0%} of comparisons | {smallest_found(compared):g} %",
        f"shift said to be found in {POWER:.0%}, median | {np.median([t.unseen for t in told]):.2g} %",
    ]


def main() -> None:
    """Train what is missing, compare, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("domain")
    parser.add_argument("preset")
    parser.add_argument("--arms", type=int, default=20)
    parser.add_argument(
        "--folder", type=Path, required=True, help="of the arms' studies; what is there is kept"
    )
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--set", dest="settings", action="append", default=[])
    asked = parser.parse_args()
    job = partial(
        train_arm, domain=asked.domain, preset=asked.preset, settings=asked.settings, folder=asked.folder
    )
    seeds = load_preset(asked.domain, asked.preset, asked.settings).seeds
    with ProcessPoolExecutor(asked.workers, mp_context=get_context("spawn")) as pool:
        folders = list(pool.map(job, range(0, asked.arms * seeds, seeds)))
    studies = [load_study(folder) for folder in folders]
    compared = [Pair(a, b) for a, b in itertools.combinations(studies, 2)]
    print(f"| {asked.domain} {Path(asked.preset).stem} | measured |", "|---|---|", sep="\n")
    correlation = persistence(studies, compared[0].found.metric)
    for row in [
        *rows(compared, len(studies)),
        f"correlation between the shards of one seed | {correlation:.2f}",
    ]:
        print(f"| {row} |")


if __name__ == "__main__":
    main()
