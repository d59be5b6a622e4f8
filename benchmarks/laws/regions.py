"""Does `find_regions` see regions where there are none, and those that are there? Simulated curves, labelled as such.

python -m benchmarks.laws.regions         # writes benchmarks/laws/regions.md; --curves N a setting
"""

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from steepness.laws.forms import Floats
from steepness.laws.points import shards_of
from steepness.laws.regions import find_regions

TABLE = Path(__file__).with_name("regions.md")
NOISE, SEEDS, POINTS, CONSTANT, PLATEAU = (
    (0.002, 0.01, 0.05),
    (1, 3, 5, 20),
    (8, 12, 60, 500),
    (0.0, 0.4),
    (2, 3, 5),
)
SEED_EFFECT = 2.0  # of labelled seeds, in units of the noise
ALLOWED = 0.05  # false regions at every setting
Spacing = Literal["geometric", "even"]


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One kind of curve.

    Attributes:
        noise: standard deviation of one run's log error.
        seeds, points: runs per shard, and shards.
        spacing: of m, from 1e3 to 1e6.
        labelled: whether seeds shift their whole curve, and are labelled.
        constant: gamma as a share of the last error.
        plateau: further shards, a factor 2 apart, before the law; 0 for a curve without a region.
    """

    noise: float
    seeds: int
    points: int
    spacing: Spacing = "geometric"
    labelled: bool = False
    constant: float = 0.0
    plateau: int = 0

    def shard_sizes(self) -> Floats:
        """m, shape (k,)."""
        m = (
            np.geomspace(1e3, 1e6, self.points)
            if self.spacing == "geometric"
            else np.linspace(1e3, 1e6, self.points)
        )
        return np.concatenate([m[0] / 2.0 ** np.arange(self.plateau, 0, -1), m])

    def regions(self, rng: np.random.Generator) -> tuple[str, ...]:
        """The labels of one drawn curve; its exponent is uniform in [-0.6, -0.1]."""
        m = self.shard_sizes()
        law = (1 - self.constant) * (m / m[-1]) ** -rng.uniform(0.1, 0.6) + self.constant
        law = np.minimum(law, law[self.plateau])
        noise = self.noise * rng.standard_normal((len(m), self.seeds))
        if self.labelled:
            noise += SEED_EFFECT * self.noise * rng.standard_normal(self.seeds)
        labels = np.tile(np.arange(self.seeds), len(m)) if self.labelled else None
        error = (law[:, None] * np.exp(noise)).ravel()
        return find_regions(shards_of(np.repeat(m, self.seeds), error, labels), None).labels


def lawful() -> Iterator[Setting]:
    """Pure laws, of every noise, seeds, points and spacing, labelled or not."""
    for noise, seeds, points, spacing, constant in itertools.product(
        NOISE, SEEDS, POINTS, ("geometric", "even"), CONSTANT
    ):
        for labelled in (False, True) if seeds > 1 else (False,):
            yield Setting(
                noise=noise, seeds=seeds, points=points, spacing=spacing, labelled=labelled, constant=constant
            )  # fmt: skip


def plateaus() -> Iterator[Setting]:
    """Laws after a flat start."""
    for noise, seeds, points, constant, plateau in itertools.product(
        NOISE, (1, 3), (8, 12), CONSTANT, PLATEAU
    ):
        yield Setting(noise=noise, seeds=seeds, points=points, constant=constant, plateau=plateau)


def shares(setting: Setting, curves: int, rng: np.random.Generator) -> tuple[float, float]:
    """How often a small-data and an irreducible region were found."""
    found = [setting.regions(rng) for _ in range(curves)]
    return float(np.mean([f[0] == "small_data" for f in found])), float(
        np.mean([f[-1] == "irreducible" for f in found])
    )


def table(curves: int, seed: int) -> str:
    """The rates by setting, as Markdown."""
    rng = np.random.default_rng(seed)
    false = [(s, *shares(s, curves, rng)) for s in lawful()]
    seen = [(s, shares(s, curves, rng)[0]) for s in plateaus()]
    small = np.array([share for _, share, _ in false])
    flat = np.array([share for s, _, share in false if not s.constant])
    worst = sorted(false, key=lambda f: -f[1])[:5]
    return "\n".join([
        "# Regions that are not there, and those that are",
        "",
        f"Simulated curves, {curves} a setting, {curves * (len(false) + len(seen)):,} in all.",
        "",
        f"On pure laws ({len(false)} settings: noise {NOISE}, seeds {SEEDS}, points {POINTS}, geometric and even "
        f"spacing, seeds labelled with effects of {SEED_EFFECT:g} times the noise or not, constants {CONSTANT} of the "
        "last error):",
        "",
        "| region | mean | highest setting | settings above 5 % |",
        "|---|---|---|---|",
        f"| small data | {small.mean():.3f} | {small.max():.3f} | {(small > ALLOWED).sum()} |",
        f"| irreducible (without a constant) | {flat.mean():.4f} | {flat.max():.3f} | {(flat > ALLOWED).sum()} |",
        "",
        "The five highest:",
        "",
        *(f"- {share:.3f}: {_named(s)}" for s, share, _ in worst),
        "",
        "Plateaus of 2, 3 and 5 shards before 8 or 12 shards of a law are found:",
        "",
        "| noise | share found |",
        "|---|---|",
        *(f"| {n:g} | {np.mean([share for s, share in seen if s.noise == n]):.3f} |" for n in NOISE),
        "",
        f"Made by `python -m benchmarks.laws.regions --curves {curves}`.",
        "",
    ])  # fmt: skip


def _named(s: Setting) -> str:
    labelled = ", labelled" if s.labelled else ""
    return f"noise {s.noise:g}, {s.seeds} seeds{labelled}, {s.points} points, {s.spacing}, constant {s.constant:g}"


def main() -> None:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=200, help="simulated curves a setting")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    text = table(options.curves, options.seed)
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
