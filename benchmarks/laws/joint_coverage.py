"""How often do the joint law's 95 % intervals hold the truth, by design and noise? Simulated runs, labelled as such.

python -m benchmarks.laws.joint_coverage         # writes benchmarks/laws/joint_coverage.md; --draws N a cell
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steepness.laws import JointLaw, fit_joint, joint_law
from steepness.laws.forms import Floats

TABLE = Path(__file__).with_name("joint_coverage.md")
TRUTH = {"E": 1.7, "A": 400.0, "a": 0.34, "B": 410.0, "b": 0.28}
NOISE = (0.003, 0.01, 0.03)
BUDGET = 1e21
NAMES = ("E", "a", "b", "params")


@dataclass(frozen=True)
class Cell:
    """One design at one noise, and what came out; arrays over `NAMES`.

    Attributes:
        held: share of draws whose interval holds the truth; for the optimal params, of those answered.
        width: median width.
        refused: share of draws in which `compute_optimal` declined to answer.
    """

    design: str
    noise: float
    held: Floats
    width: Floats
    refused: float


def designs() -> dict[str, tuple[Floats, Floats]]:
    """Params and data of each design."""
    grid_n, grid_d = np.meshgrid([2e7, 8e7, 3e8, 1e9], [1e9, 4e9, 1.6e10, 6.4e10, 2.5e11])
    few, many = np.repeat([1.9e8, 3.7e8, 7.6e8, 1.3e9], 4), np.repeat(5e7 * 2.0 ** np.arange(6), 3)
    budget, middle = np.repeat([1e18, 3e18, 1e19, 3e19, 1e20], 5), np.tile([0.25, 0.5, 1, 2, 4], 5)
    iso = np.sqrt(budget / 120) * middle
    return {
        "grid, 4 sizes x 5 data": (grid_n.ravel(), grid_d.ravel()),
        "ladder, 4 sizes x 1, 2, 5, 10 times 20 N": (few, 20 * few * np.tile([1, 2, 5, 10], 4)),
        "ladder, 6 sizes x 1, 4, 16 times 20 N": (many, 20 * many * np.tile([1, 4, 16], 6)),
        "isoFLOP, 5 budgets x 5 sizes": (iso, budget / 6 / iso),
    }


def simulate(draws: int, seed: int) -> Iterator[Cell]:
    """Every design at every noise."""
    for name, (params, data) in designs().items():
        for noise in NOISE:
            rng = np.random.default_rng(seed)
            rows = [_draw(params, data, noise, rng) for _ in range(draws)]
            held, width = (np.array([row[i] for row in rows]) for i in (0, 1))
            yield Cell(
                name,
                noise,
                np.append(held[:, :3].mean(axis=0), np.nanmean(held[:, 3])),
                np.nanmedian(width, axis=0),
                float(np.isnan(held[:, 3]).mean()),
            )


def _draw(
    params: Floats, data: Floats, noise: float, rng: np.random.Generator
) -> tuple[list[float], list[float]]:
    law = fit_joint(
        params, data, joint_law(params, data, **TRUTH) * np.exp(noise * rng.standard_normal(len(params)))
    )
    told = [law.E, law.a, law.b]
    held = [float(TRUTH[name] in interval) for name, interval in zip(NAMES, told, strict=False)]
    best = _optimum(law)
    return [*held, best[0]], [*(interval.high - interval.low for interval in told), best[1]]


def _optimum(law: JointLaw) -> tuple[float, float]:
    """Whether the best size is held, and how many times the low bound the high one is; nan where refused."""
    try:
        params = law.compute_optimal(BUDGET).params
    except ValueError:
        return np.nan, np.nan
    return float(best_params() in params), params.high / params.low


def best_params() -> float:
    """The true optimum at `BUDGET` (Hoffmann et al. 2022, eq. 4)."""
    a, b = TRUTH["a"], TRUTH["b"]
    return float((a * TRUTH["A"] / (b * TRUTH["B"]) * (BUDGET / 6) ** b) ** (1 / (a + b)))


def table(cells: list[Cell], draws: int) -> str:
    """Coverage and widths, as Markdown."""
    lines = [
        "| design | noise | E | a | b | best N at 1e21 FLOPs | refused | width: E | a | b | best N, times |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for cell in cells:
        held, width = (" | ".join(f"{v:.3g}" for v in part) for part in (cell.held, cell.width))
        lines.append(f"| {cell.design} | {cell.noise:.1%} | {held} | {cell.refused:.0%} | {width} |")
    sd = np.sqrt(0.95 * 0.05 / draws)
    return (
        "# Coverage of the joint law's intervals\n\n"
        f"Simulated runs of E = 1.7, A = 400, a = .34, B = 410, b = .28 with Gaussian log noise, {draws} draws a cell; "
        f"share of 95 % intervals that hold the truth (its own standard deviation is {sd:.3f}). Best N counts the "
        "draws in which `compute_optimal` answered; where an exponent's interval has no bound it refuses.\n\n"
        + "\n".join(lines)
        + "\n\nMade by `python -m benchmarks.laws.joint_coverage`.\n"
    )


def main() -> None:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=400, help="simulated sets of runs a cell")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    text = table(list(simulate(options.draws, options.seed)), options.draws)
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
