"""Time to exponent: what the search finds, beside the full grid of sizes and settings on the same shards.

    python -m benchmarks.sweeps.exponent [word_lm char_lm image] [--shards 6] [--sizes 6] [--seeds 5] [--out FOLDER]

For each data seed: the search of the domain's `cpu` preset on so many shards, one seed and no budget (a budget goes to
further seeds, which a grid has not), then every size of the ladder with every setting of the preset's grid, trained to
its end at every shard, on the same permutation. Exponents are of the straight line through the lowest error of each
shard, for both alike; FLOPs are of training. A probe that was then trained to its end is paid for once.

Trials are kept under --results and the domains take turns, so that it can be killed at any time: the same command goes
on. What is finished is written to --out, seed by seed, beside what was found there of other domains. By the published
studies' prices a seed takes 26, 69 and 35 minutes of one idle core at word_lm, char_lm and image, 11 hours in all; with
`--shards 4 --sizes 4`, which leaves out what is dearest, 5, 8 and 7.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from msgspec import structs

from benchmarks.ratios import facts
from benchmarks.sweeps.trials import run_all
from steepness.laws.fit import fit
from steepness.study.prepare import Prepared, Request, prepare
from steepness.study.presets import with_setting
from steepness.study.run import Unwatched, make_job, run_study
from steepness.training.records import read_records
from steepness.training.trial import Record, Trial

LADDERS = {
    "word_lm": ("lstm-2", [48, 72, 96, 144, 216, 320]),
    "char_lm": ("lstm-2", [64, 96, 144, 208, 304, 448]),
    "image": ("resnet-8", [16, 24, 32, 48, 72]),
}
"""The presets' model and sizes, and the larger ones that the published studies went on to."""
FEWEST = 3
"""Shards that show a law."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One data seed of one domain.

    Attributes:
        exponent, grid_exponent: of the search and of the full grid.
        flops, grid_flops: that training took.
        winners: share of the search's FLOPs that went to the winner of a shard.
        errors, grid_errors: lowest of each shard, ascending in m.
        sizes, grid_sizes: those with the lowest.
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
    sizes: tuple[int, ...]
    grid_sizes: tuple[int, ...]

    @property
    def regret(self) -> float:
        """Relative excess of the search's errors, mean of the shards."""
        return statistics.mean(a / b - 1 for a, b in zip(self.errors, self.grid_errors, strict=True))


def best(records: Iterable[Record], metric: str) -> dict[int, Record]:
    """The winner of each shard among trials that were trained to their end, ascending in m."""
    whole = [r for r in records if math.isfinite(r.error(metric)) and not r.trial.training.stop_step]
    ranked = sorted(whole, key=lambda r: (r.trial.m, r.error(metric)))
    return {m: next(group) for m, group in itertools.groupby(ranked, key=lambda r: r.trial.m)}


def exponent(winners: dict[int, Record], metric: str) -> float:
    """beta_g of the straight line in logarithms."""
    errors = [record.error(metric) for record in winners.values()]
    return fit(list(winners), errors, form="power").power_all.beta_g.value


def flops(records: Iterable[Record]) -> float:
    """Of training; the first part of a trial that was then trained to its end is paid for once."""
    longest = {r.trial.goes_on_as.id: r for r in sorted(records, key=lambda r: r.flops)}
    return sum(r.flops for r in longest.values())


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
    """Their records: what the search or an earlier call has trained, and what is missing."""
    records = read_records(ready.folder)
    grid = ready.but(folder=f"{ready.folder.name}-grid")
    records |= read_records(grid.folder)
    records |= run_all(make_job(grid), grid.devices, [t for t in trials if t.id not in records])
    return [records[trial.id] for trial in trials]


def compare(request: Request) -> Found:
    """The search, then the grid."""
    ready = prepare(request)
    metric = ready.domain.metrics[0].name
    study = run_study(ready, Unwatched())
    winners = best(study.records, metric)
    everything = train_grid(ready, make_grid(ready, [r.trial for r in study.records]))
    grid_winners = best(everything, metric)
    spent = flops(study.records)
    return Found(
        domain=ready.domain.name, seed=ready.preset.first_seed, shards=tuple(winners),
        exponent=exponent(winners, metric), grid_exponent=exponent(grid_winners, metric),
        flops=spent, grid_flops=flops(everything), winners=flops(winners.values()) / spent,
        errors=tuple(r.error(metric) for r in winners.values()),
        grid_errors=tuple(r.error(metric) for r in grid_winners.values()),
        sizes=tuple(r.trial.size for r in winners.values()),
        grid_sizes=tuple(r.trial.size for r in grid_winners.values()),
    )  # fmt: skip


