"""What to doubt about a fitted joint law."""

import numpy as np
from scipy.special import fdtrc

from steepness.laws.amounts import as_percent
from steepness.laws.forms import Floats
from steepness.laws.joint.fit_form import FittedForm

_TRY_AUTO = "try the form auto"
_SURE = 0.001  # chance at which a lack of fit is said
_FEW = 3  # runs for each parameter


def doubts(fitted: FittedForm, *, chosen: bool) -> tuple[str, ...]:
    """Sentences for people, the gravest first.

    Args:
        chosen: the form is the best of all, so that there is none to turn to.
    """
    said = []
    share, chance = lack_of_fit(fitted)
    if chance < _SURE:
        said.append(
            f"form {fitted.form.name!r} does not fit: {as_percent(share)} of the scatter about it is a smooth trend, "
            f"so the intervals are too narrow; {'no form here fits better' if chosen else _TRY_AUTO}"
        )
    if len(fitted.log_error) < _FEW * fitted.form.size:
        said.append(
            f"{len(fitted.log_error)} runs for {fitted.form.size} parameters: the intervals rest on noise that "
            "they hardly show"
        )
    return tuple(said)


def lack_of_fit(fitted: FittedForm) -> tuple[float, float]:
    """The share of the residuals that a cubic in log N and log D explains, and the chance of that much by noise alone.

    Returns:
        The share, between 0 and 1, and the p-value of the F test; (0, 1) where runs are too few to tell.
    """
    residual = fitted.residual(fitted.theta)
    weights = np.sqrt(fitted.weights(residual))
    own_columns = fitted.jacobian(fitted.theta) * weights[:, None]
    both = np.concatenate([own_columns, _cubic(fitted) * weights[:, None]], axis=1)
    own, all_of_it = (
        np.linalg.matrix_rank(x / np.linalg.norm(x, axis=0).clip(1e-300)) for x in (own_columns, both)
    )
    more, left = int(all_of_it - own), len(residual) - int(all_of_it)
    if more < 1 or left < 5:
        return 0.0, 1.0
    before, after = (_unexplained(x, residual * weights) for x in (own_columns, both))
    ratio = (before - after) / more / max(after / left, 1e-300)
    return 1 - after / max(before, 1e-300), float(fdtrc(more, left, ratio))


def _cubic(fitted: FittedForm) -> Floats:
    n, d = (x / max(float(np.abs(x).max()), 1e-300) for x in (fitted.runs.n, fitted.runs.d))
    return np.stack([n**i * d**j for i in range(4) for j in range(4 - i)], axis=1)


def _unexplained(columns: Floats, target: Floats) -> float:
    scaled = columns / np.linalg.norm(columns, axis=0).clip(1e-300)
    return float(((target - scaled @ np.linalg.lstsq(scaled, target, rcond=1e-9)[0]) ** 2).sum())
