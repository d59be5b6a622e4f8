"""How much of the clock two workers train for, and how long budgets take, rehearsed at prices of published studies.

    python -m benchmarks.sweeps.busy     # writes benchmarks/sweeps/busy.md

A rehearsal is the very search, with outcomes as they are expected in place of trained ones; nothing is trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import structs

from steepness.study.calibrate import granted
from steepness.study.manifest import read_manifest
from steepness.study.plan import rehearse
from steepness.study.prepare import Request, prepare
from steepness.study.search import Search

TABLE = Path(__file__).with_suffix(".md")
DOMAINS = ("char_lm", "image", "nmt", "speech", "word_lm")
MINUTES = (8.0, 20.0, 60.0, 240.0)
WORKERS = 2


def rows(domain: str) -> Iterator[str]:
    """A row for each budget: minutes, share of the workers' time, trials, largest shard."""
    ready = prepare(Request(domain=domain, preset="cpu", device="cpu", workers=WORKERS))
    manifest = read_manifest(Path("results/published") / f"{domain}-cpu")
    assert manifest is not None
    assert manifest.ledger is not None
    bare = structs.replace(manifest.ledger, budgets=())
    for minutes in MINUTES:
        plan = rehearse(Search(ready, granted(bare, minutes, WORKERS, None)), WORKERS, {})
        top = max(shard.m for shard in plan.shards)
        yield f"| {domain} | {minutes:g} | {plan.minutes:.1f} | {plan.busy:.0%} | {plan.trials} | {top:,} |"


def main() -> None:
    """The command."""
    lines = [
        "# How busy two workers are, and how long a budget takes", "",
        "Made by `python -m benchmarks.sweeps.busy`: rehearsals at prices of published studies, nothing trained.", "",
        "| domain | budget, min | rehearsed, min | workers train | trials | largest shard |",
        "|---|---|---|---|---|---|",
        *(row for domain in DOMAINS for row in rows(domain)),
    ]  # fmt: skip
    TABLE.write_text("\n".join(lines) + "\n")
    print(TABLE.read_text())


if __name__ == "__main__":
    main()
