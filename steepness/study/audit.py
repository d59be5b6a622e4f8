"""Is somebody else's results folder what it says it is? Judged from its files alone; nothing in it is run."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from steepness.domain import TEST, VALIDATION
from steepness.study.contents import TABLE, strangers
from steepness.study.curves import select_curves
from steepness.study.kept import lacking
from steepness.study.manifest import MANIFEST, Manifest, read_manifest
from steepness.study.presets import OF_THE_SEARCH
from steepness.study.repeats import MOST_SEEDS
from steepness.study.roll import read_roll
from steepness.training.records import read_record, record_paths, trial_path
from steepness.training.trial import EARLY, Record

ROUNDED = 1e-9
"""Relative difference that printing a number in a table may make."""


def findings(study: Path) -> Iterator[str]:
    """What is wrong with a study's folder, a line each: unknown files, damaged or foreign records, missing trials,
    seeds and settings that are not the preset's, errors that are not those of the trace or of curves.csv.

    Raises:
        ValueError: no study there.
    """
    manifest = read_manifest(study)
    if manifest is None:
        raise ValueError(f"no study at {study}: it has no {MANIFEST}")
    yield from strangers(study)
    records: dict[str, Record] = {}
    for path in record_paths(study):
        try:
            record = read_record(path)
        except ValueError as error:
            yield str(error)
            continue
        foreign = list(_foreign(manifest, record))
        if not foreign:
            records[record.id] = record
        yield from (f"{path}: {fault}" for fault in foreign or _numbers(manifest, record))
    yield from _against_roll(study, manifest, records)
    yield from _table(study / TABLE, manifest, records)


def _foreign(manifest: Manifest, record: Record) -> Iterator[str]:
    """Whether the study's preset can call for the trial."""
    preset, trial = manifest.preset, record.trial
    most = max(MOST_SEEDS, preset.seeds) if manifest.grows else preset.seeds
    seeds = range(preset.first_seed, preset.first_seed + most)
    code = manifest.sources.get(trial.model, trial.source)
    data_seeds = (trial.seed,) if preset.data_seeds is None else range(preset.data_seeds)
    for name, is_ours, value in (
        ("domain", trial.domain == manifest.domain, trial.domain),
        ("data fingerprint", trial.fingerprint == manifest.fingerprint, trial.fingerprint),
        ("dataset", trial.dataset == preset.dataset, trial.dataset),
        ("model", trial.model in preset.models, trial.model),
        ("code of the model", code == trial.source, trial.source or "unknown"),
        ("m", trial.m in preset.shard_sizes(manifest.train_units if manifest.grows else None), trial.m),
        ("seed", trial.seed in seeds, trial.seed),
        ("data seed", trial.data_seed in data_seeds, trial.data_seed),
    ):
        if not is_ours:
            yield f"its {name}, {value}, is not this study's"
    for name, value in preset.options.items():
        if trial.options.get(name, value) != value:
            yield f"its option {name}, {trial.options[name]}, is not the preset's {value}"
    ladder = manifest.ladders.get(trial.model) or preset.sizes.get(trial.model)
    if ladder and trial.size not in ladder and not manifest.grows:
        yield f"its size, {trial.size}, is not on the ladder {list(ladder)}"
    theirs, ours = (msgspec.to_builtins(training) for training in (trial.training, preset.training))
    free = {*OF_THE_SEARCH, *(preset.search.grid if manifest.grows else ())}
    if manifest.grows or (preset.search.every_seed and preset.training.schedule not in EARLY):
        free.add("max_epochs")  # longer trials show whether others are trained out
    for name, value in theirs.items():
        if name not in free and value not in (ours[name], *preset.search.grid.get(name, ())):
            yield f"its {name}, {value}, is neither the preset's {ours[name]} nor on the grid"


