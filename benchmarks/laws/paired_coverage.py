"""How often do intervals of paired curves miss the truth, and how often is a change of steepness found?

Simulated log ratios of pairs, with a known correlation between the shards of a seed; nothing is trained. Then errors
of trained seeds, each with a search of its own, put together to arms at random: what differs is luck alone.

    python -m benchmarks.laws.paired_coverage --draws 4000
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from steepness.compare.answer import answer
from steepness.laws import Shift, paired_shift, same_steepness

Floats = NDArray[np.float64]

STORED = Path(__file__).with_name("paired_seeds.csv")
SEEDS, SHARDS = (1, 2, 3, 4), (4, 6, 9)
NOISE = 0.02
"""Standard deviation of one run's log error."""
KINDS = ("alike 0", "alike .25", "alike .5", "fading .5", "uneven .25")
"""alike: any two shards of a seed correlate by that much; fading: neighbours do, others by its powers; uneven: alike,
with the last shard nine times as noisy as the first."""
STEEPER, CONSTANT = -0.05, 0.5
"""What is to be found: the candidate's exponent less the baseline's, where half the last error is irreducible."""


def ratios(kind: str, seeds: int, shards: int, draws: int, rng: np.random.Generator) -> Floats:
    """Log ratios of pairs of runs whose truth is 0, shape (draws, seeds, shards)."""
    name, number = kind.split()
    rho, far = float(number), np.abs(np.subtract.outer(np.arange(shards), np.arange(shards)))
    covariance = rho**far if name == "fading" else np.where(far, rho, 1.0)
    drawn = rng.multivariate_normal(np.zeros(shards), covariance, (draws, seeds))
    spread = np.geomspace(1 / 3, 3, shards) if name == "uneven" else 1.0
    return NOISE * np.sqrt(2) * drawn * spread


def misses(kind: str, seeds: int, shards: int, draws: int, rng: np.random.Generator) -> Floats:
    """Shares of 95 % intervals that leave out the truth: overall, trend, single shards."""
    m = np.tile(1000.0 * 2 ** np.arange(shards), seeds)
    found = (
        paired_shift(m, np.ones(m.size), np.exp(d.ravel())) for d in ratios(kind, seeds, shards, draws, rng)
    )
    return np.mean([_missed(shift) for shift in found], axis=0)


def _missed(shift: Shift) -> tuple[float, ...]:
    return 0 not in shift.overall, 0 not in shift.steepness, float(np.mean([0 not in at for at in shift.at]))


def power(draws: int, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """How often a steeper candidate is found at 5 % by pairs and by two fits, and how often either finds one that is
    not there: two seeds, six shards, a constant of half the last error, correlation .25."""
    m = 1000.0 * 2 ** np.arange(6)
    counts = np.zeros((2, 2))
    for row, tilt in enumerate((STEEPER, 0.0)):
        a, b = ((m / m[-1]) ** (-0.3 + t) * (1 - CONSTANT) + CONSTANT for t in (0.0, tilt))
        drawn = ratios("alike .25", 2, 6, 2 * draws, rng).reshape(draws, 2, 2, 6) / np.sqrt(2)
        for noise in drawn:
            curves = [
                (np.tile(m, 2), np.tile(c, 2) * np.exp(n.ravel())) for c, n in zip((a, b), noise, strict=True)
            ]
            counts[row, 0] += paired_shift(curves[0][0], curves[0][1], curves[1][1]).trend.p_value < 0.05
            try:
                counts[row, 1] += same_steepness(*curves).p_value < 0.05
            except ValueError:  # a curve that rises by chance shows no steepness
                continue
    found = counts / draws
    return found[0, 0], found[0, 1], found[1, 0], found[1, 1]


def rows(draws: int) -> Iterator[str]:
    """The table, row by row."""
    rng = np.random.default_rng(0)
    yield f"| shards of a seed | {' | '.join(f'{s} seeds' for s in SEEDS)} |"
    yield "|---|" + "---|" * len(SEEDS)
    for shards, kind in itertools.product(SHARDS, KINDS):
        cells = [" ".join(f"{100 * x:.1f}" for x in misses(kind, s, shards, draws, rng)) for s in SEEDS]
        yield f"| {shards} shards, {kind} | {' | '.join(cells)} |"


def stored() -> tuple[list[float], Floats]:
    """The shards of `STORED`, and its errors by seed and shard."""
    with STORED.open(newline="") as file:
        read = [(int(r["seed"]), float(r["m"]), float(r["error"])) for r in csv.DictReader(file)]
    seeds = sorted({seed for seed, *_ in read})
    return sorted({m for _, m, _ in read}), np.array(
        [[e for s, _, e in sorted(read) if s == n] for n in seeds]
    )


def stored_rows(draws: int) -> Iterator[str]:
    """Arms of 1 to 4 seeds of `STORED`, no seed twice in a comparison: intervals that miss, and false alarms."""
    m, error = stored()
    seeds = range(len(error))
    rng = np.random.default_rng(2)
    yield f"| {len(seeds)} seeds of char_lm smoke | overall | trend | single shards | any called different |"
    yield "|---|---|---|---|---|"
    for count in SEEDS:
        found = []
        for _ in range(draws):
            a, b = error[rng.permutation(len(seeds))[: 2 * count]].reshape(2, -1)
            shift = paired_shift(np.tile(m, count), a, b)
            found.append([*_missed(shift), answer(shift).different])
        yield f"| {count} each | {' | '.join(f'{100 * x:.1f}' for x in np.mean(found, axis=0))} |"


def regrouped(times: int) -> str:
    """Every arm of two seeds of `STORED` against every other, for other ways to put the seeds into arms."""
    m, error = stored()
    rng = np.random.default_rng(0)
    missed = [
        _of_all_pairs(m, error[order]) for order in [range(40), *(rng.permutation(40) for _ in range(times))]
    ]
    (as_trained, *_), others = missed[0], np.array(missed[1:])
    low, high = np.quantile(others[:, 0], [0.025, 0.975])
    overall, trend, shard = others.mean(axis=0)
    return (
        f"20 arms of 2 seeds, all 190 comparisons: overall {as_trained:.1%} as trained; put together in {times} other "
        f"ways {overall:.1%} ({low:.1%} to {high:.1%} in 95 % of them, as many as trained in "
        f"{np.mean(others[:, 0] >= as_trained):.0%}), trend {trend:.1%}, single shards {shard:.1%}."
    )


def _of_all_pairs(m: list[float], error: Floats) -> Floats:
    arms = error.reshape(-1, 2, len(m)).reshape(-1, 2 * len(m))
    found = (paired_shift(np.tile(m, 2), a, b) for a, b in itertools.combinations(arms, 2))
    return np.mean([_missed(shift) for shift in found], axis=0)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=4000)
    draws = parser.parse_args().draws
    print("Percent of 95 % intervals that miss: overall, trend, single shards.\n")
    print("\n".join(rows(draws)))
    print("", *stored_rows(draws), "", regrouped(100), sep="\n")
    paired, fitted, false_paired, false_fitted = power(draws, np.random.default_rng(1))
    print(
        f"\nAn exponent {-STEEPER:g} steeper, a constant of half the last error, 2 seeds, 6 shards, noise {NOISE:.0%}: "
        f"found by pairs in {paired:.0%}, by two fits in {fitted:.0%}; where there is none, in {false_paired:.1%} and "
        f"{false_fitted:.1%}."
    )


if __name__ == "__main__":
    main()
