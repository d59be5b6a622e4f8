"""What will the error be at a larger m."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from steepness.laws.checks import level_of, positive_column
from steepness.laws.forms import Floats
from steepness.laws.projection import best_exponent, profile
from steepness.laws.shards import gather


@dataclass(frozen=True)
class Prediction:
    """Errors to expect, with bounds for a new measurement; shape (n,) each, in the metric's unit."""

    value: Floats
    low: Floats
    high: Floats

    def as_dict(self) -> dict[str, list[float]]:
        """Plain lists, ready for JSON."""
        return {"value": self.value.tolist(), "low": self.low.tolist(), "high": self.high.tolist()}


def extrapolate(m: ArrayLike, error: ArrayLike, m_new: ArrayLike, level: float = 0.95) -> Prediction:
    """Forecast the error at m_new."""
    shards, level = gather(m, error), level_of(level)
    new = np.log(positive_column(m_new, "m_new"))
    weight = shards.runs * np.exp(shards.log_m - shards.log_m[-1]) ** 0.5
    columns = shards.log_m, shards.log_error, weight
    at = profile(*columns, np.array([best_exponent(*columns)]))
    law = lambda x: np.log(at.alpha[0] * np.exp(at.beta[0] * (x - at.centre)) + at.gamma[0])  # noqa: E731
    noise = max(float(np.std(shards.log_error - law(shards.log_m))), 1e-4)
    wide = (
        stdtrit(max(len(shards) - 3, 1), 0.5 + level / 2)
        * noise
        * (1 + np.maximum(new - shards.log_m[-1], 0))
    )
    return Prediction(np.exp(law(new)), np.exp(law(new) - wide), np.exp(law(new) + wide))
