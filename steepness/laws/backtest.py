"""How would our forecasts have done on this very curve: fit the first shards, and hold the rest against them.

Suffixes: k shards, r forecasts.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steepness.laws.amounts import as_percent
from steepness.laws.checks import level_of
from steepness.laws.extrapolate import carry_on
from steepness.laws.forms import Floats
from steepness.laws.points import Shards, gather
from steepness.laws.rows import Rows, read_rows

FEWEST = 3  # shards that a forecast is made from
_REACHES = (2.0, 4.0, 8.0)


@dataclass(kw_only=True, frozen=True)
class Forecast:
    """One forecast and what came of it. Errors in the metric's unit, m in the curve's.

    Attributes:
        shards: how many of the smallest shards it was made from.
        m_last: the largest of those.
        m: where it looked to.
        value, low, high: what was foretold.
        measured: what was then measured.
    """

    shards: int
    m_last: float
    m: float
    value: float
    low: float
    high: float
    measured: float

    @property
    def reach(self) -> float:
        """How many times the data it looked ahead."""
        return self.m / self.m_last

    @property
    def held(self) -> bool:
        """Whether the interval holds what was measured."""
        return self.low <= self.measured <= self.high

    @property
    def miss(self) -> float:
        """Log of foretold over measured: about the relative error, positive where too high."""
        return float(np.log(self.value / self.measured))

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return {**asdict(self), "reach": self.reach, "held": self.held, "miss": self.miss}


@dataclass(kw_only=True, frozen=True)
class Reach:
    """Forecasts that looked about as far ahead.

    Attributes:
        up_to: times the data, at most.
        forecasts: how many.
        coverage: share of them whose interval holds what was measured.
        rmsle: root mean square of their misses.
        rmsle_power: the same, had the power law through all shards been trusted.
        rmsle_last: the same, had the last error been expected to stay.
    """

    up_to: float
    forecasts: int
    coverage: float
    rmsle: float
    rmsle_power: float
    rmsle_last: float


@dataclass(frozen=True, repr=False)
class Backtest:
    """All forecasts from the first shards of a curve to its later ones.

    Attributes:
        level: confidence of the intervals.
        forecasts: each of them, by shards used, then by m.
        reaches: what came of them by how far they looked, the last one all together.
        reason: a sentence for people.
    """

    level: float
    forecasts: tuple[Forecast, ...]
    reaches: tuple[Reach, ...]
    reason: str

    def __repr__(self) -> str:
        return f"Backtest({self.reason})"

    def to_frame(self) -> Any:
        """A pandas data frame with a row per forecast.

        Raises:
            ImportError: pandas is not installed.
        """
        import pandas

        return pandas.DataFrame([forecast.as_dict() for forecast in self.forecasts])

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return {
            "level": self.level,
            "forecasts": [forecast.as_dict() for forecast in self.forecasts],
            "reaches": [{**asdict(reach), "up_to": _finite(reach.up_to)} for reach in self.reaches],
            "reason": self.reason,
        }


def backtest(
    m: ArrayLike, error: ArrayLike, level: float = 0.95, *, fewest: int = FEWEST, seeds: ArrayLike | None = None,
    counts: ArrayLike | None = None, weights: ArrayLike | None = None,
) -> Backtest:  # fmt: skip
    """Forecast a curve's later shards from its first ones, for every number of first shards.

    A shard's mean is held against the interval of a mean of as many runs. Forecasts of one curve hang together, as they
    share its shards: a coverage from ten of them is a rough number.

    Args:
        m: shard sizes, shape (n,), in the curve's unit, > 0; repeated m are runs of the same shard.
        error: errors, shape (n,), in the metric's unit, > 0; or >= 0, as of `fit`.
        level: confidence of the intervals, between 0 and 1.
        fewest: shards that a forecast is made from at least, 3 or more.
        seeds, counts, weights: shape (n,), as of `fit`.
    Raises:
        ValueError: no shard left to forecast, values not finite and positive, lengths that differ.
    """
    rows = read_rows(m, error, seeds=seeds, counts=counts, weights=weights)
    shards, level = gather(rows), level_of(level)
    if fewest < FEWEST:
        raise ValueError(f"fewest is {fewest}; a forecast needs at least {FEWEST} shards")
    if len(shards) <= fewest:
        raise ValueError(
            f"{len(shards)} distinct m leave none to forecast from {fewest}; measure more shards"
        )
    made = list(_forecasts(rows, shards, level, fewest))
    forecasts = tuple(forecast for forecast, _ in made)
    peers_r2 = np.array([peers for _, peers in made])
    return Backtest(
        level, forecasts, tuple(_reaches(forecasts, peers_r2)), _reason(forecasts, peers_r2, level)
    )


def _forecasts(
    rows: Rows, shards: Shards, level: float, fewest: int
) -> Iterator[tuple[Forecast, tuple[float, float]]]:
    """Every forecast, with the misses of the power law and of the last error in its place."""
    measured_k = np.exp(shards.log_error)
    for count in range(fewest, len(shards)):
        known_last = shards.m[count - 1]
        # gathered anew, as the spread of all runs is not yet known there
        known = gather(rows.only(rows.m <= known_last * (1 + 1e-12)))
        later = [
            carry_on(known, m, level, runs=runs)
            for m, runs in zip(shards.m[count:, None], shards.runs[count:], strict=True)
        ]
        slope, height = np.polyfit(shards.log_m[:count], shards.log_error[:count], 1)
        for i in range(count, len(shards)):
            ahead = later[i - count]
            value, low, high = (float(side[0]) for side in (ahead.value, ahead.low, ahead.high))
            forecast = Forecast(
                shards=count,
                m_last=float(known_last),
                m=float(shards.m[i]),
                value=value,
                low=low,
                high=high,
                measured=float(measured_k[i]),
            )
            power = float(slope * shards.log_m[i] + height - shards.log_error[i])
            yield forecast, (power, float(shards.log_error[count - 1] - shards.log_error[i]))


def _reaches(forecasts: tuple[Forecast, ...], peers_r2: Floats) -> Iterator[Reach]:
    reach_r = np.array([forecast.reach for forecast in forecasts])
    held_r = np.array([forecast.held for forecast in forecasts])
    misses_r3 = np.column_stack([[forecast.miss for forecast in forecasts], peers_r2])
    nearest = 0.0
    for up_to in (*_REACHES, np.inf):
        chosen = (reach_r > nearest * 1.01) & (reach_r <= up_to * 1.01)
        nearest = up_to
        if chosen.any() and up_to < np.inf:
            yield _reach(up_to, held_r[chosen], misses_r3[chosen])
    yield _reach(np.inf, held_r, misses_r3)


def _reach(up_to: float, held_r: Floats, misses_r3: Floats) -> Reach:
    ours, power, last = map(float, np.sqrt(np.mean(misses_r3**2, axis=0)))
    return Reach(
        up_to=up_to, forecasts=len(held_r), coverage=float(held_r.mean()),
        rmsle=ours, rmsle_power=power, rmsle_last=last,
    )  # fmt: skip


def _reason(forecasts: tuple[Forecast, ...], peers_r2: Floats, level: float) -> str:
    held = sum(forecast.held for forecast in forecasts)
    ours = float(np.sqrt(np.mean([forecast.miss**2 for forecast in forecasts])))
    power = float(np.sqrt(np.mean(peers_r2[:, 0] ** 2)))
    bias = float(np.mean([forecast.miss for forecast in forecasts]))
    side = "too high" if bias > 0 else "too low"
    told = f"{held} of {len(forecasts)} later shards came within their {as_percent(level)} interval"
    missed = f"forecasts missed by {as_percent(ours, 1)} (a power law by {as_percent(power, 1)})"
    return f"{told}; {missed}, {as_percent(abs(bias), 1)} {side} on average"


def _finite(value: float) -> float | None:
    return None if np.isinf(value) else value
