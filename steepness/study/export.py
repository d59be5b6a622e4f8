"""A study's curves as others read them: one row per run, from which every law can be fitted again to the last digit."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from math import nan
from statistics import median
from typing import Any

import msgspec
import numpy as np

from steepness.laws.reading.curve import Curve as Read
from steepness.laws.reading.curve import Reading
from steepness.laws.reading.read import CHANCE, EXPORTED, FORM
from steepness.laws.reading.rows import CURVE
from steepness.study.curves import Curve
from steepness.study.fitted import Point, fit_columns
from steepness.study.names import metric_unit
from steepness.study.selection import best_fit
from steepness.study.study import Study
from steepness.training.trial import Record, Training

COLUMNS = {"m": "m", "error": "error", "seeds": "seed"} | {
    argument: name for name, argument in EXPORTED.items()
}

SETTING = (CURVE, "model", "metric", "metric_unit", "size", "m_unit", CHANCE, FORM)
OUTCOME = ("params", "test", "se", "flagged", "trial")


def curves_csv(study: Study, curves: Sequence[Curve]) -> str:
    """Every run behind every curve, a row each; `steepness fit curves.csv --curve NAME` reads it."""
    file = io.StringIO()
    fitted = [COLUMNS[name] for name in fit_columns(())]
    writer = csv.DictWriter(file, [*SETTING, *fitted, *OUTCOME], lineterminator="\n")
    writer.writeheader()
    records = {record.id: record for record in study.records}
    for curve in curves:
        same = {
            CURVE: curve.id, "model": curve.model, "metric": curve.metric,
            "metric_unit": metric_unit(study, curve.metric), "size": "best" if curve.best_fit else curve.size,
            "m_unit": study.manifest.unit, CHANCE: study.manifest.chance.get(curve.metric, ""),
            FORM: _form(curve) or "",
        }  # fmt: skip
        columns = fit_columns(curve.points)
        runs = [(p, records[trial]) for p in curve.points for trial in p.trials]
        for i, (point, record) in enumerate(runs):
            own = {COLUMNS[name]: values[i] for name, values in columns.items()}
            writer.writerow(same | own | _outcome(curve.metric, point, record))
    return file.getvalue()


TOLD = ("id", "status", "flagged", "best_step", "steps", "epochs", "parameters", "flops")
"""Of a record, what the whole of a study says; the rest is in its file."""

DIGITS = 8
"""Significant ones of a trial's errors in brief; all of them are in its file, and those of best fits in curves.csv."""


def whole(study: Study) -> bytes:
    """The study as one JSON object: what `steepness fit STUDY --json` prints, the manifest, every trial in brief, as a
    table: `records` holds the names of its columns and the rows."""
    usual = study.manifest.preset.training
    trials = [_brief(record, usual) for record in study.records]
    columns = list(dict.fromkeys(name for trial in trials for name in trial))
    rows = [[trial.get(name, getattr(usual, name, None)) for name in columns] for trial in trials]
    facts = study.summary() | {"manifest": study.manifest, "records": {"columns": columns, "rows": rows}}
    return msgspec.json.encode({"schema_version": 1} | facts) + b"\n"


def _brief(record: Record, usual: Training) -> dict[str, Any]:
    """What was trained, where its settings differ from the preset's, and what it came to."""
    trial, timing = record.trial, record.timing
    own = {name: getattr(trial, name) for name in ("model", "size", "m", "data_seed", "seed")}
    settings = msgspec.structs.asdict(trial.training)
    changed = {name: value for name, value in settings.items() if value != getattr(usual, name)}
    told = {name: getattr(record, name) for name in TOLD} | {"epochs": round(record.epochs, 4)}
    for split in ("validation", "test"):
        told |= {f"{split}.{name}": float(f"{v:.{DIGITS}g}") for name, v in getattr(record, split).items()}
    seconds = round(timing.train_seconds + timing.evaluate_seconds, 3) if timing else None
    return own | changed | told | {"seconds": seconds}


def _outcome(metric: str, point: Point, record: Record) -> dict[str, Any]:
    return {
        "params": point.params, "test": record.test[metric], "se": record.validation.get(f"{metric}_se", ""),
        "flagged": int(record.flagged), "trial": record.id,
    }  # fmt: skip


def read_study(study: Study, name: str | None = None) -> Reading:
    """A study's curves as its export gives them: the one of that name, else the best fits of its first metric.

    Raises:
        ValueError: no curve of that name, or none at all yet.
    """
    named = [c for c in study.curves if c.id == name]
    chosen = named if name else [c for c in study.headline if c.points]
    if not chosen:
        there = ", ".join(c.id for c in study.curves) or "none: no trial is done yet"
        raise ValueError(f'{study.path}: no curve "{name}"; there is {there}')
    said = "; ".join(f"{c.id}, quoted {c.reason}" for c in chosen)
    return Reading(tuple(_read(study, c) for c in chosen), f"curves of {study.path}: {said}")


def _read(study: Study, curve: Curve) -> Read:
    columns = {name: np.asarray(values) for name, values in fit_columns(curve.points).items()}
    m, error, seeds = (columns.pop(name) for name in ("m", "error", "seeds"))
    chance, form = study.manifest.chance.get(curve.metric), _form(curve)
    more = {name: value for name, value in (("chance", chance), ("form", form)) if value is not None}
    return Read(
        name=curve.id, m=m.astype(float), error=error, seeds=tuple(map(str, seeds)), more=columns | more,
        source=str(study.path),
    )  # fmt: skip


def _form(curve: Curve) -> str | None:
    """The form that the study quotes, where that is not left to the data."""
    if curve.claim is None:
        return None
    return "power_constant" if curve.claim.gamma else "power"


def run_rows(study: Study, model: str | None = None, *, traces: bool = False) -> list[dict[str, Any]]:
    """The study's runs as a joint law takes them: per size and shard the best settings, a row per seed.

    Args:
        model: one of the study's; its only one if None.
        traces: a row per evaluation instead, where data counts what was trained on, and unique what of it is distinct.
    Returns:
        Errors of 0, which a law in logarithms has no place for, are NaN, as what was not measured.
    Raises:
        ValueError: several models and none named, or none of that name.
    """
    models = sorted({r.trial.model for r in study.records if r.complete})
    if model is None and len(models) == 1:
        (model,) = models
    if model not in models:
        raise ValueError(
            f"{study.path}: choose a model with --where model=NAME: {', '.join(models) or 'none yet'}"
        )
    metric = study.manifest.metrics[0].name
    done = [r for r in study.records if r.complete and r.trial.model == model]
    chosen = [
        record
        for size in sorted({r.trial.size for r in done})
        for choice in best_fit([r for r in done if r.trial.size == size], metric)
        for record in choice.runs
    ]
    if not traces:
        return [
            {"params": r.parameters, "data": r.trial.m, "error": r.error(metric) or nan, "flops": r.flops}
            for r in chosen
        ]
    return [
        {"params": r.parameters, "data": e.epoch * r.trial.m, "unique": min(e.epoch, 1.0) * r.trial.m,
         "error": e.validation[metric] or nan, "flops": r.flops * e.epoch / r.epochs}
        for r in chosen for e in r.trace if e.epoch > 0
    ]  # fmt: skip


def flops_per_parameter(rows: Sequence[dict[str, Any]]) -> float:
    """Training FLOPs per parameter and unit of data as the records counted them, the median of `run_rows`.

    Of runs it is every pass over the shard until the model stopped learning, of traces one pass.
    """
    return float(median(row["flops"] / row["params"] / row["data"] for row in rows))
