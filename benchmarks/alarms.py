"""The nights that benchmarks/nightly_alarms.py runs, nights drawn at random from their runs, and the table of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np

from steepness.domain import domain_names
from steepness.nightly.baseline import FOLDER, Baseline, find_baseline
from steepness.nightly.judge import FALSE_ALARM, Statistic, judge, suspicious
from steepness.nightly.night import MORE_SESSIONS, Night, read_nights, run_night
from steepness.nightly.observation import Observation
from steepness.nightly.runs import Plan
from steepness.nightly.words import line, write_words

TABLE = Path(__file__).with_name("nightly_alarms.md")
CLEAN = tuple(domain_names())
FIRST = date(2026, 10, 1)
"""Made-up days: they name the nights and their seeds."""
PLANTED = "docs/examples/planted.py"
WORSE_AND_SLOW = (f"{PLANTED}:WorseWordLM", f"{PLANTED}:SlowCharLM")
NIGHTS_PLANTED = [(f"{PLANTED}:TooGoodWordLM", "char_lm")] + [WORSE_AND_SLOW] * 2
CHANGES = (0.01, 0.02, 0.03, 0.05)
RATES = (0.10, 0.15, 0.20, 0.30)


def add_nights(folder: Path, more: int, clean: int) -> None:
    """Run the next nights of the series: the clean ones, then those with planted faults."""
    have = len(read_nights(folder))
    series = [CLEAN] * clean + NIGHTS_PLANTED
    for i, domains in list(enumerate(series))[have : have + more]:
        night, path = run_night(
            Plan(domains=domains, baselines=FOLDER, results=folder, offline=True), FIRST + timedelta(days=i)
        )
        write_words(night, path)
        print(path.name, night.exit_code, *map(line, night.alarms), *night.problems, sep="\n  ", flush=True)


def judged_again(night: Night) -> Night:
    """The night by the rules of today, whichever were in force when it was run."""
    bases = [find_baseline(FOLDER, seen.domain, night.machine_class) for seen in night.observations]
    pairs = [(seen, base) for seen, base in zip(night.observations, bases, strict=True) if base]
    assert len(pairs) == len(bases)
    statistics = judge(
        pairs, {seen.domain: base.machine_class == night.machine_class for seen, base in pairs}
    )
    return msgspec.structs.replace(night, statistics=statistics)


@dataclass(frozen=True)
class Pool:
    """All runs of one domain without change, to draw nights and baselines from.

    Attributes:
        runs: as one observation.
        stored, nightly: seeds of a baseline and of a night.
        sessions, few: throughput sessions of a baseline and of a night.
    """

    base: Baseline
    runs: Observation
    stored: int
    nightly: int
    sessions: int
    few: int


def pools(nights: Sequence[Night]) -> Iterator[Pool]:
    """Per domain, the baseline's runs and those of the clean nights together."""
    for domain in CLEAN:
        base = find_baseline(FOLDER, domain, nights[0].machine_class)
        assert base
        seen = [o for night in nights for o in night.observations if o.domain == domain]
        few = min(len(sessions) for o in seen for sessions in o.rates.values())  # what no suspicion added to
        first, model = base.observation, next(iter(base.observation.rates))
        yield Pool(
            base, merged([first, *seen]), len(first.seeds), len(seen[0].seeds),
            len(first.rates[model]), few,
        )  # fmt: skip


def merged(observations: Sequence[Observation]) -> Observation:
    """Observations of one experiment as one."""
    first = observations[0]
    return msgspec.structs.replace(
        first,
        seeds=[s for o in observations for s in o.seeds],
        runs={
            curve: {m: [e for o in observations for e in o.runs[curve][m]] for m in shards}
            for curve, shards in first.runs.items()
        },
        rates={model: [x for o in observations for x in o.rates[model]] for model in first.rates},
        memory={model: [x for o in observations for x in o.memory[model]] for model in first.memory},
    )


def drawn(
    pool: Pool, seeds: np.ndarray, sessions: np.ndarray, error: float = 0.0, rate: float = 0.0
) -> Observation:
    """Those seeds and sessions, with errors higher and throughput lower by a share."""
    runs = pool.runs
    return msgspec.structs.replace(
        runs,
        seeds=[runs.seeds[i] for i in seeds],
        runs={
            c: {m: [(1 + error) * e[i] for i in seeds] for m, e in s.items()} for c, s in runs.runs.items()
        },
        rates={model: [(1 - rate) * x[i] for i in sessions] for model, x in runs.rates.items()},
        memory={model: [x[i] for i in sessions] for model, x in runs.memory.items()},
    )


