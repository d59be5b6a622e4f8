"""What a paper on scaling should report, filled in from a study's records; what they do not say is named as missing.

After Li, Kudugunta and Zettlemoyer 2025, (Mis)Fitting: A Survey of Scaling Laws (arXiv 2502.18969), whose checklist
asks for the hypothesis, the training setup, the data extracted and the fit. Sections and questions were held against
the columns of the survey sheet that its authors publish (sheet.csv in hadasah/scaling_laws); the words are ours, not
those of their list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from steepness.laws import Estimate
from steepness.laws.amounts import as_percent, counted, ranged
from steepness.laws.backtest import backtest
from steepness.press.words import listing, plain
from steepness.study.curves import Curve
from steepness.study.fitted import fit_columns
from steepness.study.names import metric_name, metric_unit
from steepness.study.study import Study


@dataclass(frozen=True)
class Item:
    """One thing to report.

    Attributes:
        section: of the checklist.
        question: what a reader wants to know.
        answer: what the records say, or what to add where they do not.
    """

    section: str
    question: str
    answer: Estimate[str]

    def as_dict(self) -> dict[str, Any]:
        """Plain strings, ready for JSON."""
        said = {"answer": self.answer.value, "missing": self.answer.reason or ""}
        return {"section": self.section, "question": self.question} | said


def checklist(study: Study) -> list[Item]:
    """Every item, in the checklist's order."""
    sections = {
        "Hypothesis": _hypothesis(study), "Training": _training(study), "Measurement": _measurement(study),
        "Fit": _fit(study),
    }  # fmt: skip
    return [
        Item(section, question, Estimate(answer) if answer else Estimate(None, missing))
        for section, items in sections.items()
        for question, answer, missing in items
    ]


def checklist_text(items: list[Item]) -> str:
    """The items by section, the missing ones last and by name."""
    lines = []
    for section in dict.fromkeys(item.section for item in items):
        lines.append(section)
        lines += [f"  {i.question}: {i.answer.value or 'MISSING'}" for i in items if i.section == section]
    missing = [item for item in items if item.answer.value is None]
    lines.append(f"{len(items) - len(missing)} of {len(items)} items are answered by the records")
    return "\n".join([*lines, *(f"missing: {item.question}: {item.answer.reason}" for item in missing)])


Answers = Iterator[tuple[str, str, str]]  # question, answer or empty, what to add


def _hypothesis(study: Study) -> Answers:
    about = study.manifest
    yield "form of the law", "error = alpha * m**beta_g + gamma, with gamma fitted and with gamma = 0", ""
    yield "what it is for", "the exponent beside the paper's, and forecasts of the error at more data", ""
    fitted = [c for c in study.curves if c.fit]
    told = f"{counted(len(fitted), 'curve')}, each with 2 parameters and with 3" if fitted else ""
    yield "laws and parameters fitted", told, "train more shards: no curve can be fitted yet"
    quoted = listing([f"{c.model}: {c.reason}" for c in study.headline if c.fit])
    yield "form that is quoted", quoted, "train more shards: no curve can be fitted yet"
    metrics = listing([f"{metric_name(study, m.name)} ({m.unit})" for m in about.metrics])
    yield "variables", f"{metrics} against m, the {about.unit} of training data", ""
    yield "where the form comes from", "Hestness et al. 2017, eq. 1; the size is chosen anew at each m", ""


def _training(study: Study) -> Answers:
    about, records = study.manifest, study.records
    done = [r for r in records if r.status == "done"]
    counts = listing([f"{n} {plain(status)}" for status, n in study.counts().items() if n])
    yield "models trained", counts and f"{len(records)}: {counts}", "run the study: no trial is there"
    sizes = listing([
        f"{name} of {ranged(f'{min(sizes):,}', f'{max(sizes):,}')} parameters"
        for name in about.preset.models if (sizes := [r.parameters for r in done if r.trial.model == name])
    ])  # fmt: skip
    yield "sizes", sizes, "run the study: no trial is done"
    shards = sorted({r.trial.m for r in done})
    data = f"{about.preset.dataset} (fingerprint {about.fingerprint}), " if shards else ""
    span = (
        f"{ranged(f'{shards[0]:,}', f'{shards[-1]:,}')} {about.unit}, prefixes of one permutation a data seed"
        if shards
        else ""
    )
    yield "data", data + span, "run the study: no trial is done"
    epochs = [r.epochs for r in done]
    seen = (
        f"each shard was seen {median(epochs):.1f} times in the middle trial, {max(epochs):.1f} at most"
        if epochs
        else ""
    )
    yield "data repeated in training", seen, "run the study: no trial is done"
    yield "how size and compute are counted", "all trainable parameters, embeddings too (records hold both); " \
        "FLOPs of forward and backward, counted on the model", ""  # fmt: skip
    flops = [r.flops for r in done]
    compute = f"{max(flops):.3g} FLOPs in the largest trial, {sum(flops):.3g} in all" if flops else ""
    yield "training compute", compute, "run the study: no trial is done"
    yield "settings", _settings(study), ""
    commits = sorted({r.machine.commit for r in done})
    clean = bool(commits) and not any(c == "unknown" or c.endswith("-dirty") for c in commits)
    yield (
        "code of training and analysis",
        f"commit {listing(commits)}" if clean else "",
        f"run from a clean checkout (commit: {listing(commits)})",
    )


