"""What a night, or a baseline, has seen of one domain: raw values, so that they can be judged again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from steepness.study import Study
from steepness.training.records import flatten
from steepness.training.trial import Machine, Record

MEAN_ERROR = "mean error"
"""The statistic of a whole curve: geometric mean of its errors."""
Runs = dict[str, dict[int, list[float]]]
"""Curve ("model/metric") -> shard size -> the error of each seed, all in the order of `seeds`."""


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """One domain's runs of a preset, on one machine."""

    domain: str
    preset_name: str
    settings: dict[str, Any]
    """Of its trials, as dotted keys: data set, shards, sizes, options, training."""
    fingerprint: str
    """Of the data."""
    metric: str
    """The one that curves are fitted on."""
    seeds: list[int]
    """Those whose trials are all done."""
    lost: list[str] = []
    """A line for each trial that is not done."""
    runs: Runs
    rates: dict[str, list[float]] = {}
    """Per model and session: training throughput over that of the calibration kernel, in units per kernel pass."""
    memory: dict[str, list[int]] = {}
    """Per model and session: peak memory of the process, bytes."""
    fields: dict[str, str]
    """Every field of the record files and its JSON type."""
    seconds: float
    """Wall-clock time of the study."""
    machine: Machine


def observe(study: Study, seconds: float) -> Observation:
    """Everything but throughput and memory, out of a study in which every shard has one candidate.

    Raises:
        ValueError: no seed has all its trials done.
    """
    manifest = study.manifest
    done = [r for r in study.records if r.status == "done"]
    asked = range(manifest.preset.first_seed, manifest.preset.first_seed + manifest.preset.seeds)
    complete = len(manifest.preset.models) * len(manifest.preset.shard_sizes())
    seeds = [s for s in asked if sum(r.trial.seed == s for r in done) == complete]
    lost = [_lost(r) for r in study.records if r.status != "done"]
    if not seeds:
        raise ValueError(f"{study.path}: no seed has all its trials done ({'; '.join(lost)})")
    return Observation(
        domain=manifest.domain,
        preset_name=manifest.preset_name,
        settings=_settings(done),
        fingerprint=manifest.fingerprint,
        metric=manifest.metrics[0].name,
        seeds=seeds,
        lost=lost,
        runs=_runs(done, [m.name for m in manifest.metrics], seeds),
        fields=record_fields(done),
        seconds=seconds,
        machine=done[0].machine,
    )


def _settings(records: Sequence[Record]) -> dict[str, Any]:
    trial = records[0].trial
    table = {
        "dataset": trial.dataset,
        "shards": sorted({r.trial.m for r in records}),
        "sizes": {r.trial.model: r.trial.size for r in records},
        "options": trial.options,
        "training": msgspec.to_builtins(trial.training),
    }
    return flatten(table)


def _lost(record: Record) -> str:
    trial = record.trial
    return f"{trial.model} m {trial.m:,} seed {trial.seed} {record.status}: {record.message}"


def _runs(records: Sequence[Record], metrics: Sequence[str], seeds: Sequence[int]) -> Runs:
    found: Runs = defaultdict(lambda: defaultdict(list))
    for record in sorted(records, key=lambda r: (r.trial.m, r.trial.seed)):
        if record.trial.seed in seeds:
            for metric in metrics:
                found[f"{record.trial.model}/{metric}"][record.trial.m].append(record.validation[metric])
    return {curve: dict(shards) for curve, shards in found.items()}


def statistics(seen: Observation) -> dict[tuple[str, str], np.ndarray]:
    """The statistics of an observation's curves, each as one value per seed.

    Returns:
        (curve, statistic) -> shape (seeds,). "mean error": mean over shards of the log error, of every metric. Of the
        first metric also "m=...": log error at that shard, and "exponent": least-squares slope of log error over
        log m, all shards. A metric with an error of zero has no logarithm and no statistics.
    """
    found: dict[tuple[str, str], np.ndarray] = {}
    for curve, shards in seen.runs.items():
        error_MS = np.array([shards[m] for m in sorted(shards)])
        if not (error_MS > 0).all():
            continue
        log_MS, log_m = np.log(error_MS), np.log(sorted(shards))
        found[curve, MEAN_ERROR] = log_MS.mean(axis=0)
        if curve.rpartition("/")[2] != seen.metric:
            continue
        if len(shards) > 1:
            found[curve, "exponent"] = np.polyfit(log_m, log_MS, 1)[0]
        found |= {(curve, f"m={m}"): row for m, row in zip(sorted(shards), log_MS, strict=True)}
    return found


def record_fields(records: Iterable[Record]) -> dict[str, str]:
    """Fields of record files as dotted paths ("trace[].step") with their JSON types ("number", "null|number")."""
    types: dict[str, set[str]] = defaultdict(set)
    for record in records:
        _collect(msgspec.to_builtins(record), "", types)
    return {path: "|".join(sorted(types[path])) for path in sorted(types)}


def _collect(value: Any, path: str, types: Mapping[str, set[str]]) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            _collect(member, f"{path}.{name}" if path else str(name), types)
    elif isinstance(value, list):
        types[f"{path}[]"].add("list")
        for member in value:
            _collect(member, f"{path}[]", types)
    else:
        types[path].add(_json_type(value))


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "string"
