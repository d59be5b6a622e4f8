"""Processes killed at random moments, two at once on one folder, and a trial that is preempted again and again."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from benchmarks.faults import Row, verdict
from benchmarks.faults.studies import Driver, bare, differences, kill, study
from steepness.training.records import read_records, record_paths
from steepness.training.trial import Record

PREEMPTIONS = 7
STEPS = 160
LONG = (
    "shards.count=1", "shards.start=512", "search.trials=1", "search.grid={}", "seeds=1", "training.max_epochs=5",
    "training.schedule=cosine",
)  # fmt: skip
"""One trial of so many steps."""
MOMENT_SECONDS = 0.3
PART = 8
"""Preempted after a part of the trial's time, so that it is begun once more than this is left."""


def kills(workplace: Path, count: int, whole: dict[str, Record]) -> Iterator[Row]:
    """SIGKILL at random moments of a study, then the study again."""
    dice, wrong, whoms, states = random.Random(0), list[str](), Counter[str](), Counter[str]()
    for i in range(count):
        folder = workplace / f"killed-{i}"
        whom, faults = _killed(folder, dice, len(whole))
        whoms[whom] += 1
        done = read_records(study(folder)).keys()
        states["all" if len(done) == len(whole) else "some" if done else "none"] += 1
        last = Driver(folder)
        begun = last.wait()
        faults += ["did not end well"] if begun is None else [f"{t} again" for t in begun if t in done]
        faults += last.stray() + differences(folder, whole)
        wrong += [f"{folder.name}, {whom}: {', '.join(faults)}"] if faults else []
    told = ", ".join(f"{n} {whom}" for whom, n in sorted(whoms.items()))
    when = ", ".join(f"{state} of the records there {n} times" for state, n in sorted(states.items()))
    yield (
        f"SIGKILL at a random moment, then run again ({told}; {when})",
        f"{count} studies",
        verdict(count, wrong),
    )


def _killed(folder: Path, dice: random.Random, trials: int) -> tuple[str, list[str]]:
    """Kill the driver, a worker, or all of them a moment after so and so many trials; who it was, and what it left."""
    driver, after = Driver(folder), dice.randrange(trials)
    while len(record_paths(study(folder))) < after:
        time.sleep(0.005)
    time.sleep(dice.uniform(0, MOMENT_SECONDS))
    whom, workers = dice.choice(["driver", "worker", "both"]), driver.workers()
    if whom == "worker" and workers:
        kill(dice.choice(workers))
        if driver.wait() is None:
            return whom, ["its driver did not go on", *driver.stray()]
    elif whom == "both":
        driver.tell_all(signal.SIGKILL)
    else:
        whom = "driver"
        driver.tell(signal.SIGKILL)
    driver.wait()
    return whom, driver.stray()


def together(workplace: Path, count: int, whole: dict[str, Record]) -> Iterator[Row]:
    """Two drivers on one folder at once."""
    wrong = []
    for i in range(count):
        folder = workplace / f"together-{i}"
        pair = [Driver(folder), Driver(folder)]
        ended = [driver.wait() for driver in pair]
        begun = Counter(trial for trials in ended for trial in trials or ())  # none, if the other was quicker
        faults = [f"{trial} twice" for trial, times in begun.items() if times > 1]
        faults += ["one did not end well"] * ended.count(None)
        faults += differences(folder, whole)
        wrong += [f"{folder.name}: {', '.join(faults)}"] if faults else []
    yield (
        "Two drivers on one folder at once: trials begun more than once",
        f"{count} studies",
        verdict(count, wrong),
    )


def preemptions(workplace: Path, seconds: float) -> Iterator[Row]:
    """SIGTERM after so many seconds of one trial, time and again, to the driver or to all; no checkpoint by time."""
    (workplace / "preempted").mkdir()
    folder, whole = workplace / "preempted" / "trial", workplace / "preempted" / "whole"
    slow = (*LONG, f"options.seconds_per_batch={seconds * PART / STEPS}")
    for turn in range(PREEMPTIONS):
        driver = Driver(folder, slow, seconds=3600)
        time.sleep(seconds)
        (driver.tell if turn % 2 else driver.tell_all)(signal.SIGTERM)
        driver.wait()
        driver.stray()
    start = time.monotonic()
    Driver(folder, slow, seconds=3600).wait()
    left = time.monotonic() - start
    Driver(whole, LONG).wait()
    (found,), (right,) = read_records(study(folder)).values(), bare(whole).values()
    wrong = [] if _numbers(found) == _numbers(right) else ["its numbers differ"]
    resumed = found.timing.resumed if found.timing else 0
    wrong += [] if resumed == PREEMPTIONS else [f"it went on from a checkpoint {resumed} times"]
    yield (
        f"One trial of {seconds * PART:.0f} s told to stop (SIGTERM) after {seconds:.0f} s each time, no checkpoint "
        f"but for that: it ended {left:.0f} s into the next run",
        f"{PREEMPTIONS} times",
        verdict(1, wrong),
    )


def _numbers(record: Record) -> Record:
    """Without what differs between a slow trial and a fast one."""
    trial = msgspec.structs.replace(record.trial, options={})
    return msgspec.structs.replace(record, id="", trial=trial, timing=None)
