"""How often do the 95 % intervals of the exponent hold the truth? Simulated curves, labelled as such.

python -m benchmarks.laws.coverage         # writes benchmarks/laws/coverage.md; --curves N a cell
"""

import argparse
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steepness.laws import fit

TABLE = Path(__file__).with_name("coverage.md")
NOISE, SHARDS, SEEDS, CONSTANT, PLATEAU = (0.005, 0.02, 0.05), (5, 8, 12), (1, 3, 5), (0.0, 0.4, 0.7), (0, 3)


@dataclass(frozen=True)
class Cell:
    """One setting of the simulation, and what came out.

    Attributes:
        noise: standard deviation of one run's log error.
        shards: shards of the law, each twice the one before.
        seeds: runs per shard.
        constant: gamma as a share of the last error.
        plateau: further shards before the law, at the error of its first shard.
        quoted, known: coverage of the quoted interval, and of the true form over the power-law region.
        width: median half-width of the quoted interval.
    """

    noise: float
    shards: int
    seeds: int
    constant: float
    plateau: int
    quoted: float
    known: float
    width: float


def simulate(curves: int, seed: int) -> Iterator[Cell]:
    """Every combination of the settings, `curves` curves each, exponents uniform in [-0.5, -0.1]."""
    rng = np.random.default_rng(seed)
    for noise, shards, seeds, constant, plateau in itertools.product(NOISE, SHARDS, SEEDS, CONSTANT, PLATEAU):
        m = 100 * 2.0 ** np.arange(shards + plateau)
        hits = []
        for _ in range(curves):
            beta = -rng.uniform(0.1, 0.5)
            law = (1 - constant) * (m / m[-1]) ** beta + constant
            law = np.minimum(law, law[plateau])
            error = np.repeat(law, seeds) * np.exp(noise * rng.standard_normal(seeds * len(m)))
            labels = np.tile(np.arange(seeds), len(m)) if seeds > 1 else None
            found = fit(np.repeat(m, seeds), error, seeds=labels)
            known = found.of("power_constant" if constant else "power", "power_law").beta_g
            hits.append((beta in found.beta_g, beta in known, found.beta_g.half_width))
        quoted, of_form, _ = np.mean(hits, axis=0)
        width = float(np.median([h[2] for h in hits]))
        yield Cell(noise, shards, seeds, constant, plateau, float(quoted), float(of_form), width)


def table(cells: list[Cell], curves: int) -> str:
    """Coverage over all cells and by each setting, as Markdown."""
    groups: list[tuple[str, Callable[[Cell], bool]]] = [("all", lambda c: True)]
    for name, values in (
        ("noise", NOISE),
        ("shards", SHARDS),
        ("seeds", SEEDS),
        ("constant", CONSTANT),
        ("plateau", PLATEAU),
    ):
        groups += [(f"{name} = {v:g}", lambda c, name=name, v=v: getattr(c, name) == v) for v in values]
    lines = [
        "| cells | quoted interval | lowest and highest cell | true form given | median half-width |",
        "|---|---|---|---|---|",
    ]
    for label, chosen in groups:
        part = [c for c in cells if chosen(c)]
        quoted = [c.quoted for c in part]
        lines.append(
            f"| {label} ({len(part)}) | {np.mean(quoted):.3f} | {min(quoted):.3f}, {max(quoted):.3f} | "
            f"{np.mean([c.known for c in part]):.3f} | {np.median([c.width for c in part]):.3f} |"
        )
    worst = sorted(cells, key=lambda c: c.quoted)[:5]
    lines += ["", "The five cells that are covered least:", ""]
    lines += [
        f"- {c.quoted:.3f}: noise {c.noise:g}, {c.shards} shards, {c.seeds} seeds, "
        f"constant {c.constant:g}, plateau {c.plateau}"
        for c in worst
    ]
    note = f"Simulated curves with known exponents, {curves} a cell, {curves * len(cells):,} in all; 95 % intervals."
    return (
        f"# Coverage of the exponent's interval\n\n{note}\n\n"
        + "\n".join(lines)
        + f"\n\nMade by `python -m benchmarks.laws.coverage --curves {curves}`.\n"
    )


def main() -> None:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=300, help="simulated curves a cell")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    text = table(list(simulate(options.curves, options.seed)), options.curves)
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
