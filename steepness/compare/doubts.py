"""Reasons why a comparison may mislead, found in the records and laws, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from steepness.compare.contrast import Contrast, Side
from steepness.laws.amounts import counted
from steepness.laws.projection import SHALLOWEST, STEEPEST
from steepness.press.words import exponent, listing, plain
from steepness.study import account

AT_BOUND = 1.02
"""Factor within which an exponent counts as being at the bound of what is fitted."""


def doubts_of(contrast: Contrast) -> Iterator[str]:
    """Every doubt as a sentence."""
    for side in reversed(contrast.sides):
        yield from (f"{side.label} {doubt}" for doubt in (*_chance(contrast, side), *_bound(side)))
        yield from _zeros(contrast, side)
    yield from contrast.baseline.study.manifest.doubts  # of the data, which the arms share
    yield from contrast.unmatched
    yield from _regions(contrast)
    yield from _design(contrast)
    for side in contrast.sides:
        fitted = side.curve.warnings
        for doubt in (*account.lost(side.study), *account.mixed(side.study), *_about(side), *fitted):
            yield f"{side.label}: {doubt[0].lower()}{doubt[1:]}{'' if doubt.endswith('.') else '.'}"


def _chance(contrast: Contrast, side: Side) -> Iterator[str]:
    """Shards at which an arm has learnt nothing."""
    errors = {m: side.at(m, contrast.metric) for m in side.shards}
    if said := account.guessing(errors, side.study.manifest.chance.get(contrast.metric)):
        yield said


def _zeros(contrast: Contrast, side: Side) -> Iterator[str]:
    """Shards that logarithms have no place for."""
    if zeros := side.zeros(contrast.metric):
        yield (
            f"{side.label} errs 0 at m = {_shards(zeros)} in a run at least: these shards are left out of shift, laws "
            "and costs. A larger held-out set, or a metric that does not reach 0, would tell more."
        )


def _bound(side: Side) -> Iterator[str]:
    """An exponent that the fit could not take further."""
    if side.law is None:
        return
    found = side.law.fit.beta_g
    if found.value <= -STEEPEST / AT_BOUND or -SHALLOWEST * AT_BOUND <= found.value <= 0:
        yield f"has an exponent at the bound of what is fitted ({exponent(found.value)}): no law describes its errors."


def _regions(contrast: Contrast) -> Iterator[str]:
    laws = contrast.laws.value
    if laws and not laws.shared:
        yield "The arms’ power-law regions share too few shards: their exponents are of different shards or forms."
    elif laws and not laws.quoted:
        yield "Left to themselves, the arms’ laws are of different shards or forms: both are fitted alike here."


def _design(contrast: Contrast) -> Iterator[str]:
    preset = contrast.baseline.study.manifest.preset
    if preset.data_seeds == 1:
        yield (
            "Both arms saw the same one draw of the data: what another draw would change is not in the intervals "
            "(--set data_seeds=2)."
        )
    if preset.seeds < account.MIN_SEEDS:
        seeds = counted(preset.seeds, "seed")
        yield f"Each shard rests on {seeds}; more of them (--set seeds=4) show smaller differences."
    yield (
        "Each run is the best of its search by the validation error itself; what that gains is taken to be equal "
        "for both arms, and it is not if one arm's trials are much noisier."
    )


def _about(side: Side) -> Iterator[str]:
    flagged = [point.m for point in side.curve.points if point.flagged]
    if flagged:
        yield f"training met its bound while still improving at m = {_shards(flagged)}; errors there are upper bounds."
    for name, shards in side.curve.edges.items():
        share = len(shards) / len({r.trial.m for r in side.runs})
        if share > 0.5:
            yield (
                f"the best {plain(name)} is at an edge of what was tried nearby at {100 * share:.0f} % of the shards; "
                "a better one may lie beyond."
            )


def _shards(m: Sequence[float]) -> str:
    return listing([f"{x:,}" for x in m])
