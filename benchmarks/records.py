"""What a study of many records costs to look at: seconds and memory of each command, as processes of their own.

    python -m benchmarks.records [--results FOLDER]

The study is made up (no model was trained): 2 models, 10 shards, 10 sizes, 10 rates, 5 seeds, 10,000 records of an
exact power law with noise, each with a trace of 15 evaluations (published studies have 7 to 14, on the mean). The runs
of one model are annealed, at their lowest error at their end, and a tenth of them repeats others for twice as long.
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from steepness.training.records import sealed, trial_path
from steepness.training.trial import Evaluation, Record, Training
from tests.synthetic import synthetic

MODELS = ("net", "other")
SIZES = tuple(2**i for i in range(4, 14))
RATES = tuple(0.001 * 1.5**i for i in range(10))
SEEDS = 5
SHARDS = 10
EVALUATIONS = 15
COMMANDS = {"status": 1.0, "fit": 2.0, "report": 5.0}
"""With the most seconds of a processor that each may take."""
POLL_SECONDS = 0.01


def make(folder: Path) -> int:
    """The study, and how many records it has."""
    base = synthetic(folder, models=MODELS, sizes=SIZES[:3])
    preset = msgspec.structs.replace(
        base.manifest.preset,
        seeds=SEEDS,
        shards=msgspec.structs.replace(base.manifest.preset.shards, count=SHARDS),
        search=msgspec.structs.replace(base.manifest.preset.search, grid={"learning_rate": list(RATES)}),
    )
    for path in (folder / "trials").iterdir():
        path.unlink()
    manifest = msgspec.structs.replace(base.manifest, preset=preset, train_units=10**8)
    (folder / "study.json").write_bytes(msgspec.json.encode(manifest))
    made = 0
    for record in _records(base.records[0], preset.shard_sizes()):
        trial_path(folder, record.id).write_bytes(sealed(record))
        made += 1
    return made


def _records(base: Record, shards: list[int]) -> Iterator[Record]:
    noise = np.random.default_rng(0)
    for model, (at, m), (i, size), (j, rate), seed in itertools.product(
        MODELS, enumerate(shards), enumerate(SIZES), enumerate(RATES), range(SEEDS)
    ):
        annealed = model == MODELS[1]
        training = _annealed(rate) if annealed else Training(learning_rate=rate)
        trial = msgspec.structs.replace(base.trial, model=model, m=m, size=size, seed=seed, training=training)
        off = 0.02 * abs(i - at / 2) + 0.02 * abs(j - 4)
        error = 12 * m**-0.08 * (1 + off) * float(np.exp(0.003 * noise.standard_normal()))
        trace = [_evaluation(base, k, error, m, rate) for k in range(EVALUATIONS)]
        yield msgspec.structs.replace(
            base, id=trial.id, trial=trial, validation={"loss": error, "loss_se": 0.002},
            test={"loss": 1.01 * error}, trace=trace, best_step=trace[-1].step, steps=trace[-1].step,
            parameters=size * 4000, flops=6.0 * size * 4000 * m, flagged=annealed,
        )  # fmt: skip


def _annealed(rate: float) -> Training:
    """At the last rate the one before it, for twice as long."""
    longer = rate == RATES[-1]
    rate = RATES[-2] if longer else rate
    return Training(learning_rate=rate, schedule="cosine", max_epochs=12.0 if longer else 6.0)


def _evaluation(base: Record, number: int, error: float, m: int, rate: float) -> Evaluation:
    share = (number + 1) / EVALUATIONS
    return Evaluation(
        step=round(share * m / 40) + number, epoch=6 * share, learning_rate=rate, train_loss=error,
        validation={"loss": error * (1 + 0.4 * (1 - share)), "loss_se": 0.002},
    )  # fmt: skip


def cost(*words: str) -> tuple[float, float, float]:
    """Seconds on the clock and of a processor, and the most megabytes, that a command takes."""
    start = time.monotonic()
    command = [sys.executable, "-W", "ignore", "-m", "steepness", *words]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    most = 0.0
    while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
        most = max(most, _peak(process.pid))
        time.sleep(POLL_SECONDS)
    _, status, used = ended
    if status:
        raise RuntimeError(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - start, used.ru_utime + used.ru_stime, most


def _peak(pid: int) -> float:
    """The most megabytes a process has had so far; its `ru_maxrss` would count what the one had that started it."""
    said = Path(f"/proc/{pid}/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) / 1024 if "VmHWM:" in said else 0.0


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--results", type=Path, help="where the study is made, and kept")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = words.results or Path(place) / "many"
        count = make(folder) if not folder.exists() else len(list((folder / "trials").iterdir()))
        print(f"{count:,} records\n")
        print("| command | seconds of a processor | at most | seconds | MB |\n|---|---|---|---|---|")
        for name, most in COMMANDS.items():
            clock, processor, memory = cost(name, str(folder))
            print(f"| {name} | {processor:.2f} | {most:g} | {clock:.2f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main()
