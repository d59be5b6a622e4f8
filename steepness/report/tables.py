"""Tables of the report, as rows of text, and curves.csv."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

import msgspec

from steepness.report.sentences import (
    duration,
    exponent,
    exponent_interval,
    interval,
    listing,
    metric_name,
    metric_unit,
    number,
    plain,
)

if TYPE_CHECKING:
    from steepness.laws import Interval
    from steepness.study import Study
    from steepness.study.curves import Curve

RANGES = {"all": "all shards", "power_law": "power-law region"}
FORMS = {"power": "α·mᵝ", "power_constant": "α·mᵝ + γ"}
CSV_COLUMNS = (
    "curve", "model", "metric", "metric_unit", "size", "m", "m_unit", "error", "low", "high", "seeds", "params",
    "test", "se", "flagged",
)  # fmt: skip


@dataclass(frozen=True)
class Table:
    """Rows of text under a head; `numeric` columns are set right-aligned, `strong` rows bold."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    strong: frozenset[int] = frozenset()


def exponents(curve: Curve) -> Table:
    """Both forms over both ranges; the quoted fit is strong."""
    assert curve.fit is not None
    # The interval to quote may be wider than its row's own, as it may allow for the other form.
    quoted = curve.quoted
    fits = [quoted if (f.form, f.range) == (quoted.form, quoted.range) else f for f in curve.fit.fits]
    rows = [
        [
            FORMS[f.form], f"{RANGES[f.range]} ({f.n_shards})", _exponent(f.beta_g), interval(f.alpha),
            interval(f.gamma) if f.form == "power_constant" else "–", f"{f.r2:.4f}",
        ]
        for f in fits
    ]  # fmt: skip
    chosen = frozenset(i for i, f in enumerate(fits) if f is quoted)
    head = ["Law", "Range (shards)", "Exponent β (95 %)", "α", "Irreducible γ", "R²"]
    return Table(head, rows, frozenset({2, 3, 4, 5}), chosen)


def verdicts(study: Study, curves: Sequence[Curve]) -> Table:
    """The exponent to quote of each curve, beside the paper's; a row for each claim it is held against."""
    rows = [
        [c.model if c.best_fit else f"{c.model}, size {c.size}", metric_name(study, c.metric),
         _exponent(c.quoted.beta_g), FORMS[c.quoted.form],
         *((exponent(claim.beta_g), claim.id, c.verdict_on(claim) or "–") if claim else ("–",) * 3)]
        for c in curves if c.fit for claim in c.claims or (None,)
    ]  # fmt: skip
    head = ["Model", "Metric", "Exponent β (95 %)", "Law", "Hestness et al. 2017", "Their curve", "Verdict"]
    return Table(head, rows, frozenset({2, 4}))


def exponents_text(study: Study) -> str:
    """Every best-fit curve's exponents for a terminal, in aligned columns; the one to quote is marked."""
    best = [c for c in study.curves if c.best_fit]
    return "\n\n".join(f"{c.id}\n{table_text(exponents(c)) if c.fit else c.problem}" for c in best)


def table_text(table: Table) -> str:
    lines = [
        ["", *table.head],
        *([">" if i in table.strong else "", *row] for i, row in enumerate(table.rows)),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def points(study: Study, curve: Curve) -> Table:
    """A curve's points: what was best at each shard."""
    also = study.manifest.shown_as
    rows = [
        [
            f"{p.m:,}", *([number(p.m / also[1])] if also else []), number(p.error, 4),
            f"{number(p.low, 4)}–{number(p.high, 4)}", str(p.seeds),
            number(p.se, 2), number(p.test, 4), str(p.size), f"{p.params:,}", "yes" if p.flagged else "",
        ]
        for p in curve.points
    ]  # fmt: skip
    head = [f"m ({study.manifest.unit})", *(also[:1] if also else []),
            f"Validation {metric_name(study, curve.metric)}", "Over seeds", "Seeds", "Sampling SE", "Test",
            "Size", "Parameters", "Still improving"]  # fmt: skip
    return Table(head, rows, frozenset(range(len(head))))


def sizes(curves: Sequence[Curve]) -> Table:
    """The size law of each model."""
    rows = [
        [c.model, _exponent(c.size_law.beta_p), interval(c.size_law.alpha), f"{c.size_law.r2:.3f}",
         exponent(c.claim.beta_p) if c.claim and c.claim.beta_p else "–"]
        for c in curves if c.size_law
    ]  # fmt: skip
    return Table(
        ["Model", "Exponent β (95 %)", "α (parameters)", "R²", "Hestness et al. 2017"],
        rows,
        frozenset({1, 2, 3, 4}),
    )


def trials(study: Study) -> Table:
    """Every trial, smallest shard first."""
    metric = study.manifest.metrics[0].name
    rows = []
    for r in sorted(study.records, key=lambda r: (r.trial.model, r.trial.m, r.trial.size, r.error(metric))):
        t = r.trial
        done = r.status == "done"
        rows.append([
            r.id, t.model, f"{t.m:,}", str(t.size), f"{r.parameters:,}", searched(study, t.training),
            f"{t.data_seed}/{t.seed}", plain(r.status) + (", still improving" if r.flagged else ""),
            number(r.validation[metric], 4) if done else "–", number(r.test[metric], 4) if done else "–",
            f"{r.steps:,}", f"{r.epochs:.1f}", duration(r.timing.train_seconds) if r.timing else "–",
        ])  # fmt: skip
    head = ["Trial", "Model", "m", "Size", "Parameters", "Searched", "Data seed/seed", "Status", "Validation", "Test",
            "Steps", "Epochs", "Training"]  # fmt: skip
    return Table(head, rows, frozenset({2, 3, 4, 8, 9, 10, 11, 12}))


def searched(study: Study, training: object) -> str:
    """The searched settings of a trial: learning rate 0.004, batch size 16."""
    grid = study.manifest.preset.search.grid or {"learning_rate": []}
    return ", ".join(f"{plain(name)} {getattr(training, name)}" for name in grid)


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
    ]  # fmt: skip
    return [(name, value) for name, value in rows if value]


def settings(study: Study) -> str:
    """The preset as it was run, as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(study.manifest.preset), indent=2).decode()


def curves_csv(study: Study, curves: Sequence[Curve]) -> str:
    """Every point of every curve, one row each; `steepness fit` reads the columns m and error."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for c in curves:
        writer.writerows(
            [c.id, c.model, c.metric, metric_unit(study, c.metric), "best" if c.best_fit else c.size, p.m,
             study.manifest.unit, p.error, p.low, p.high, p.seeds, p.params, p.test, p.se, int(p.flagged)]
            for p in c.points
        )  # fmt: skip
    return file.getvalue()


def _exponent(estimate: Interval) -> str:
    value, bounds = exponent_interval(estimate)
    return f"{value} ({bounds})"


def _distinct(values: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(values))
