"""What it costs to stop losers early, from the traces of trials that were all trained to their end.

    python -m benchmarks.sweeps.culling results/published/*

prints, for each study, share of the steps and number kept: how often the best trial of a shard would have been
stopped, the error that this would have cost, and the FLOPs saved. The presets' `search.cull_at` and `search.finalists`
are read off this table.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from steepness.study import load_study
from steepness.training.trial import Record

SHARES = (0.1, 0.2, 0.3, 0.5)
KEEPS = (1, 2)


def error_after(record: Record, share: float, metric: str) -> float:
    """The lowest error seen in that share of the trial's steps; infinite if it was not evaluated until then."""
    seen = [line.validation[metric] for line in record.trace if line.step <= share * record.steps]
    return min(seen, default=math.inf)


def shards(records: Sequence[Record]) -> list[list[Record]]:
    """Per shard, the trials that compete: whole, on the first seed, three or more."""
    found: dict[int, list[Record]] = defaultdict(list)
    for r in records:
        if (
            r.status == "done"
            and r.trial.seed == 0
            and r.trial.data_seed == 0
            and not r.trial.training.stop_step
        ):
            found[r.trial.m].append(r)
    return [group for _, group in sorted(found.items()) if len(group) > 2]


def judge(
    groups: Sequence[Sequence[Record]], share: float, keep: int, metric: str
) -> tuple[int, float, float]:
    """Shards whose winner is lost, mean relative regret, share of FLOPs saved."""
    lost, regrets, saved, whole = 0, [], 0.0, 0.0
    for group in groups:
        kept = sorted(group, key=lambda r: error_after(r, share, metric))[:keep]
        best, chosen = (min(r.error(metric) for r in runs) for runs in (group, kept))
        lost += chosen > best
        regrets.append(chosen / best - 1)
        stopped = [r for r in group if r not in kept]
        saved += (1 - share) * sum(r.flops for r in stopped)
        whole += sum(r.flops for r in group)
    return lost, sum(regrets) / len(regrets), saved / whole


def main() -> None:
    """A table per study, Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="+", type=Path)
    print("| study | after | keep | winners lost | mean regret | FLOPs saved |\n|---|---|---|---|---|---|")
    for path in parser.parse_args().studies:
        if not (path / "study.json").exists():
            continue
        study = load_study(path)
        metric, groups = study.manifest.metrics[0].name, shards(study.records)
        if not groups:
            continue
        for share in SHARES:
            for keep in KEEPS:
                lost, regret, saved = judge(groups, share, keep, metric)
                counts = f"{lost} of {len(groups)}"
                print(f"| {path.name} | {share:.0%} | {keep} | {counts} | {regret:.2%} | {saved:.0%} |")


if __name__ == "__main__":
    main()
