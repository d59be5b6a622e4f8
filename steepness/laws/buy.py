"""How much data to order now, and how much later, to bring the error down to a target at the least expected cost.

A point forecast of the data needed is missed half the time, and ordering it all at once forgoes what the next points
would teach. The chance that m units suffice is read off the forecast's own distribution; orders are laid out so that
what is bought in vain and what a miss costs balance. Ask again after every round with the points it brought.
Suffixes: g totals that could be bought, t rounds.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logit

from steepness.laws.amounts import amount, as_percent
from steepness.laws.extrapolate import carry_on
from steepness.laws.forms import Floats
from steepness.laws.points import Shards, shards_of

FARTHEST = 1000.0  # times the data in hand; no forecast is worth anything beyond
_GRID = 241
_LEVELS = (0.5, 0.8, 0.95, 0.99)  # intervals that the forecast's distribution is read from
_RARE = 1e-4  # no forecast is surer than this


@dataclass(kw_only=True, frozen=True)
class Purchase:
    """What to order, and what it comes to. Data in the unit of m, costs in the unit of the price.

    Attributes:
        target: the error to reach.
        have: data in hand.
        now: to order now; 0 where nothing is worth ordering.
        totals: data in hand after each round, were every one needed; the first is `have + now`.
        miss: probability that the target is missed even so.
        cost: expected: the orders, each placed only if those before fell short, and the penalty of a miss.
        need: data that suffices with probability .1, .5 and .9; None where that is more than `FARTHEST` times `have`.
        reason: a sentence for people.
    """

    target: float
    have: float
    now: float
    totals: tuple[float, ...]
    miss: float
    cost: float
    need: tuple[float | None, float | None, float | None]
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return asdict(self)


def buy(
    m: ArrayLike,
    error: ArrayLike,
    target: float,
    *,
    price: float,
    penalty: float,
    rounds: int = 3,
    most: float | None = None,
    seeds: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Purchase:
    """Orders that reach a target error at the least expected cost.

    Args:
        m: data sizes measured, shape (n,), > 0.
        error: errors there, shape (n,), in the metric's unit, > 0; or >= 0, as of `fit`.
        target: error to reach, > 0.
        price: cost of a unit of data, > 0.
        penalty: cost of missing the target when the rounds are over, > 0; in the price's currency.
        rounds: how often data can be ordered, at least 1.
        most: all the data there is to be had, in hand included; unlimited where it is None.
        seeds, counts, weights: shape (n,), as of `fit`.
    Raises:
        ValueError: fewer than 3 distinct m, numbers out of range.
    Source: Mahmood et al. 2022, Optimizing Data Collection for Machine Learning (learn, optimize, collect), with the
        distribution of a forecast that averages forms in place of a bootstrapped power law's.
    """
    _refuse({"target": target, "price": price, "penalty": penalty, "rounds": rounds, "most": most or 1.0})
    shards = shards_of(m, error, seeds, counts=counts, weights=weights)
    have = float(shards.m[-1])
    if np.exp(shards.log_error[-1]) <= target:
        return _reached(target, have)
    totals_g = np.geomspace(have, max(have, min(FARTHEST * have, most or np.inf)), _GRID)
    chance_g = chance_of_reaching(shards, target, totals_g)
    plan, cost = cheapest_plan(totals_g, chance_g, price / penalty, int(rounds))
    miss = 1 - float(chance_g[plan[-1]])
    return Purchase(
        target=target,
        have=have,
        now=float(totals_g[plan[0]] - have),
        totals=tuple(float(totals_g[i]) for i in plan),
        miss=miss,
        cost=cost * penalty,
        need=_need(totals_g, chance_g),
        reason=_too_dear(totals_g, chance_g, price, penalty)
        if plan[0] == 0 and chance_g[-1] >= 0.5
        else _reason(plan, miss, float(chance_g[-1]), most is not None),
    )


def _reached(target: float, have: float) -> Purchase:
    return Purchase(
        target=target,
        have=have,
        now=0.0,
        totals=(),
        miss=0.0,
        cost=0.0,
        need=(have, have, have),
        reason="the target is reached already",
    )


def chance_of_reaching(shards: Shards, target: float, totals_g: Floats) -> Floats:
    """Probability that the error is at the target or below once `totals_g` are in hand, shape (g,), never falling.

    The first total is the data in hand, which did not suffice: chances are given that.
    """
    log_target = np.log(target)
    places, quantiles = [0.5], [np.log(carry_on(shards, totals_g, 0.5).value)]
    for level in _LEVELS:
        ahead = carry_on(shards, totals_g, level)
        places += [0.5 - level / 2, 0.5 + level / 2]
        quantiles += [np.log(ahead.low), np.log(ahead.high)]
    order = np.argsort(places)
    odds, quantile_gp = logit(np.array(places)[order]), np.array(quantiles)[order].T
    chance_g = np.array([_below(log_target, row, odds) for row in quantile_gp])
    grown = np.maximum.accumulate(chance_g)
    return np.asarray((grown - grown[0]) / (1 - grown[0]))


def cheapest_plan(
    totals_g: Floats, chance_g: Floats, price: float, rounds: int
) -> tuple[tuple[int, ...], float]:
    """Indices of the total to hold after each round, and the expected cost in penalties, by dynamic programming.

    Args:
        totals_g: data that could be in hand, rising, the first what is; shape (g,).
        chance_g: probability that it suffices, shape (g,), the first 0.
        price: of a unit of data, as a share of the penalty.
        rounds: how often data can be ordered.
    """
    short_g = 1 - chance_g
    order_gg = price * np.maximum(totals_g[None, :] - totals_g[:, None], 0.0) * short_g[:, None]
    order_gg[np.tril_indices(len(totals_g), -1)] = np.inf
    ahead_g, choices = short_g, []
    for _ in range(rounds):
        cost_gg = order_gg + ahead_g[None, :]
        choices.append(cost_gg.argmin(axis=1))
        ahead_g = cost_gg.min(axis=1)
    plan, at = [], 0
    for choice in reversed(choices):
        at = int(choice[at])
        plan.append(at)
    return tuple(plan), float(ahead_g[0])


def _below(log_target: float, quantile_p: Floats, odds_p: Floats) -> float:
    """Probability of a value below the target, log odds taken as straight between quantiles and beyond them."""
    rising_p = np.maximum.accumulate(quantile_p) + 1e-12 * np.arange(len(quantile_p))
    i = int(np.clip(np.searchsorted(rising_p, log_target), 1, len(rising_p) - 1))
    slope = (odds_p[i] - odds_p[i - 1]) / (rising_p[i] - rising_p[i - 1])
    odds = odds_p[i] + slope * (log_target - rising_p[i])
    return float(np.clip(1 / (1 + np.exp(-np.clip(odds, -50, 50))), _RARE, 1 - _RARE))


def _need(totals_g: Floats, chance_g: Floats) -> tuple[float | None, float | None, float | None]:
    low, middle, high = (
        float(totals_g[np.argmax(chance_g >= share)]) if chance_g[-1] >= share else None
        for share in (0.1, 0.5, 0.9)
    )
    return low, middle, high


def _too_dear(totals_g: Floats, chance_g: Floats, price: float, penalty: float) -> str:
    """Why nothing is ordered where there is data that would do: what it costs is more than what it saves."""
    enough = float(totals_g[np.argmax(chance_g >= 0.5)])
    in_hand, cost = (amount(float(f"{v:.3g}")) for v in (enough, price * (enough - totals_g[0])))
    return (
        f"nothing is worth ordering: {in_hand} in hand would do as likely as not, but cost "
        f"{cost} more, and a miss costs {amount(penalty)}"
    )


def _reason(plan: tuple[int, ...], miss: float, within_reach: float, capped: bool) -> str:
    limit = "with all the data there is" if capped else f"with {amount(FARTHEST)} times the data"
    if plan[0] == 0:
        chance = f"even {limit} the chance is {as_percent(within_reach)}"
        return f"nothing is worth ordering: {chance}, too little for the price"
    if miss > 0.5:
        return f"a miss is likelier than not: even {limit} the chance is {as_percent(within_reach)}"
    return f"the cheapest plan misses with probability {as_percent(miss, 1)}"


def _refuse(named: dict[str, float]) -> None:
    for name, value in named.items():
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} is {value:g}; give a positive number")
    if named["rounds"] != int(named["rounds"]):
        raise ValueError(f"rounds is {named['rounds']:g}; give a whole number")
