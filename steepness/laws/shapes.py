"""The shapes a forecast averages over: every curve a learning curve's tail may be, up to its height.

Each shape gives log error against z = log(m / last m); a curve is a shape plus a constant, so with the noise
unknown every shape's evidence has a closed form and no optimiser is needed. Suffixes: j shapes, z places.

- power:            error ~ exp(-b z)
- power + constant: error ~ (1 - t) exp(-b z) + t, where t is the constant's share of the last error
- plateau:          error ~ (1 - t) / (1 + exp(d (z - s))) + t, flat before s and a power law after it: the small-data
                    region and the way out of it (Hestness et al. 2017, figure 6)
- damped trend:     the log-log slope -b exp(-c z) dies out with z (Gardner & McKenzie 1985, in log m)
"""

import numpy as np

from steepness.laws.forms import Floats

_STEEPNESS = np.geomspace(0.02, 4, 40)
_CONSTANT = np.concatenate([[0.0, 0.01, 0.025], 1 - np.geomspace(0.95, 0.01, 21)])
_DAMPING = np.geomspace(0.03, 2, 10)
_PLATEAU = np.meshgrid(np.geomspace(0.3, 4, 10), [-1.0, 0.0, 1.0, 2.0, 3.0], [0.0, 0.5], indexing="ij")
_SLOPE, _START, _FLOOR = (axis.reshape(-1, 1) for axis in _PLATEAU)
# Share of each kind before any data, and log-normal priors of the exponents: centre and spread.
_SHARES = {"power": 0.05, "constant": 0.845, "plateau": 0.005, "damped": 0.1}
_OF_A_LINE, _OF_A_BEND, _OF_A_PLATEAU, _OF_THE_RULE = (0.3, 1.2), (0.85, 0.6), (1.0, 1.0), (0.5, 0.4)


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
    dying = np.expm1(-np.multiply.outer(_DAMPING, z)) / _DAMPING[:, None]
    damped = np.multiply.outer(_STEEPNESS, dying).reshape(-1, len(z))
    return np.concatenate([straight, bent, leaving, damped])


def _normal(exponent: Floats, centre_and_spread: tuple[float, float]) -> Floats:
    """Log density, up to a constant, of a log-normal exponent."""
    centre, spread = centre_and_spread
    found: Floats = -0.5 * (np.log(exponent / centre) / spread) ** 2
    return found


def log_priors() -> tuple[Floats, Floats]:
    """Log weight of each shape before any data, shape (j,) each: for the members at large, and for the rule."""
    bend = _normal(_STEEPNESS, _OF_A_BEND)
    blocks = {
        "power": _normal(_STEEPNESS, _OF_A_LINE),
        "constant": np.repeat(bend, len(_CONSTANT)),
        "plateau": _normal(_SLOPE[:, 0], _OF_A_PLATEAU),
        "damped": np.repeat(bend, len(_DAMPING)),
    }
    at_large = [b - np.log(np.exp(b).sum()) + np.log(_SHARES[kind]) for kind, b in blocks.items()]
    rule = {kind: np.full(len(b), -np.inf) for kind, b in blocks.items()}
    rule["constant"] = np.repeat(_normal(_STEEPNESS, _OF_THE_RULE), len(_CONSTANT))
    return np.concatenate(at_large), np.concatenate(list(rule.values()))


LOG_PRIOR, LOG_PRIOR_OF_THE_RULE = log_priors()