def request_for(domain: str, seed: int, words: argparse.Namespace) -> Request:
    """One data seed's, in a folder that says what is in it."""
    model, ladder = LADDERS[domain]
    sizes = ladder[: words.sizes]
    settings = (
        f"first_seed={seed}", "seeds=1", f"shards.count={words.shards}", f'sizes={{"{model}"={sizes}}}'
    )  # fmt: skip
    return Request(
        domain=domain, settings=settings, results=words.results, workers=words.workers, offline=True,
        folder=f"{domain}-{words.shards}-{len(sizes)}-{seed}",
    )  # fmt: skip


def table(found: Sequence[Found]) -> str:
    """Markdown: a row for each data seed, and what they come to."""
    lines = [
        "| domain | data seed | shards | beta_g | of the grid | difference | error above the grid's "
        "| FLOPs of the grid's | winners' share |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {f.domain} | {f.seed} | {f.shards[0]:,} to {f.shards[-1]:,} | {f.exponent:.4f} | {f.grid_exponent:.4f} "
        f"| {f.exponent - f.grid_exponent:+.4f} | {f.regret:.2%} | {f.flops / f.grid_flops:.1%} | {f.winners:.0%} |"
        for f in found
    ]
    groups = itertools.groupby(sorted(found, key=lambda f: f.domain), key=lambda f: f.domain)
    return "\n".join([*lines, "", *(verdict(domain, list(group)) for domain, group in groups)])


def verdict(domain: str, found: Sequence[Found]) -> str:
    """Of one domain, a sentence."""
    near = sum(abs(f.exponent - f.grid_exponent) <= 0.01 for f in found)
    share = statistics.median(f.flops / f.grid_flops for f in found)
    dearest = max(f.flops / f.grid_flops for f in found)
    return (
        f"{domain}: {near} of {len(found)} exponents within .01 of the grid's, for {share:.0%} of its FLOPs (at most "
        f"{dearest:.0%}).\n"
    )


def write(found: Sequence[Found], words: argparse.Namespace) -> None:
    """The table and the numbers behind it, with those of other domains that are there."""
    words.out.mkdir(parents=True, exist_ok=True)
    path = words.out / "exponent.json"
    kept = json.loads(path.read_text()) if path.exists() else {"commands": {}, "found": []}
    others = [as_found(one) for one in kept["found"] if one["domain"] not in words.domains]
    commands = kept["commands"] | dict.fromkeys(words.domains, command_of(words))
    found = sorted([*others, *found], key=lambda f: (list(LADDERS).index(f.domain), f.seed))
    kept = {"machine": facts(), "commands": commands, "found": [asdict(one) for one in found]}
    path.write_text(json.dumps(kept, indent=1) + "\n")
    asked = "\n".join(f"    {command}" for command in dict.fromkeys(commands.values()))
    about = (
        "The search of the `cpu` presets beside every size and rate, on the same permutations, one seed each. FLOPs\n"
        "and errors do not hang on how busy the machine was."
    )
    (words.out / "exponent.md").write_text(f"# Time to exponent\n\n{asked}\n\n{about}\n\n{table(found)}")


def as_found(stored: dict[str, Any]) -> Found:
    """As `asdict` has left it in JSON."""
    return Found(**{k: tuple(v) if isinstance(v, list) else v for k, v in stored.items()})


def command_of(words: argparse.Namespace) -> str:
    """What to type for the same again."""
    return (
        f"python -m benchmarks.sweeps.exponent {' '.join(words.domains)} --shards {words.shards} "
        f"--sizes {words.sizes} --seeds {words.seeds}"
    )


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("domains", nargs="*", default=[*LADDERS], metavar="domain", help=", ".join(LADDERS))
    parser.add_argument("--shards", type=int, default=6)
    parser.add_argument("--sizes", type=int, default=6, help="of the ladder, from the smallest up")
    parser.add_argument("--seeds", type=int, default=5, help="data seeds of each domain")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--results", type=Path, default=Path("results/exponent"))
    parser.add_argument("--out", type=Path)
    words = parser.parse_args()
    if unknown := [domain for domain in words.domains if domain not in LADDERS]:
        parser.error(f"unknown domain {unknown[0]}: use {', '.join(LADDERS)}")
    if words.shards < FEWEST:
        parser.error(f"--shards {words.shards} show no law: give {FEWEST} or more")
    found = []
    for seed, domain in itertools.product(range(words.seeds), words.domains):
        found.append(compare(request_for(domain, seed, words)))
        print(table(found[-1:]).splitlines()[2], flush=True)
        if words.out:
            write(found, words)
    print(table(found))


if __name__ == "__main__":
    main()
