"""A learning curve: its points, the laws fitted to them, and the paper's claims that it is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from steepness.laws import CurveFit, Estimate, Fit, SizeLaw, fit
from steepness.laws.verdict import AGREE_LEVEL
from steepness.study.claims import Claim
from steepness.study.selection import Gap, selection_gap
from steepness.training.trial import Training


@dataclass(kw_only=True, frozen=True)
class Point:
    """One shard of a curve: the median over the seeds of one size with one set of hyper-parameters.

    Attributes:
        m: shard size, in the study's unit.
        error: median over seeds, in the metric's unit; their mean where some of them are 0.
        low: smallest over seeds, of those above 0.
        high: largest over seeds.
        errors: of each seed, ascending by (data seed, seed); if it was chosen by some runs, of the others alone.
        draws: (data seed, seed) of each.
        chosen_by: errors of the runs that it was chosen by, and that are not among `errors`.
        biased: `errors` are those that it was chosen by, as there are no others.
        se: median standard error of the validation sample, 0 if unknown.
        test: median over seeds of the metric on the test split at the same points of training.
        size: the size dial.
        params: parameters of the model.
        training: hyper-parameters.
        flagged: most of its trials were not trained out: see `converged.Lengthened`.
        trials: ids of the trials behind the point.
    """

    m: int
    error: float
    low: float
    high: float
    errors: tuple[float, ...]
    draws: tuple[tuple[int, int], ...]
    chosen_by: tuple[float, ...]
    biased: bool
    se: float
    test: float
    size: int
    params: int
    training: Training
    flagged: bool
    trials: tuple[str, ...]

    @property
    def seeds(self) -> int:
        """How many runs the point rests on."""
        return len(self.errors)


@dataclass(kw_only=True, frozen=True)
class FittedCurve:
    """Error over shards, of the best fit or of one fixed size, with its laws.

    Attributes:
        id: "domain/model/metric", with "/size" appended for a fixed size.
        size: the fixed size; None for the best fit.
        fitted: the laws, or why the points cannot be fitted.
        size_law: parameters of the best fit over shards, or why there is no law: a fixed size, or too few points.
        claims: the paper's curves that this one is held against; several for a size that the paper has not, none for
            data of a user's own.
        chance: the error of guessing, in the metric's unit; None if unknown.
        shown_as: a unit that readers think in, and how many of the study's make one.
        own_data: whether the data are a user's own, which the paper claims nothing about.
        edges: shards at which the best value of a dial is at the edge of what was tried, by dial.
        margin: share of a claim that counts as the same exponent.
        zeros: shards that are left out because every run's error is 0 there: a law in logarithms has no place for them.
    """

    id: str
    model: str
    metric: str
    unit: str
    size: int | None
    points: tuple[Point, ...]
    fitted: Estimate[Fit]
    size_law: Estimate[SizeLaw]
    claims: tuple[Claim, ...]
    chance: float | None
    shown_as: tuple[str, float] | None
    own_data: bool
    edges: Mapping[str, tuple[int, ...]]
    margin: float
    zeros: tuple[int, ...]

    @property
    def fit(self) -> Fit | None:
        """The laws; None if the points cannot be fitted."""
        return self.fitted.value

    @property
    def claim(self) -> Claim | None:
        """The first claim, which the others share their form with; None without any."""
        return next(iter(self.claims), None)

    @property
    def quoted(self) -> CurveFit:
        """The fit whose exponent stands for a fitted curve: of the claim's own form in the power-law region, as
        form and range move an exponent more than the architecture does; the recommended one without a claim."""
        assert self.fit
        if self.claim is None:
            return self.fit.recommended
        return self.fit.of("power_constant" if self.claim.gamma else "power", "power_law")

    @property
    def reason(self) -> str:
        """Why the quoted fit is the one quoted, or why there is none."""
        if self.fit is None:
            return self.fitted.reason or ""
        if self.claim is None:
            return self.fit.reason
        form = "with a constant" if self.claim.gamma else "without a constant"
        free = f"left to itself, the fit would be: {self.fit.reason}"
        return f"{form}, as the paper fits it, over the power-law region; {free}"

    @cached_property
    def quoted_fit(self) -> Fit | None:
        """The fit with the quoted law as the recommended one, so that its warnings are about that; None without one."""
        return replace(self.fit, recommended=self.quoted, reason=self.reason) if self.fit else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the exponent should not be quoted as it stands, the gravest reason first."""
        return self.quoted_fit.warnings if self.quoted_fit else ()

    @cached_property
    def fit_narrow(self) -> Fit | None:
        """The fit with the intervals that agreement is judged by."""
        return fit_points(self.points, self.chance, AGREE_LEVEL).value

    @cached_property
    def gap(self) -> Gap | None:
        """How much worse the best of several runs is when it is trained again; None where nothing tells."""
        return selection_gap([(p.m, p.error, p.chosen_by) for p in self.points])

    @property
    def best_fit(self) -> bool:
        """Whether the size is the best at each shard, rather than fixed."""
        return self.size is None


def fit_columns(points: Sequence[Point]) -> dict[str, Any]:
    """What a curve is fitted to, a value per run, by the argument of `steepness.fit`."""
    return {
        "m": [p.m for p in points for _ in p.errors],
        "error": [error for p in points for error in p.errors],
        "seeds": [f"{data_seed}/{seed}" for p in points for data_seed, seed in p.draws],
        "permutations": [data_seed for p in points for data_seed, _ in p.draws],
        "upper_bound": [int(p.flagged) for p in points for _ in p.errors],
    }


def fit_points(points: Sequence[Point], chance: float | None, level: float) -> Estimate[Fit]:
    """The laws of such points, or why they cannot be fitted."""
    return Estimate.of(lambda: fit(**fit_columns(points), chance=chance, level=level))
