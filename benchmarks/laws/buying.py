"""Ordering data by `steepness.laws.buy` against the rules of Mahmood et al. 2022. Simulated curves, labelled as such.

python -m benchmarks.laws.buying         # writes benchmarks/laws/buying.md; --curves N
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.laws.peers import scipy_curve_fit
from steepness.laws import bootstrap
from steepness.laws.buy import buy, cheapest_plan
from steepness.laws.forms import Floats

TABLE = Path(__file__).with_name("buying.md")
PENALTIES, ROUNDS, AHEAD = (2.0, 10.0, 100.0), (1, 3), (3.0, 12.0)
HAVE, SHARDS = 64_000.0, 7
Rule = Callable[[Floats, Floats, "Wish"], float]


@dataclass(frozen=True)
class Wish:
    """What is asked of a rule: the error to reach, the price of data as a share of the penalty, rounds left."""

    target: float
    price: float
    rounds: int


@dataclass(frozen=True)
class Truth:
    """A curve that only the simulation knows: error falls from 1 at `HAVE` with a log-log slope that fades or a floor.

    Attributes:
        slope: of the log error at `HAVE`.
        fade: how fast the slope fades with each e-fold of data, 0 for a power law.
        floor: share of the error at `HAVE` that no data removes.
        noise: standard deviation of a measured log error.
    """

    slope: float
    fade: float
    floor: float
    noise: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Truth":
        """One of three kinds, equally often: power law, with a floor, fading."""
        kind = rng.integers(3)
        fade = rng.uniform(0.05, 0.25) if kind == 2 else 0.0
        floor = rng.uniform(0.1, 0.6) if kind == 1 else 0.0
        return cls(
            rng.uniform(0.1, 0.5), fade, floor, float(np.exp(rng.uniform(np.log(0.003), np.log(0.02))))
        )

    def error(self, m: Floats) -> Floats:
        """True error at m."""
        z = np.log(np.asarray(m) / HAVE)
        fallen = self.slope * (z if self.fade == 0 else -np.expm1(-self.fade * z) / self.fade)
        return np.exp(-fallen) * (1 - self.floor) + self.floor

    def measure(self, m: Floats, rng: np.random.Generator) -> Floats:
        """Measured errors at m."""
        return self.error(m) * np.exp(self.noise * rng.standard_normal(np.shape(m)))


def by_power_law(m: Floats, error: Floats, wish: Wish) -> float:
    """What the power law through the points says suffices."""
    slope, at_one = np.polyfit(np.log(m), np.log(error), 1)
    return float(np.exp(np.clip((np.log(wish.target) - at_one) / min(slope, -1e-3), 0, np.log(1e3 * m[-1]))))


def by_power_and_constant(m: Floats, error: Floats, wish: Wish) -> float:
    """What a least-squares power law with a constant says suffices."""
    totals_g = np.geomspace(m[-1], 1e3 * m[-1], 241)
    try:
        told_g = scipy_curve_fit(m, error, totals_g)[0]
    except RuntimeError:
        return by_power_law(m, error, wish)
    return (
        float(totals_g[np.argmax(told_g <= wish.target)])
        if (told_g <= wish.target).any()
        else float(totals_g[-1])
    )


def by_bootstrap_loc(m: Floats, error: Floats, wish: Wish) -> float:
    """Learn-optimize-collect as published: the distribution of the need from bootstrapped fits."""
    totals_g = np.geomspace(m[-1], 1e3 * m[-1], 241)
    reached_g = (bootstrap(m, error, replicates=500).predict(totals_g) <= wish.target).mean(axis=0)
    chance_g = np.maximum.accumulate((reached_g - reached_g[0]) / max(1 - reached_g[0], 1e-9))
    return float(totals_g[cheapest_plan(totals_g, chance_g, wish.price, wish.rounds)[0][0]])


def by_buy(m: Floats, error: Floats, wish: Wish) -> float:
    """steepness.laws.buy."""
    order = buy(m, error, wish.target, price=wish.price, penalty=1.0, rounds=wish.rounds)
    return order.have + order.now


RULES: dict[str, Rule] = {
    "steepness buy": by_buy,
    "LOC, bootstrapped power + constant": by_bootstrap_loc,
    "point, power + constant": by_power_and_constant,
    "point, power law": by_power_law,
}


@dataclass(frozen=True)
class Outcome:
    """One rule in one simulated world.

    Attributes:
        cost: data bought and penalty, in units of the data truly needed.
        missed: the target was not reached.
        bought: data bought, in units of the data truly needed.
    """

    rule: str
    penalty: float
    rounds: int
    cost: float
    missed: bool
    bought: float


def simulate(curves: int, seed: int) -> Iterator[Outcome]:
    """Every rule on the same curves, for every penalty and number of rounds."""
    for i in range(curves):
        truth = Truth.draw(np.random.default_rng([seed, i]))
        for ahead in AHEAD:
            for penalty in PENALTIES:
                for rounds in ROUNDS:
                    for name in RULES:
                        yield _collect(name, truth, ahead, penalty, rounds, seed + i)


def _collect(name: str, truth: Truth, ahead: float, penalty: float, rounds: int, seed: int) -> Outcome:
    """Order by the rule, round by round, until the measured error is at the target."""
    rng = np.random.default_rng(seed)
    m = HAVE / 2.0 ** np.arange(SHARDS)[::-1]
    error = truth.measure(m, rng)
    need = (ahead - 1) * HAVE
    target = float(truth.error(np.array([ahead * HAVE]))[0])
    price = 1 / (penalty * need)
    for left in range(rounds, 0, -1):
        if error[-1] <= target:
            break
        total = RULES[name](m, error, Wish(target, price, left))
        if total > m[-1] * (1 + 1e-9):
            m, error = np.append(m, total), np.append(error, truth.measure(np.array([total]), rng))
    bought, missed = (m[-1] - HAVE) / need, bool(error[-1] > target)
    return Outcome(name, penalty, rounds, bought + penalty * missed, missed, bought)


def promised(curves: int, seed: int) -> list[str]:
    """The probability of missing that `buy` states for a single round, next to how often it then missed."""
    lines = ["| penalty | promised, mean | missed |", "|---|---|---|"]
    for penalty in PENALTIES:
        told = []
        for i in range(curves):
            truth, rng = Truth.draw(np.random.default_rng([seed, i])), np.random.default_rng(seed + i)
            m = HAVE / 2.0 ** np.arange(SHARDS)[::-1]
            error, target = truth.measure(m, rng), float(truth.error(np.array([AHEAD[0] * HAVE]))[0])
            price = 1 / (penalty * (AHEAD[0] - 1) * HAVE)
            order = buy(m, error, target, price=price, penalty=1.0, rounds=1)
            if order.now > 0:
                reached = truth.measure(np.array([order.have + order.now]), rng)[0] <= target
                told.append((order.miss, not reached))
        lines.append(f"| {penalty:g} | " + " | ".join(f"{v:.1%}" for v in np.mean(told, axis=0)) + " |")
    return lines


def table(outcomes: list[Outcome], curves: int, promises: list[str]) -> str:
    """Mean cost, misses and data bought, as Markdown."""
    lines = [
        "| penalty | rounds | rule | mean cost | missed | data bought, median |",
        "|---|---|---|---|---|---|",
    ]
    for penalty in PENALTIES:
        for rounds in ROUNDS:
            for name in RULES:
                part = [o for o in outcomes if (o.rule, o.penalty, o.rounds) == (name, penalty, rounds)]
                cost, missed = np.mean([o.cost for o in part]), np.mean([o.missed for o in part])
                bought = np.median([o.bought for o in part])
                lines.append(
                    f"| {penalty:g} | {rounds} | {name} | {cost:.2f} | {missed:.0%} | {bought:.2f} |"
                )
    return (
        "# Ordering data for a target error\n\n"
        f"{curves} simulated curves (power laws, with a floor, with a fading slope; noise .3 to 2 %), seven shards a "
        "factor 2 apart, targets that truly need 3 or 12 times the data in hand. Costs, penalty and data in units of "
        "the data truly needed, so a seer pays 1. The three other rules are those of Mahmood et al. 2022: "
        "learn-optimize-collect with a bootstrapped fit, and point forecasts.\n\n"
        + "\n".join(lines)
        + "\n\nThe probability of missing that `buy` states when all is ordered at once, targets 3 times ahead:\n\n"
        + "\n".join(promises)
        + f"\n\nMade by `python -m benchmarks.laws.buying --curves {curves}`.\n"
    )


def main() -> None:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--curves", type=int, default=200, help="simulated curves")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    promises = promised(10 * options.curves, options.seed)
    text = table(list(simulate(options.curves, options.seed)), options.curves, promises)
    TABLE.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
