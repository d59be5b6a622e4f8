"""The history page without a night of computing: the stored baselines of a machine, dealt out as five nights.

A baseline holds twenty seeds and sixteen sessions of every domain. Here each four seeds are a night, held against the
other sixteen; in the last of them the errors of words are made 5 % higher, so that there is something to see.

    python docs/examples/nights.py      # writes docs/examples/nightly-history.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from steepness.nightly.baseline import FOLDER, Baseline, find_baseline
from steepness.nightly.history import write_history
from steepness.nightly.judge import judge
from steepness.nightly.night import Night
from steepness.nightly.observation import Observation

HERE = Path(__file__)
PAGE = HERE.with_name("nightly-history.html")
DOMAINS = ("char_lm", "image", "nmt", "speech", "word_lm")
MACHINE = "intel-r-xeon-r-processor-2-cores"
NIGHTS, SEEDS, SESSIONS = 5, 4, 3
WORSE, FACTOR = "word_lm", 1.05
NOTE = (
    "no night was run for this page: each is four of the twenty seeds of the stored baselines, held against the other "
    f"sixteen. In the last the errors of {WORSE} were multiplied by {FACTOR}"
)


def nights() -> list[Night]:
    """The five of them."""
    return [night(i, [_baseline(name) for name in DOMAINS]) for i in range(NIGHTS)]


def night(i: int, baselines: Sequence[Baseline]) -> Night:
    """The i-th set of seeds against all others."""
    worse = i == NIGHTS - 1
    pairs = [
        (drawn(base, i, worse and base.observation.domain == WORSE), rest(base, i)) for base in baselines
    ]
    first = baselines[0]
    return Night(
        name=f"seeds {SEEDS * i:02}-{SEEDS * i + SEEDS - 1:02}",
        started=first.created,
        seconds=sum(seen.seconds for seen, _ in pairs),
        command="python docs/examples/nights.py" + ":worse" * worse,
        commit=first.observation.machine.commit,
        machine_class=MACHINE,
        draw=i,
        notes=[NOTE],
        statistics=judge(pairs, dict.fromkeys(DOMAINS, True)),
        observations=[seen for seen, _ in pairs],
    )


def drawn(base: Baseline, i: int, worse: bool) -> Observation:
    """What a night of those seeds would have seen."""
    share = SEEDS / len(base.observation.seeds)
    return _of(base, _places(i, SEEDS), _places(i, SESSIONS), share, FACTOR if worse else 1.0)


def rest(base: Baseline, i: int) -> Baseline:
    """The baseline without them."""
    seen = base.observation
    seeds = [k for k in range(len(seen.seeds)) if k not in _places(i, SEEDS)]
    sessions = [k for k in range(len(next(iter(seen.rates.values())))) if k not in _places(i, SESSIONS)]
    left = _of(base, seeds, sessions, len(seeds) / len(seen.seeds), 1.0)
    return msgspec.structs.replace(base, observation=left)


def _of(
    base: Baseline, seeds: Sequence[int], sessions: Sequence[int], share: float, factor: float
) -> Observation:
    seen = base.observation

    def taken(table: dict[str, list[Any]]) -> dict[str, list[Any]]:
        return {model: [values[k] for k in sessions] for model, values in table.items()}

    return msgspec.structs.replace(
        seen,
        seeds=[seen.seeds[k] for k in seeds],
        runs={
            curve: {m: [factor * errors[k] for k in seeds] for m, errors in shards.items()}
            for curve, shards in seen.runs.items()
        },
        rates=taken(seen.rates),
        memory=taken(seen.memory),
        seconds=share * seen.seconds,
    )


def _places(i: int, n: int) -> range:
    return range(n * i, n * i + n)


def _baseline(domain: str) -> Baseline:
    found = find_baseline(FOLDER, domain, MACHINE)
    assert found is not None
    assert found.machine_class == MACHINE
    return found


if __name__ == "__main__":
    print(write_history(nights(), PAGE))
