"""The exponents of all studies, as tables for pages and for READMEs."""

from __future__ import annotations

from collections.abc import Sequence

from steepness.compare import words as compare_words
from steepness.laws.amounts import counted, ranged
from steepness.press.table import Table
from steepness.press.words import FORMS, RANGES, duration, exponent, exponent_with_bounds, number
from steepness.site.catalogue import Catalogue, Compared
from steepness.study import Study
from steepness.study.curves import Curve
from steepness.study.names import metric_name

Quoted = Sequence[tuple[Study, Curve]]


def summary(quoted: Quoted) -> Table:
    """A row for each exponent to quote, beside the paper's."""
    rows = [
        [study.manifest.domain, study.manifest.preset.dataset, curve.model, metric_name(study, curve.metric),
         span(study, curve), exponent_with_bounds(curve.quoted.beta_g), *_against(curve)]
        for study, curve in quoted
    ]  # fmt: skip
    head = ["Domain", "Data", "Model", "Error", "Shards", "Exponent β (95 %)", "Paper", "Verdict"]
    return Table(head, rows, frozenset({5, 6}))


def of_domain(fitted: Quoted) -> Table:
    """Every metric of one domain's studies, with the law that is quoted."""
    rows = [
        [study.name, curve.model, metric_name(study, curve.metric), FORMS[curve.quoted.form],
         f"{RANGES[curve.quoted.range]} ({curve.quoted.n_shards} of {len(curve.points)})",
         exponent_with_bounds(curve.quoted.beta_g), f"{curve.quoted.r2:.3f}", *_against(curve)]
        for study, curve in fitted
    ]  # fmt: skip
    head = ["Study", "Model", "Error", "Law", "Shards", "Exponent β (95 %)", "R²", "Paper", "Verdict"]
    return Table(head, rows, frozenset({5, 6, 7}))


def studies(quoted: Quoted) -> Table:
    """How each study is made again, what it took, and what it found."""
    rows = [
        [study.name, study.manifest.command, f"{len(study.records)}, {duration(seconds(study))}", machine(study),
         exponent_with_bounds(curve.quoted.beta_g), *_against(curve)]
        for study, curve in quoted
    ]  # fmt: skip
    head = ["Study", "Command", "Trials", "Machine", "Exponent β (95 %)", "Paper", "Verdict"]
    return Table(head, rows, frozenset({4, 5}))


def comparisons(compared: Sequence[Compared]) -> Table:
    """Each comparison's command and answer."""
    rows = [[c.name, c.command, compare_words.headline(c.contrast)] for c in compared]
    return Table(["Comparison", "Command", "Answer"], rows)


def span(study: Study, curve: Curve) -> str:
    """From the smallest shard to the largest, in the unit that readers think in."""
    also = study.manifest.shown_as
    scale, unit = (also[1], also[0]) if also else (1.0, study.manifest.unit)
    return f"{ranged(number(curve.points[0].m / scale), number(curve.points[-1].m / scale))} {unit}"


def seconds(study: Study) -> float:
    """Of training and evaluation, summed over trials."""
    return sum(r.timing.train_seconds + r.timing.evaluate_seconds for r in study.records if r.timing)


def machine(study: Study) -> str:
    """What it was trained on."""
    kinds = {r.machine.processor if r.machine.device == "cpu" else r.machine.device for r in study.records}
    return ", ".join(sorted(kinds))


def cost(catalogue: Catalogue) -> str:
    """How much computing stands behind all of it, and on what."""
    arms = [side.study for c in catalogue.comparisons for side in c.contrast.sides]
    everything = [*catalogue.studies, *arms]
    trials = sum(len(study.records) for study in everything)
    flops = sum(r.flops for study in everything for r in study.records)
    machines = sorted({kind for study in everything for kind in machine(study).split(", ")})
    return (
        f"{counted(trials, 'trial')}, {duration(sum(map(seconds, everything)))} of computing summed over trials, "
        f"{number(flops)} FLOPs of training, on {' and '.join(machines)}."
    )


def _against(curve: Curve) -> tuple[str, str]:
    if curve.claim is None:
        return "–", "–"
    return (
        f"{exponent(curve.claim.beta_g)} ({curve.claim.id})",
        curve.verdict.in_words() if curve.verdict else "–",
    )
