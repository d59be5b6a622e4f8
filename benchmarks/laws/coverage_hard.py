"""Intervals of the exponent where points are not independent, or not trained out. Simulated curves, labelled as such.

python -m benchmarks.laws.coverage_hard         # writes benchmarks/laws/coverage_hard.md; --curves N a cell

"Told" is the fit that is told which runs share a permutation, or which errors are upper bounds; "not told" the same
rows without that column.
"""

import argparse
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steepness.laws import Interval, fit
from steepness.laws.forms import Floats

TABLE = Path(__file__).with_name("coverage_hard.md")
NOISE, CONSTANT = 0.01, (0.0, 0.5)
# shards, seeds of each permutation, permutations; and the luck at the first shard over a run's noise
DESIGNS, LUCK = ((6, 2, 1), (9, 1, 1), (9, 3, 1), (7, 5, 1), (9, 1, 3)), (0.0, 1.0, 2.0, 4.0)
# shards and seeds; shortfall of training at the last shard, growing over the last third
TRAINED, SHORT = ((9, 1), (9, 3), (12, 2)), (0.0, 0.02, 0.05)


@dataclass(frozen=True)
class Cell:
    """One setting, and what came out.

    Attributes:
        name: the setting in words.
        told, untold: coverage of the quoted interval, with and without the column that tells.
        wider: median half-width of the first over that of the second.
    """

    name: str
    told: float
    untold: float
    wider: float


def law(rng: np.random.Generator, m: Floats, constant: float) -> tuple[float, Floats]:
    """An exponent uniform in [-0.5, -0.1] and the law's logs, the constant as a share of the last error."""
    beta = -rng.uniform(0.1, 0.5)
    return beta, np.log((1 - constant) * (m / m[-1]) ** beta + constant)


def cell(name: str, curves: int, draw: Callable[[], tuple[float, Interval, Interval]]) -> Cell:
    """Draw curves, and count how often both intervals hold the truth."""
    drawn = [draw() for _ in range(curves)]
    told, untold = (np.mean([beta in pair[side] for beta, *pair in drawn]) for side in (0, 1))
    widths = [np.median([pair[side].half_width for _, *pair in drawn]) for side in (0, 1)]
    return Cell(name, float(told), float(untold), float(widths[0] / widths[1]))


def shared_luck(curves: int, rng: np.random.Generator) -> Iterator[Cell]:
    """Shards that are prefixes of one permutation, whose errors move together by tau^2 / max(m, m')."""
    for (shards, seeds, permutations), luck, constant in itertools.product(DESIGNS, LUCK, CONSTANT):
        m = 1000 * 2.0 ** np.arange(shards)
        root = np.linalg.cholesky(m[0] / np.maximum.outer(m, m))
        shape = (shards, permutations, seeds)
        rows = {
            "m": np.broadcast_to(m[:, None, None], shape).ravel(),
            "seeds": np.broadcast_to(
                np.arange(permutations * seeds).reshape(1, permutations, seeds), shape
            ).ravel(),
        }
        labels = np.broadcast_to(np.arange(permutations)[:, None], shape).ravel()

        def draw(
            m: Floats = m, root: Floats = root, shape: tuple[int, int, int] = shape, luck: float = luck,
            constant: float = constant, rows: dict[str, Floats] = rows, labels: Floats = labels,
        ) -> tuple[float, Interval, Interval]:  # fmt: skip
            beta, log_error = law(rng, m, constant)
            shared = luck * NOISE * (root @ rng.standard_normal(shape[:2]))
            error = np.exp(
                log_error[:, None, None] + shared[..., None] + NOISE * rng.standard_normal(shape)
            ).ravel()
            return beta, fit(**rows, error=error, permutations=labels).beta_g, fit(**rows, error=error).beta_g

        runs = f"{seeds} seeds on each of {permutations} permutations"
        name = f"{shards} shards, {runs}, luck {luck:g}, constant {constant:g}"
        yield cell(name, curves, draw)


def not_trained_out(curves: int, rng: np.random.Generator) -> Iterator[Cell]:
    """Errors of the last third that are too high by a growing share, and flagged."""
    for (shards, seeds), short, constant in itertools.product(TRAINED, SHORT, CONSTANT):
        m = 1000 * 2.0 ** np.arange(shards)
        late = np.arange(shards) - (shards - shards // 3) + 1
        excess, flagged = np.maximum(late, 0) / late[-1] * short, np.repeat(late > 0, seeds)

        def draw(
            m: Floats = m, excess: Floats = excess, flagged: Floats = flagged, seeds: int = seeds,
            constant: float = constant,
        ) -> tuple[float, Interval, Interval]:  # fmt: skip
            beta, log_error = law(rng, m, constant)
            error = np.exp(
                (log_error + excess)[:, None] + NOISE * rng.standard_normal((len(m), seeds))
            ).ravel()
            rows = np.repeat(m, seeds)
            return beta, fit(rows, error, upper_bound=flagged).beta_g, fit(rows, error).beta_g

        yield cell(f"{shards} shards, {seeds} seeds, {short:.0%} short, constant {constant:g}", curves, draw)


def rows_of(title: str, cells: Sequence[Cell]) -> list[str]:
    """A section of the table, as Markdown."""
    told, untold = ([c.told for c in cells], [c.untold for c in cells])
    return [
        f"## {title}",
        "",
        f"Told: {min(told):.2f} to {max(told):.2f}, mean {np.mean(told):.3f}. Not told: {min(untold):.2f} to "
        f"{max(untold):.2f}, mean {np.mean(untold):.3f}. Median of the widths' ratio "
        f"{np.median([c.wider for c in cells]):.2f}.",
        "",
        "| setting | told | not told | width ratio |",
        "|---|---|---|---|",
        *(f"| {c.name} | {c.told:.3f} | {c.untold:.3f} | {c.wider:.2f} |" for c in cells),
        "",
    ]


def main() -> None:
    """Run both studies and write their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=300, help="simulated curves a cell")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    lines = [
        "# Coverage where points are not independent, or not trained out",
        "",
        f"Simulated curves with known exponents, {options.curves} a cell, noise {NOISE:g}; quoted 95 % intervals.",
        "",
        *rows_of(
            "Nested shards that share the luck of their permutation", list(shared_luck(options.curves, rng))
        ),
        *rows_of("Points that were not trained out", list(not_trained_out(options.curves, rng))),
        f"Made by `python -m benchmarks.laws.coverage_hard --curves {options.curves}`.",
        "",
    ]
    TABLE.write_text("\n".join(lines))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
