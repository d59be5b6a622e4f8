"""What was injected into studies, and what came of it: a table.

    python -m benchmarks.faults [--kills 50] [--drivers 10] [--flips 300] [--seconds 20]

The studies are of the made-up domain of the tests (synthetic regression, 4 shards, 12 trials, or 2 short ones), since
what is tried is the machinery and not a model. After every fault the study is run again, and its records are held
against those of a run that nothing disturbed: all fields but timing; no temporary file, no process may be left.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.faults import Row
from benchmarks.faults.failing import failures
from benchmarks.faults.flipping import flips
from benchmarks.faults.killing import kills, preemptions, together
from benchmarks.faults.studies import FORK, Driver, bare

TRIALS = 12
Part = Callable[[], Iterator[Row]]


def rows(part: Part) -> list[Row]:
    """All rows of a part, without the warnings that are its purpose."""
    logging.disable()
    return list(part())


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--drivers", type=int, default=10)
    parser.add_argument("--flips", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=20.0, help="before each preemption")
    words = parser.parse_args()
    print("| injected | how often | after the study was run again |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as place:
        workplace = Path(place)
        beside = in_process(partial(preemptions, workplace, words.seconds))  # sleeps, most of the time
        Driver(workplace / "whole").wait()
        whole = bare(workplace / "whole")
        assert len(whole) == TRIALS
        parts: list[Part] = [
            partial(failures, workplace), partial(flips, workplace, words.flips),
            partial(together, workplace, words.drivers, whole),
            partial(kills, workplace, words.kills, whole),
        ]  # fmt: skip
        for part in parts:
            show(in_process(part).result())
        show(beside.result())


def show(found: list[Row]) -> None:
    """In the table."""
    for row in found:
        print(f"| {' | '.join(row)} |", flush=True)


def in_process(part: Part) -> Future[list[Row]]:
    """A part in a process of its own, as what has used torch cannot be forked."""
    pool = ProcessPoolExecutor(1, FORK)
    future = pool.submit(rows, part)
    pool.shutdown(wait=False)
    return future


if __name__ == "__main__":
    main()
