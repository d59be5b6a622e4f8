"""A synthetic study on disk: records of an exact power law with seed noise. Never shipped, only rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from steepness.data.files import write_json
from steepness.domain import Metric
from steepness.study import Study, load_study
from steepness.study.manifest import MANIFEST, Manifest
from steepness.study.presets import Preset, Search, Shards
from steepness.training.records import trial_path
from steepness.training.trial import Evaluation, Machine, Record, Timing, Training, Trial

RATES = [0.002, 0.004, 0.008]
MACHINE = Machine(
    device="cpu", processor="a processor", threads=1, platform="Linux", python="3.11",
    versions={"steepness": "0", "torch": "2"}, commit="0123456789ab",
)  # fmt: skip
TIMING = Timing(
    started="2026-01-01T00:00:00Z", train_seconds=10.0, evaluate_seconds=1.0, units_per_second=9000.0,
    peak_memory_bytes=1 << 28,
)  # fmt: skip

MakeStudy = Callable[..., Study]


def synthetic(
    folder: Path,
    *,
    domain: str = "made_up",
    models: Sequence[str] = ("net",),
    metrics: Sequence[str] = ("loss",),
    shards: int = 7,
    sizes: Sequence[int] = (16, 32, 64),
    beta_g: float = -0.08,
    change: Callable[[Record], Record] = lambda record: record,
    **manifest: Any,
) -> Study:
    """A study whose best-fit error is 12 * m**beta_g, its best size growing with the shard.

    Args:
        shards: how many of seven planned shards are done.
        change: applied to every record before it is written.
        manifest: fields of the manifest to replace.
    """
    preset = Preset(
        dataset="made up", models=list(models), shards=Shards(start=8000, count=7), seeds=3,
        search=Search(grid={"learning_rate": RATES}), about="Synthetic.",
    )  # fmt: skip
    about: dict[str, Any] = {
        "domain": domain, "domain_path": domain, "preset_name": "cpu", "preset": preset,
        "command": "steepness run made_up",
        "created": "2026-01-01T00:00:00Z", "fingerprint": "f" * 16, "unit": "words",
        "metrics": tuple(Metric(name, "nats") for name in metrics), "train_units": 1_000_000,
        "splits": {"validation": "201,000 words", "test": "200,000 words"}, "notes": ("All of it is made up.",),
        **manifest,
    }  # fmt: skip
    write_json(folder / MANIFEST, Manifest(**about))
    for i, model in enumerate(models):
        for record in _records(Manifest(**about), model, 1 + 0.06 * i, shards, sizes, beta_g):
            changed = change(record)
            changed = msgspec.structs.replace(changed, id=changed.trial.id)
            write_json(trial_path(folder, changed.id), changed)
    return load_study(folder)


def _records(
    about: Manifest, model: str, factor: float, shards: int, sizes: Sequence[int], beta_g: float
) -> Iterator[Record]:
    random = np.random.default_rng(7)
    for index, m in enumerate(about.preset.shard_sizes()[:shards]):
        ideal = min(index // 2, len(sizes) - 1)
        for at, size in enumerate(sizes):
            for rate in RATES:
                loss = factor * 12 * m**beta_g * (1 + 0.03 * abs(at - ideal) + 0.05 * (rate != 0.004))
                for seed in range(3 if at == ideal and rate == 0.004 else 1):
                    training = Training(learning_rate=rate)
                    yield _record(
                        about, model, size, m, seed, training, loss * (1 + 0.002 * random.standard_normal())
                    )


def _record(
    about: Manifest, model: str, size: int, m: int, seed: int, training: Training, loss: float
) -> Record:
    trial = Trial(
        domain=about.domain, options={}, dataset=about.preset.dataset, fingerprint=about.fingerprint, model=model,
        size=size, m=m, data_seed=0, seed=seed, training=training,
    )  # fmt: skip
    metrics = {metric.name: loss * (1 - 0.3 * i) for i, metric in enumerate(about.metrics)}
    steps = m // 40
    shape = [(0.1, 1.4), (0.25, 1.15), (0.5, 1.04), (0.8, 1.0), (1.0, 1.01)]
    trace = [
        Evaluation(
            step=int(part * steps), epoch=6 * part, learning_rate=training.learning_rate, train_loss=loss,
            validation={name: value * factor for name, value in metrics.items()},
        )
        for part, factor in shape
    ]  # fmt: skip
    samples = [{"input": "a b c", "reference": "c b a", "output": f"from {m} units"}]
    return Record(
        id=trial.id, trial=trial, status="done", validation={**metrics, f"{about.metrics[0].name}_se": 0.002},
        test={k: 1.01 * v for k, v in metrics.items()}, best_step=int(steps * 0.8), steps=steps, epochs=6.0,
        parameters=size * 4000, parameters_without_embeddings=size * 2000, flops=6.0 * size * 4000 * m, trace=trace,
        exhibit={"samples": samples, "bleu": m / 1e5}, machine=MACHINE, timing=TIMING,
    )  # fmt: skip


def lost(record: Record, status: str, message: str) -> Record:
    """The same trial without a result."""
    return msgspec.structs.replace(
        record, status=status, message=message, validation={}, test={}, trace=[], exhibit={}
    )
