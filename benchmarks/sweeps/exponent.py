"""Time to exponent: what the budgeted search finds, beside the full grid of sizes and settings on the same shards.

    python -m benchmarks.sweeps.exponent [word_lm char_lm image] [--preset cpu] [--budget 8] [--seeds 5] [--out FOLDER]

For each data seed: a study with that budget, then every size of the ladder with every setting of the grid, trained to
its end at every shard that the study reached, on the same permutation. Exponents are of the straight line through the
lowest error of each shard on the first seed, for both alike. Studies are kept under --results, so that it can be killed
and run again. The full grid of the cpu presets takes hours.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from msgspec import structs

from benchmarks.ratios import facts
from benchmarks.sweeps.trials import run_all
from steepness.laws.fit import fit
from steepness.study.prepare import Prepared, Request, prepare
from steepness.study.presets import with_setting
from steepness.study.run import Unwatched, make_job, run_study
from steepness.training.records import read_records
from steepness.training.trial import Record, Trial


@dataclass(frozen=True, kw_only=True)
class Found:
    """One data seed of one domain.

    Attributes:
        exponent, grid_exponent: of the search and of the full grid.
        flops, grid_flops: that their trials took.
        winners: share of the search's FLOPs that went to the winner of a shard, on any seed.
        errors, grid_errors: lowest of each shard, ascending in m.
    """

    domain: str
    seed: int
    shards: tuple[int, ...]
    exponent: float
    grid_exponent: float
    flops: float
    grid_flops: float
    winners: float
    errors: tuple[float, ...]
    grid_errors: tuple[float, ...]


def best(records: Sequence[Record], metric: str) -> dict[int, Record]:
    """The winner of each shard among trials that were trained to their end, ascending in m."""
    whole = [r for r in records if math.isfinite(r.error(metric)) and not r.trial.training.stop_step]
    ranked = sorted(whole, key=lambda r: (r.trial.m, r.error(metric)))
    return {m: next(group) for m, group in itertools.groupby(ranked, key=lambda r: r.trial.m)}


def exponent(winners: dict[int, Record], metric: str) -> float:
    """beta_g of the straight line in logarithms."""
    errors = [record.error(metric) for record in winners.values()]
    return fit(list(winners), errors, form="power").power_all.beta_g.value


def make_grid(ready: Prepared, trials: Sequence[Trial]) -> list[Trial]:
    """Every size with every setting, at every shard of the trials, on their first seed."""
    settings = ready.preset.search.grid
    combined = [dict(zip(settings, values, strict=True)) for values in itertools.product(*settings.values())]
    found = {}
    for trial in {t.m: t.whole for t in trials}.values():
        for size, values in itertools.product(ready.preset.ladder(ready.domain, trial.model), combined):
            training = with_setting(trial.training, values)
            one = structs.replace(trial, size=size, training=training)
            found[one.id] = one
    return list(found.values())


def train_grid(ready: Prepared, trials: Sequence[Trial]) -> list[Record]:
    """Their records: those that are kept, and what is missing."""
    records = read_records(ready.folder)
    records |= run_all(make_job(ready), ready.devices, [t for t in trials if t.id not in records])
    return [records[trial.id] for trial in trials]


def compare(request: Request, seed: int) -> Found:
    """The search with its budget, then the grid."""
    ready = prepare(request)
    metric = ready.domain.metrics[0].name
    study = run_study(ready, Unwatched())
    first = [r for r in study.records if r.trial.seed == seed]
    winners = best(first, metric)
    grid = ready.but(folder=f"{ready.folder.name}-grid")
    everything = train_grid(grid, make_grid(grid, [r.trial for r in winners.values()]))
    grid_winners = best(everything, metric)
    won = {(r.trial.m, r.trial.size, r.trial.training) for r in winners.values()}
    flops = sum(r.flops for r in study.records)
    spent = sum(r.flops for r in study.records if (r.trial.m, r.trial.size, r.trial.training) in won)
    return Found(
        domain=ready.domain.name, seed=seed, shards=tuple(winners),
        exponent=exponent(winners, metric), grid_exponent=exponent(grid_winners, metric),
        flops=flops, grid_flops=sum(r.flops for r in everything), winners=spent / flops,
        errors=tuple(r.error(metric) for r in winners.values()),
        grid_errors=tuple(r.error(metric) for r in grid_winners.values()),
    )  # fmt: skip


def table(found: Sequence[Found]) -> str:
    """Markdown."""
    lines = [
        "| domain | data seed | shards | beta_g | of the grid | difference | FLOPs of the grid's | winners' share |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {f.domain} | {f.seed} | {len(f.shards)} | {f.exponent:.3f} | {f.grid_exponent:.3f} "
        f"| {f.exponent - f.grid_exponent:+.3f} | {f.flops / f.grid_flops:.0%} | {f.winners:.0%} |"
        for f in found
    ]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("domains", nargs="*", default=["word_lm", "char_lm", "image"])
    parser.add_argument("--preset", default="cpu")
    parser.add_argument("--budget", type=float, default=8.0, help="minutes of each study")
    parser.add_argument("--seeds", type=int, default=5, help="data seeds of each domain")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--results", type=Path, default=Path("results/exponent"))
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    found = []
    for domain, seed in itertools.product(words.domains, range(words.seeds)):
        request = Request(
            domain=domain, preset=words.preset, settings=(f"first_seed={seed}",), results=words.results,
            workers=words.workers, offline=True, folder=f"{domain}-{words.preset}-{seed}", budget=words.budget,
        )  # fmt: skip
        found.append(compare(request, seed))
        print(table(found[-1:]).splitlines()[-1], flush=True)
    print(table(found))
    if words.out:
        kept = {"machine": facts(), "found": [asdict(one) for one in found]}
        (words.out / "exponent.json").write_text(json.dumps(kept, indent=1) + "\n")
        head = f"python -m benchmarks.sweeps.exponent {' '.join(words.domains)} --preset {words.preset}"
        command = f"    {head} --budget {words.budget:g} --seeds {words.seeds}"
        (words.out / "exponent.md").write_text(f"# Time to exponent\n\n{command}\n\n{table(found)}\n")


if __name__ == "__main__":
    main()