def redraw(
    found_pools: Sequence[Pool], rng: np.random.Generator, error: float = 0.0, rate: float = 0.0
) -> list[Statistic]:
    """Judge a night drawn from the pools against baselines drawn from the rest; changes in the first domain only."""
    pairs = []
    for i, pool in enumerate(found_pools):
        seeds = rng.permutation(len(pool.runs.seeds))[: pool.stored + pool.nightly]
        sessions = rng.permutation(len(next(iter(pool.runs.rates.values()))))
        stored = drawn(pool, seeds[: pool.stored], sessions[: pool.sessions])
        base = msgspec.structs.replace(pool.base, observation=stored)
        moved = (error, rate) if i == 0 else (0.0, 0.0)
        found, more = np.split(sessions[pool.sessions :][: pool.few + MORE_SESSIONS], [pool.few])
        seen = drawn(pool, seeds[pool.stored :], found, *moved)
        if suspicious(seen, base):  # a night then measures again, and judges all sessions together
            seen = drawn(pool, seeds[pool.stored :], np.append(found, more), *moved)
        pairs.append((seen, base))
    return judge(pairs, {seen.domain: True for seen, _ in pairs})


def share(found: Sequence[Pool], draws: int, first: str, **moved: float) -> float:
    """Share of drawn nights with an alarm (for a change: with one in the domain `first`)."""
    rng = np.random.default_rng(0)
    hits = [
        any(f.alarming and first in ("", f.domain) for f in redraw(found, rng, **moved)) for _ in range(draws)
    ]
    return float(np.mean(hits))


def table(clean: Sequence[Night], planted: Sequence[Night], draws: int) -> str:
    """Everything as Markdown."""
    found = list(pools(clean))
    tested = sum(f.low is not None for f in clean[0].statistics)
    alarms = sum(bool(night.alarms) for night in clean)
    lines = [
        "# Alarms of the nightly run",
        "",
        f"{len(clean)} nights of {', '.join(CLEAN)} with fresh seeds on unchanged code, each of {tested} statistics: "
        f"**{alarms} raised an alarm** (at most {FALSE_ALARM:.0%} are expected to). "
        f"Machine class {clean[0].machine_class}, median {np.median([n.seconds for n in clean]):.0f} s a night.",
        "",
        f"{draws:,} nights drawn at random from the runs of these nights and of the baseline, each held against a "
        f"baseline drawn from the rest: {share(found, draws, ''):.2%} raise an alarm.",
        "",
        "## What is seen",
        "",
        "Drawn likewise, with the change applied to all the runs of one domain: share of nights that raise the alarm.",
        "",
        "| change | " + " | ".join(CLEAN) + " |",
        "|---|" + "---|" * len(CLEAN),
    ]
    orders = {domain: sorted(found, key=lambda p: p.runs.domain != domain) for domain in CLEAN}
    for name, changes in (("error", CHANGES), ("rate", RATES)):
        for x in changes:
            said = f"errors {x:.0%} higher" if name == "error" else f"throughput {x:.0%} lower"
            seen = [f"{share(orders[d], draws // 10, d, **{name: x}):.2f}" for d in CLEAN]
            lines.append(f"| {said} | " + " | ".join(seen) + " |")
    lines += [
        "",
        "Spread of the statistics between seeds and between sessions, standard deviation of one:",
        "",
    ]
    lines += [f"- {text}" for pool in found for text in spreads(pool.runs)]
    lines += [
        "",
        "## Planted faults",
        "",
        "Run like any night, with the domains of `docs/examples/planted.py`.",
        "",
    ]
    for night in planted:
        lines += [f"- {night.name} (`{night.command}`): exit {night.exit_code}"]
        lines += [f"  - {line(statistic)}" for statistic in night.alarms]
    return "\n".join([*lines, "", "Made by `python -m benchmarks.nightly_alarms`.", ""])


def spreads(seen: Observation) -> Iterator[str]:
    """A line for each statistic."""
    from steepness.nightly.observation import statistics

    for (curve, name), values in statistics(seen).items():
        spread = float(values.std(ddof=1))
        yield f"{seen.domain} {curve} {name}: " + (f"{spread:.4f}" if name == "exponent" else f"{spread:.2%}")
    sessions: Mapping[str, Mapping[str, Sequence[float]]] = {"throughput": seen.rates, "memory": seen.memory}
    for name, by_model in sessions.items():
        for model, values_of in by_model.items():
            yield f"{seen.domain} {model} {name}: {np.std(np.log(values_of), ddof=1):.2%}"
