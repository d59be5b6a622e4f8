"""What to doubt about a fitted joint law."""

import numpy as np
from scipy.stats import f as fisher

from steepness.laws.forms import Floats
from steepness.laws.joint.estimate import Estimate

_TRY_AUTO = "try form='auto'"
_SURE = 0.001  # chance at which a lack of fit is said
_FEW = 3  # runs for each parameter


def doubts(estimate: Estimate, *, chosen: bool) -> tuple[str, ...]:
    """Sentences for people, the gravest first.

    Args:
        chosen: the form is the best of all, so that there is none to turn to.
    """
    said = []
    share, chance = lack_of_fit(estimate)
    if chance < _SURE:
        said.append(
            f"form {estimate.form.name!r} does not fit: {share:.0%} of the scatter about it is a smooth trend, "
            f"so the intervals are too narrow; {'no form here fits better' if chosen else _TRY_AUTO}"
        )
    if len(estimate.log_error) < _FEW * estimate.form.size:
        said.append(
            f"{len(estimate.log_error)} runs for {estimate.form.size} parameters: the intervals rest on noise that "
            "they hardly show"
        )
    return tuple(said)


def lack_of_fit(estimate: Estimate) -> tuple[float, float]:
    """The share of the residuals that a cubic in log N and log D explains, and the chance of that much by noise alone.

    Returns:
        The share, between 0 and 1, and the p-value of the F test; (0, 1) where runs are too few to tell.
    """
    residual = estimate.residual(estimate.theta)
    weights = np.sqrt(estimate.weights(residual))
    fitted = estimate.jacobian(estimate.theta) * weights[:, None]
    both = np.concatenate([fitted, _cubic(estimate) * weights[:, None]], axis=1)
    own, all_of_it = (
        np.linalg.matrix_rank(x / np.linalg.norm(x, axis=0).clip(1e-300)) for x in (fitted, both)
    )
    more, left = int(all_of_it - own), len(residual) - int(all_of_it)
    if more < 1 or left < 5:
        return 0.0, 1.0
    before, after = (_unexplained(x, residual * weights) for x in (fitted, both))
    ratio = (before - after) / more / max(after / left, 1e-300)
    return 1 - after / max(before, 1e-300), float(fisher.sf(ratio, more, left))


def _cubic(estimate: Estimate) -> Floats:
    n, d = (x / max(float(np.abs(x).max()), 1e-300) for x in (estimate.runs.n, estimate.runs.d))
    return np.stack([n**i * d**j for i in range(4) for j in range(4 - i)], axis=1)


def _unexplained(columns: Floats, target: Floats) -> float:
    scaled = columns / np.linalg.norm(columns, axis=0).clip(1e-300)
    return float(((target - scaled @ np.linalg.lstsq(scaled, target, rcond=1e-9)[0]) ** 2).sum())