def _settings(study: Study) -> str:
    preset = study.manifest.preset
    searched = listing([f"{plain(name)} over {values}" for name, values in preset.search.grid.items()])
    fixed = preset.training
    at_each = (
        f"searched at each m: size and {searched}" if searched else "only the size is searched at each m"
    )
    usual = f"{fixed.optimizer}, {fixed.schedule} schedule, batch size {fixed.batch_size}"
    return f"{usual}, {counted(preset.seeds, 'seed')}; {at_each}"


def _measurement(study: Study) -> Answers:
    about, done = study.manifest, [r for r in study.records if r.status == "done"]
    yield (
        "trained models",
        "",
        "records hold no weights; publish the best fits' if readers shall evaluate them",
    )
    yield "scores", "of every trial, in trials/; of every point, in curves.csv" if done else "", \
        "run the study: no trial is done"  # fmt: skip
    counts = listing([
        f"{c.model} {c.metric}: {len(c.points)}, of {counted(sum(p.seeds for p in c.points), 'run')}"
        for c in study.curves if c.best_fit and c.points
    ])  # fmt: skip
    yield "points behind a law", counts, "run the study: no trial is done"
    traced = [len(r.trace) for r in done if r.trace]
    evaluations = (
        f"one of {median(traced):.0f} evaluations a trial, the lowest on validation" if traced else ""
    )
    yield "checkpoints behind a point", evaluations, "run the study: no trial has a trace"
    first = about.metrics[0].name
    splits = listing([f"{name} {size}" for name, size in about.splits.items()])
    unit = metric_unit(study, first)
    yield (
        "metric and its data",
        splits and f"{metric_name(study, first)} in {unit} on {splits}",
        "name the splits' sizes",
    )
    yield "changes to raw metrics", "none; logs are taken in the fit, medians over seeds are drawn", ""
    noisy = any(r.validation.get(f"{first}_se") for r in done)
    yield "noise of the evaluation", "standard errors are in the records" if noisy else "", \
        "the domain gives no standard error of its metric"  # fmt: skip


def _fit(study: Study) -> Answers:
    fits = [c.fit for c in study.curves if c.best_fit and c.fit]
    yield "loss", "squares of the log error, every run with the same weight", ""
    yield (
        "algorithm and start",
        "variable projection from a fixed grid of exponents, then Gauss-Newton; no random start, nothing to set",
        "",
    )
    intervals = (
        "Student's for the straight line, by profile likelihood for the form with a constant; no bootstrap"
    )
    yield "how intervals are made", intervals, ""
    left_out = sum(r.status != "done" for r in study.records)
    flagged = sum(r.flagged for r in study.records)
    lost = f"{counted(left_out, 'trial')} that did not finish; flagged, as they met their bound: {flagged}"
    yield "points left out", f"{lost}; the law is fitted to the power-law region and to all shards", ""
    shown = [f"{c.model} R² {c.quoted.r2:.4f}" for c in study.curves if c.best_fit and c.fit]
    level = f"{as_percent(fits[0].level)} intervals of every exponent; {listing(shown)}" if fits else ""
    yield "how it is checked", level, "train more shards: no curve can be fitted yet"
    held_out = listing([words for c in study.curves if c.best_fit and (words := _held_out(c))])
    yield "extrapolation held out", held_out, "train four shards or more"


def _held_out(curve: Curve) -> str:
    """How forecasts of the curve's later shards from its first ones came out."""
    columns = fit_columns(curve.points)
    try:
        found = backtest(columns["m"], columns["error"], seeds=columns["seeds"])
    except ValueError:
        return ""
    return f"{curve.model} {curve.metric}: {found.reason}"
