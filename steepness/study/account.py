"""A study's account of itself, for any page about it: what was run, on what, every trial, and what went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from statistics import median

import msgspec

from steepness import __version__
from steepness.laws.amounts import counted
from steepness.laws.regions import NEAR_CHANCE
from steepness.press.table import Table
from steepness.press.words import duration, listing, number, plain
from steepness.study.claims import is_own
from steepness.study.names import metric_name
from steepness.study.study import Study
from steepness.training.trial import Record

MIN_SEEDS = 3
"""A point that rests on fewer is doubted."""

SHORT = 8
"""Digits of a hash that tell it from any other of one study."""


def trials(study: Study) -> Table:
    """Every trial, smallest shard first."""
    metric = study.manifest.metrics[0].name
    rows = []
    for r in sorted(study.records, key=lambda r: (r.trial.model, r.trial.m, r.trial.size, r.error(metric))):
        t = r.trial
        done = r.status == "done"
        rows.append([
            r.id, t.model, f"{t.m:,}", str(t.size), f"{r.parameters:,}", searched(study, t.training),
            f"{t.data_seed}/{t.seed}", _state(r),
            number(r.validation[metric], 4) if done else "–", number(r.test[metric], 4) if r.test else "–",
            f"{r.steps:,}", f"{r.epochs:.1f}", duration(r.timing.train_seconds) if r.timing else "–",
        ])  # fmt: skip
    head = ["Trial", "Model", "m", "Size", "Parameters", "Searched", "Data seed/seed", "Status", "Validation", "Test",
            "Steps", "Epochs", "Training"]  # fmt: skip
    return Table(head, rows, frozenset({2, 3, 4, 8, 9, 10, 11, 12}))


def _state(record: Record) -> str:
    if record.status == "done" and record.trial.training.stop_step:
        return "stopped early"
    return plain(record.status) + (", still improving" if record.flagged else "")


def searched(study: Study, training: object) -> str:
    """The searched settings of a trial: learning rate 0.004, batch size 16."""
    grid = study.manifest.preset.search.grid or {"learning_rate": []}
    return ", ".join(f"{plain(name)} {getattr(training, name)}" for name in grid)


def guessing(errors: Mapping[int, float], chance: float | None) -> str:
    """That a curve does no better than a model which has learnt nothing; empty where it does, or where none is known.

    Args:
        errors: at each shard, ascending.
        chance: the error of guessing.
    """
    nothing = [m for m, error in errors.items() if chance is not None and error >= NEAR_CHANCE * chance]
    if not nothing:
        return ""
    if len(nothing) == len(errors):
        return (
            "does no better than guessing at any shard: it has learnt nothing, so this says nothing of its curve; "
            "train it for longer (training.min_steps), or on larger shards."
        )
    return f"does no better than guessing at m = {listing([f'{m:,}' for m in nothing])}."


def aim(study: Study) -> str:
    """What the preset says of itself: of the data it was made for, where others have taken their place."""
    preset = study.manifest.preset
    if preset.about and is_own(preset.dataset):
        return f"The preset says of itself, on the data it was made for: {preset.about}"
    return preset.about


def provenance(study: Study) -> list[tuple[str, str]]:
    """What was run, on what, for how long: name and value."""
    about, records = study.manifest, study.records
    timings = [r.timing for r in records if r.timing]
    statuses = Counter(plain(r.status) for r in records)
    machines = [r.machine for r in records]
    versions = _distinct(", ".join(f"{n} {v}" for n, v in sorted(m.versions.items())) for m in machines)
    rows = [
        ("Command", about.command),
        ("Begun", about.created),
        ("Data", f"{about.preset.dataset}, fingerprint {about.fingerprint}"),
        ("Training split", f"{about.train_units:,} {about.unit}"),
        *((f"{name} split".capitalize(), size) for name, size in about.splits.items()),
        ("Guessing", listing([f"{metric_name(study, k)} {number(v, 4)}" for k, v in about.chance.items()])),
        ("Trials", listing([f"{n} {status}" for status, n in statuses.items()])),
        ("Training time", f"{duration(sum(t.train_seconds for t in timings))} summed over trials, and "
                          f"{duration(sum(t.evaluate_seconds for t in timings))} of evaluation"),
        ("Throughput", f"{number(median(t.units_per_second for t in timings))} {about.unit} per second and trial"
                       if timings else ""),
        ("Arithmetic", f"{number(sum(r.flops for r in records))} FLOPs of training"),
        ("Device", _distinct(f"{m.device}, {m.processor}, threads per trial: {m.threads}" for m in machines)),
        ("Platform", _distinct(f"{m.platform}, Python {m.python}" for m in machines)),
        ("Versions", versions),
        ("Commit", _distinct(m.commit for m in machines)),
        ("Source of the model", sources(study)),
    ]  # fmt: skip
    return [(name, value) for name, value in rows if value]


def settings(study: Study) -> str:
    """The preset as it was run, as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(study.manifest.preset), indent=2).decode()


def citation(study: Study) -> str:
    """How to cite a study: its name, day, code and data."""
    commits = _distinct(r.machine.commit[:12] for r in study.records) or "unknown"
    return (
        f"steepness {__version__}, study {study.name} of {study.manifest.created[:10]}, commit {commits}, data "
        f"{study.manifest.preset.dataset} ({study.manifest.fingerprint[:12]}); after Hestness et al. 2017, "
        "arXiv:1712.00409."
    )


def sources(study: Study) -> str:
    """Which code each model was run from: where it is defined, and the hash of it, as far as either was recorded."""
    found = dict.fromkeys((r.trial.model, r.trial.source) for r in study.records)
    return "; ".join(
        f"{model}: {_code(study.manifest.definitions.get(model), code)}" for model, code in found
    )


def _code(definition: str | None, code: str) -> str:
    known = [definition or "file not recorded", f"hash {code[:SHORT]}" if code else "hash not recorded"]
    return ", ".join(known) if definition or code else "not recorded"


def _distinct(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))


def lost(study: Study) -> Iterator[str]:
    """Trials that came to nothing, and why."""
    lost = Counter((r.status, r.message) for r in study.records if r.status != "done")
    for (status, message), n in lost.items():
        yield f"{counted(n, 'trial')} {plain(status)}" + (f": {message}" if message else "") + "."


def mixed(study: Study) -> Iterator[str]:
    """Code and devices that differ between trials."""
    commits = {r.machine.commit for r in study.records}
    if any(commit.endswith("-dirty") or commit == "unknown" for commit in commits):
        yield "Some trials ran from a checkout with local changes, or outside one: no commit names their code."
    if len(commits) > 1:
        yield f"Trials of {len(commits)} commits are mixed."
    if len({r.machine.device for r in study.records}) > 1:
        yield "Trials of different devices are mixed; times do not compare."
