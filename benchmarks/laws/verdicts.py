"""How often is a verdict wrong, and how often open? Simulated studies against a simulated claim, labelled as such.

python -m benchmarks.laws.verdicts         # writes benchmarks/laws/verdicts.md; --studies N a cell
"""

import argparse
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from steepness.laws import Evidence, Exponent, fit, judge
from steepness.laws.forms import Floats
from steepness.laws.verdict import AGREE_LEVEL, DISAGREE_LEVEL, MARGIN

TABLE = Path(__file__).with_name("verdicts.md")
CLAIM, CLAIM_M, CLAIM_NOISE = -0.3, 1e6 * 2.0 ** np.arange(9), 0.01
AWAY = (0.0, 0.5, 1.0, 1.5, 3.0)  # our true exponent less the claim's, in margins
NOISE, SHARDS, SEEDS = (0.005, 0.02, 0.05), (7, 11), 2


@dataclass(frozen=True)
class Cell:
    """One setting, and the shares of the answers."""

    away: float
    noise: float
    shards: int
    shares: dict[str, float]


def exponents(
    m: Floats, error: Floats, permutations: Floats | None = None
) -> tuple[Exponent, Exponent, bool]:
    """Without and with a constant, and whether the constant is told from 0."""
    narrow, wide = (
        fit(m, error, level=level, permutations=permutations) for level in (AGREE_LEVEL, DISAGREE_LEVEL)
    )
    straight, bent = (
        Exponent(narrow.of(form, "power_law").beta_g, wide.of(form, "power_law").beta_g)
        for form in ("power", "power_constant")
    )
    return straight, bent, wide.constant_law.gamma.low > 0


def cells(studies: int, rng: np.random.Generator) -> Iterator[Cell]:
    """Every setting: pure power laws, two seeds on a permutation each, beside a claim drawn anew."""
    for away, noise, shards in itertools.product(AWAY, NOISE, SHARDS):
        m, permutations = np.repeat(1e6 * 2.0 ** np.arange(shards), SEEDS), np.tile(np.arange(SEEDS), shards)
        said: Counter[str] = Counter()
        for _ in range(studies):
            error = m ** (CLAIM * (1 + away * MARGIN)) * np.exp(noise * rng.standard_normal(len(m)))
            published = CLAIM_M**CLAIM * np.exp(CLAIM_NOISE * rng.standard_normal(len(CLAIM_M)))
            straight, bent, constant = exponents(m, error, permutations)
            ours = Evidence(straight=straight, bent=bent, constant=constant, shards=shards, runs=len(m))
            said[judge(ours, exponents(CLAIM_M, published)[0]).answer] += 1
        yield Cell(away, noise, shards, {answer: n / studies for answer, n in said.items()})


def table(found: list[Cell], studies: int) -> str:
    """The shares by setting, as Markdown."""
    wrong_agreement = max(c.shares.get("agrees", 0) for c in found if c.away >= 1)
    wrong_disagreement = max(c.shares.get("disagrees", 0) for c in found if c.away <= 1)
    lines = [
        "# Verdicts on simulated studies",
        "",
        f"{studies} studies a cell, each of {SEEDS} seeds on a permutation of their own, against a claim of "
        f"{len(CLAIM_M)} points with {CLAIM_NOISE:.0%} noise and the exponent {CLAIM}; margin {MARGIN:.0%}.",
        "",
        f"At or beyond the margin, at most {wrong_agreement:.3f} agree; within or at it, at most "
        f"{wrong_disagreement:.3f} disagree.",
        "",
        "| true difference, in margins | noise | shards | agrees | disagrees | undecided |",
        "|---|---|---|---|---|---|",
    ]
    for c in found:
        shares = " | ".join(
            f"{c.shares.get(answer, 0):.2f}" for answer in ("agrees", "disagrees", "undecided")
        )
        lines.append(f"| {c.away:g} | {c.noise:g} | {c.shards} | {shares} |")
    return "\n".join([*lines, "", f"Made by `python -m benchmarks.laws.verdicts --studies {studies}`.", ""])


def main() -> None:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=300, help="simulated studies a cell")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    text = table(list(cells(options.studies, np.random.default_rng(options.seed))), options.studies)
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
