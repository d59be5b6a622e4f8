"""Why an exponent should not be quoted as it stands: every reason, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

import numpy as np
from scipy.special import fdtrc

from steepness.laws.amounts import amount
from steepness.laws.bounded import rests_on_bounds
from steepness.laws.curve_fit import CurveFit
from steepness.laws.fits import Fits
from steepness.laws.points import Shards

# A law that explains less than this of the runs' log error is no power law worth the name.
MIN_R2 = 0.8
FEW_SHARDS = 5
# No curve of the paper is steeper than -0.52, nor its theory than -1.
STEEPER_THAN_ANY = 1.5
MIXED = 0.25  # scatter of runs at one m that one model on one data set hardly has
LACK_OF_FIT = 0.01  # probability of a bend as large if the law holds


def cautions(fit: Fits) -> Iterator[str]:
    """The reasons, the gravest first."""
    chosen, shards = fit.recommended, fit.shards
    yield from _bounds(fit)
    yield from _no_law(fit)
    yield from _columns(chosen, shards)
    if chosen.r2 < MIN_R2:
        yield f"not a power law: the fit explains {100 * max(chosen.r2, 0):.0f} % of the log error's variance"
    if chosen.scatter and chosen.scatter > MIXED:
        yield f"runs of one m scatter by {100 * chosen.scatter:.0f} %: is more than one curve in these rows?"
    if chosen.beta_g.low == -inf:
        yield "no lower bound to the exponent: with a constant, a curve of any steepness fits these points"
    if bends(fit):
        yield "the points bend in a way that neither form follows"
    if chosen.n_shards < FEW_SHARDS:
        where = "" if chosen.n_shards == len(shards) else " in the power-law region"
        yield f"{chosen.n_shards} shards{where}: the interval rests on {chosen.dof} degrees of freedom"


def _bounds(fit: Fits) -> Iterator[str]:
    part = fit.shards.take(fit.region_of(fit.recommended))
    if part.bound is None or not part.bound.any():
        return
    bounds, n = int(part.bound.sum()), len(part)
    where = ", ".join(map(amount, part.m[part.bound]))
    if rests_on_bounds(part):
        yield (
            f"the exponent is one of upper bounds: {bounds} of {n} shards were not trained out (m = {where}), too "
            "many to fit a law to the others; train them longer"
        )
    else:
        yield (
            f"{bounds} of {n} shards are upper bounds, as they were not trained out (m = {where}): the law may pass "
            f"below them, and rests on the other {n - bounds}"
        )


def _no_law(fit: Fits) -> Iterator[str]:
    chosen = fit.recommended
    own = chosen if chosen.form == "power_constant" else fit.power_law  # without the allowance for a constant
    if own.beta_g.high >= 0:
        rising = ", and in these points the error rises with m" if own.beta_g.value > 1e-6 else ""
        yield "not a power law that can be told from a flat line: the interval of beta_g reaches 0" + rising


def _columns(chosen: CurveFit, shards: Shards) -> Iterator[str]:
    if chosen.beta_g.value > -STEEPER_THAN_ANY:
        return
    if shards.error.min() > shards.m.max():
        guess = "are m and error swapped?"
    elif shards.m.max() < 20:
        guess = "is m its own logarithm?"
    else:
        guess = "is m the training data, and error the metric?"
    yield f"steeper than any learning curve (exponent {chosen.beta_g.value:.3g}): check the columns; {guess}"


def bends(fit: Fits) -> bool:
    """Whether a quadratic and a cubic in log m explain what the recommended law leaves, beyond the noise."""
    part = fit.shards.take(fit.region_of(fit.recommended))
    slopes_pk = fit.recommended.derivatives(part.m)
    dof = len(part) - len(slopes_pk) - 2
    if dof < 1:
        return False
    root_k = np.sqrt(part.runs)
    x_k = (part.log_m - part.log_m.mean()) / np.ptp(part.log_m)
    residual_k = root_k * (part.log_error - np.log(fit.recommended.predict(part.m)))
    full_pk = np.vstack([slopes_pk, x_k**2, x_k**3]) * root_k
    before, after = (_left(columns, residual_k) for columns in (full_pk[:-2], full_pk))
    scale, dof = part.noise_to_test(after, dof)
    return bool(fdtrc(2, dof, max(before - after, 0) / 2 / scale) < LACK_OF_FIT)


def _left(columns_pk: np.ndarray, residual_k: np.ndarray) -> float:
    """Squares that the columns leave of the residuals."""
    basis_kp, _ = np.linalg.qr((columns_pk / np.linalg.norm(columns_pk, axis=1)[:, None]).T)
    left_k = residual_k - basis_kp @ (basis_kp.T @ residual_k)
    return float(left_k @ left_k)
