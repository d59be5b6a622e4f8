"""A study as one object: manifest, records, curves, summary."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from steepness.laws.amounts import as_percent
from steepness.laws.verdict import MARGIN
from steepness.study.curves import Curve, curves_by_model
from steepness.study.manifest import Manifest, read_manifest
from steepness.study.plain import curve_dict
from steepness.training.records import Brief, read_records, uncollected
from steepness.training.trial import Record

_log = logging.getLogger(__name__)


@dataclass(frozen=True, repr=False)
class Study:
    """All that is known of one study, finished or not.

    Attributes:
        path: its folder.
        records: of all trials so far, ordered by shard; those of a model's earlier code are left out.
    """

    path: Path
    manifest: Manifest
    records: tuple[Record, ...]
    margin: float = MARGIN

    def __repr__(self) -> str:
        counts = ", ".join(f"{n} {status}" for status, n in self.counts().items() if n)
        return f"Study({self.name}: {counts or 'no trial'}; {self.verdict})"

    @property
    def name(self) -> str:
        """The folder's name, "domain-preset" unless it was moved."""
        return self.path.name

    @cached_property
    def curves(self) -> tuple[Curve, ...]:
        """Per model and metric the best-fit curve, then the fixed sizes."""
        models = zip(self.headline, self._by_model, strict=True)
        return tuple(chain.from_iterable([first, *others] for first, others in models))

    @cached_property
    def headline(self) -> tuple[Curve, ...]:
        """Per model the best-fit curve of the first metric: what the study is about."""
        return tuple(map(next, self._by_model))

    @cached_property
    def _by_model(self) -> tuple[Iterator[Curve], ...]:
        return tuple(curves_by_model(self.manifest, self.records, self.margin))

    @property
    def verdict(self) -> str:
        """In one line: each best-fit curve of the first metric, its exponent with interval, and the claim."""
        return "; ".join(map(verdict_in_words, self.headline)) or "no trial is done yet"

    def counts(self) -> dict[str, int]:
        """Trials by status."""
        found = Counter(record.status for record in self.records)
        return {status: found[status] for status in ("done", "diverged", "out_of_memory", "failed")}

    def summary(self) -> dict[str, Any]:
        """What `steepness fit STUDY --json` prints."""
        manifest = self.manifest
        return {
            "study": self.name,
            "domain": manifest.domain,
            "preset": manifest.preset_name,
            "dataset": manifest.preset.dataset,
            "fingerprint": manifest.fingerprint,
            "unit": manifest.unit,
            "curves": [curve_dict(curve) for curve in self.curves],
            "sizes": [
                {"model": c.model, "m": p.m, "size": p.size, "params": p.params}
                for c in self.headline for p in c.points
            ],
            "trials": self.counts(),
            "verdict": self.verdict,
        }  # fmt: skip


def load_study(path: str | Path, margin: float = MARGIN, *, brief: bool = False) -> Study:
    """Read a study's folder.

    Args:
        path: the folder that `steepness run` wrote, e.g. "results/word_lm-cpu".
        margin: share of a published exponent that counts as the same, > 0.
        brief: leave out what the traces of trials say, which fits and counts do not look at.
    Raises:
        ValueError: no study there, or a file in it is not readable.
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    if manifest is None:
        raise ValueError(
            f"no study at {folder}: it has no study.json; give the folder that `steepness run` wrote"
        )
    with uncollected():
        found = read_records(folder, Brief if brief else Record).values()
        records = [record for record in found if manifest.holds(record.trial)]
    for record in found:
        if not manifest.is_of(record.trial):
            _log.warning("left out: %s: of another study; `steepness check` says more", record.id)
    if not margin > 0:
        raise ValueError(
            f"margin is {margin}; give a positive share of the published exponent, such as {MARGIN}"
        )
    in_order = sorted(records, key=lambda r: (r.trial.m, r.trial.seed, r.id))
    return Study(folder, manifest, tuple(in_order), margin)


STANDS = {
    "agrees": "agrees with",
    "disagrees": "disagrees with",
    "consistent": "is consistent with",
    "inconsistent": "is inconsistent with",
    "undecided": "is undecided against",
}


def verdict_in_words(curve: Curve) -> str:
    """A best-fit curve's exponent, interval and how it stands to the claim, as one phrase."""
    if curve.fit is None:
        return f"{curve.model} {curve.metric}: no exponent yet ({curve.fitted.reason})"
    beta, level = curve.quoted.beta_g, curve.fit.level
    bounds = f"{as_percent(level)}: {beta.low:.4f} to {beta.high:.4f}"
    found = f"{curve.model} {curve.metric}: beta_g {beta.value:.4f} ({bounds})"
    if curve.own_data:
        return f"{found}; on data of your own, about which the paper claims nothing"
    if curve.claim is None or curve.verdict is None:
        return f"{found}; the paper claims nothing here"
    verdict = curve.verdict
    provisional = ", provisionally" if verdict.provisional else ""
    outside = ", outside the claim's range" if verdict.outside else ""
    return f"{found} {STANDS[verdict.answer]} the paper's {curve.claim.beta_g} ({curve.claim.id}){provisional}{outside}"
