"""The shapes a forecast averages over: every curve a learning curve's tail may be, up to its height.

Each shape gives log error against z = log(m / last m); a curve is a shape plus a constant, so with the noise
unknown every shape's evidence has a closed form and no optimiser is needed. Suffixes: j shapes, z places.

- power:            error ~ exp(-b z)
- power + constant: error ~ (1 - t) exp(-b z) + t, where t is the constant's share of the last error
- plateau:          error ~ (1 - t) / (1 + exp(d (z - s))) + t, flat before s and a power law after it: the small-data
                    region and the way out of it (Hestness et al. 2017, figure 6)
"""

import numpy as np

from steepness.laws.forms import Floats

_STEEPNESS = np.geomspace(0.02, 4, 40)
_CONSTANT = 1 - np.geomspace(0.95, 0.01, 24)
_PLATEAU = np.meshgrid(np.geomspace(0.3, 4, 10), [-1.0, 0.0, 1.0, 2.0, 3.0], [0.0, 0.5], indexing="ij")
_SLOPE, _START, _FLOOR = (axis.reshape(-1, 1) for axis in _PLATEAU)


def log_error(z: Floats) -> Floats:
    """Every shape at every place, up to a constant per shape.

    Args:
        z: log(m / last m), shape (z,).
    Returns:
        Log errors, shape (j, z).
    """
    straight = -np.multiply.outer(_STEEPNESS, z)
    falling = np.exp(straight)[:, None]
    share = _CONSTANT[:, None]
    bent = np.log(falling * (1 - share) + share).reshape(-1, len(z))
    leaving = np.log((1 - _FLOOR) / (1 + np.exp(_SLOPE * (z - _START))) + _FLOOR)
    return np.concatenate([straight, bent, leaving])


def _log_prior() -> Floats:
    """Log weight of each shape before any data, shape (j,); tuned on the public suites (benchmarks/laws)."""
    power, plateau = 0.3, 0.05
    steepness = _normal(np.log(_STEEPNESS / 0.3), 1.2)
    slope = _normal(np.log(_SLOPE[:, 0]), 1.0)
    bent = np.repeat(steepness, len(_CONSTANT)) / len(_CONSTANT)
    weight: Floats = np.concatenate([power * steepness, (1 - power - plateau) * bent, plateau * slope])
    return np.log(weight)


def _normal(x: Floats, spread: float) -> Floats:
    density: Floats = np.exp(-0.5 * (x / spread) ** 2)
    density /= density.sum()
    return density


LOG_PRIOR = _log_prior()