def _numbers(manifest: Manifest, record: Record) -> Iterator[str]:
    """Whether the record's own numbers follow from its trace."""
    if record.status != "done":
        return
    first, *others = names = [metric.name for metric in manifest.metrics]
    whole = [(TEST, record.test)] if record.trial == record.trial.whole else []
    for split, errors in [(VALIDATION, record.validation), *whole]:
        if lacking := [name for name in names if name not in errors]:
            yield f"done, but without {', '.join(lacking)} on {split}"
    watched = {e.step: e.validation.get(first, math.inf) for e in record.trace}
    if not watched or record.best_step not in watched:
        yield f"best step {record.best_step} is not in the trace"
    elif watched[record.best_step] > min(watched.values()):
        yield f"the error was lower at another step than {record.best_step}, where its value is taken"
    elif manifest.monitor == VALIDATION and record.validation not in [e.validation for e in record.trace]:
        yield "its validation errors are not those of its best step"
    for name, value in record.minima.items():
        seen = [e.validation.get(name) for e in record.trace]
        if name not in others or (manifest.monitor == VALIDATION and value not in seen):
            yield f"its own minimum of {name}, {value}, is not in the trace"
    if record.steps < max(watched, default=0):
        yield f"{record.steps} steps, but evaluated at step {max(watched)}"


def _against_roll(study: Path, manifest: Manifest, records: dict[str, Record]) -> Iterator[str]:
    """What became of the records since the study's last run, and whether that came to its end."""
    try:
        roll = read_roll(study)
    except ValueError as error:
        yield str(error)
        return
    if roll is None:  # older than rolls: what its preset calls for tells most of it
        yield from _unfinished(manifest, list(records.values()))
        return
    yield from roll.faults(study)
    if roll.ended:
        for trial_id in sorted(records.keys() - roll.trials.keys()):
            yield f"{trial_path(study, trial_id)}: not of the study's last run"
    else:
        yield f"{study}: incomplete: its last run has not come to its end; run it again"
        yield from _unfinished(manifest, list(records.values()))


def _unfinished(manifest: Manifest, records: list[Record]) -> Iterator[str]:
    """Shards of a study of a fixed extent that call for trials still."""
    if manifest.grows:
        return
    planned, open_points = manifest.preset.planned(1), lacking(manifest, records)
    counts = Counter((r.trial.model, r.trial.m) for r in records)
    for model, m in product(manifest.preset.models, manifest.preset.shard_sizes()):
        if (done := counts[model, m]) < planned and (model, m) in open_points:
            yield f"incomplete: {model} at m {m:,} has {done} of {planned} trials"


def _table(path: Path, manifest: Manifest, records: dict[str, Record]) -> Iterator[str]:
    """Whether the exported table says what the records say, of the runs that their curves rest on and no others."""
    if not path.exists():
        return
    try:
        with path.open(newline="") as file:
            rows = csv.DictReader(file)
            if "trial" not in (rows.fieldnames or ("trial",)):
                return  # an older version's names no trials
            told = set()
            for number, row in enumerate(rows, 2):
                told.add((row.get("curve"), row.get("trial")))
                if fault := _row(row, records):
                    yield f"{path}:{number}: {fault}"
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        yield f"{path}: not a readable table ({error}); `steepness report` mends it"
        return
    curves = select_curves(manifest, records.values())
    right = {(curve.id, trial) for curve in curves for point in curve.points for trial in point.trials}
    for number, what in ((len(right - told), "are not in it"), (len(told - right), "in it are of none")):
        if number:
            yield f"{path}: of the runs that the records' curves rest on, {number} {what}; `steepness report` mends it"


def _is(told: str, kept: float) -> bool:
    try:
        return math.isclose(float(told), kept, rel_tol=ROUNDED)
    except ValueError:
        return False


def _row(row: dict[str, Any], records: dict[str, Record]) -> str:
    record = records.get(row.get("trial") or "")
    if record is None:
        return f'no record of trial "{row.get("trial")}"'
    metric = row.get("metric") or ""
    errors, tested = (record.validation | record.minima).get(metric), record.test.get(metric)
    if row.get("model") != record.trial.model:
        return f"the model is {row.get('model')}, but the record says {record.trial.model}"
    for column, kept in (
        ("error", errors), ("test", tested), ("m", record.trial.m), ("params", record.parameters),
    ):  # fmt: skip
        told = row.get(column)
        if told and kept is not None and not _is(told, kept):
            return f"{column} is {told}, but the record says {kept}"
    return ""
