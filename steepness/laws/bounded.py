"""A law where some points are upper bounds: training stopped there while still improving.

Their likelihood is one-sided (Tobin 1958): the law may pass any distance below them, but above only as far as noise
allows. The noise is that of the points that were trained out. Suffixes: k shards, b exponents.
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
from scipy.special import stdtrit

from steepness.laws.curve_fit import CurveFit
from steepness.laws.forms import Floats
from steepness.laws.interval import Interval
from steepness.laws.points import Shards
from steepness.laws.projection import SHALLOWEST, STEEPEST

MIN_TRAINED = (
    4  # with fewer points that were trained out, upper bounds are all there is, and are fitted as points
)
# Beside the exponent, a bound is free on one side: the drop in likelihood is half of one, half of two squares
# (Self and Liang 1987), whose 95 % quantile is 5.14 where that of one is 3.84.
_ONE_SIDED = (5.14 / 3.84) ** 0.5
_COARSE = -np.geomspace(SHALLOWEST, STEEPEST, 64)
_ZOOM = np.linspace(-1, 1, 25)
_OFFSETS = np.geomspace(
    1e-3, log(STEEPEST / SHALLOWEST), 60
)  # of the exponent's log, to either side of its best
_STEPS, _LONGEST = 20, 1.0


def rests_on_bounds(part: Shards) -> bool:
    """Whether too few points were trained out to fit a law to them."""
    return part.bound is not None and int((~part.bound).sum()) < MIN_TRAINED


def fit_bounded(part: Shards, trained: CurveFit, stretch: float) -> CurveFit:
    """A law under its upper bounds.

    Args:
        part: the shards, some of them bounds.
        trained: the same form fitted to the others alone.
        stretch: factor on the interval's reach, for the luck that shards share.
    """
    search = _Search(part, trained)
    beta = search.best()
    reach = _ONE_SIDED * float(stdtrit(trained.dof, 0.5 + trained.level / 2)) * stretch
    beta_b = beta * np.exp(np.concatenate([_OFFSETS[::-1], [0.0], -_OFFSETS]))
    log_alpha_b, gamma_b, misfit_b = search.profile(np.maximum(beta_b, -STEEPEST))
    at = len(_OFFSETS)
    rise_b = np.sqrt(np.maximum(misfit_b - misfit_b[at], 0))
    inside = rise_b <= reach
    inside[at] = True
    alpha_b = log_alpha_b + search.middle - beta_b * search.centre
    gamma_b = gamma_b * exp(search.middle)
    return trained.but(
        alpha=Interval(
            *(exp(min(v, 700.0)) for v in (alpha_b[at], alpha_b[inside].min(), alpha_b[inside].max()))
        ),
        beta_g=_ends(beta_b, rise_b, reach),
        gamma=Interval(float(gamma_b[at]), float(gamma_b[inside].min()), float(gamma_b[inside].max())),
        n=int(part.rows.sum()),
        n_shards=len(part),
        last_error=exp(alpha_b[at] + beta * float(part.log_m[-1])) + float(gamma_b[at]),
        centre=search.centre,
        covariance=search.covariance(beta, float(log_alpha_b[at]), float(gamma_b[at]), stretch),
    )


def _ends(beta_b: Floats, rise_b: Floats, reach: float) -> Interval:
    at = len(_OFFSETS)
    sides = (rise_b[at::-1], beta_b[at::-1], -inf), (rise_b[at:], beta_b[at:], 0.0)
    low, high = (
        float(np.interp(reach, np.maximum.accumulate(rise), beta, right=end)) for rise, beta, end in sides
    )
    return Interval(float(beta_b[at]), low, high)


class _Search:
    """The best law at each exponent, in units of the curve's means."""

    def __init__(self, part: Shards, trained: CurveFit) -> None:
        assert part.bound is not None
        logs = part.centred
        self.x_k, self.y_k, self.centre, self.middle = logs.x, logs.y, logs.centre, logs.middle
        self.root_k = np.sqrt(part.runs) / trained.counted_noise
        self.bound_k = part.bound
        self.constant = trained.form == "power_constant"

    def best(self) -> float:
        """The exponent with the greatest likelihood."""
        beta_b = _COARSE
        for _ in range(4):
            misfit_b = self.profile(beta_b)[2]
            at = int(misfit_b.argmin())
            step = abs(log(beta_b[1] / beta_b[0]))
            beta_b = np.clip(beta_b[at] * np.exp(step * _ZOOM), -STEEPEST, -SHALLOWEST)
        return float(beta_b[len(_ZOOM) // 2])

    def profile(self, beta_b: Floats) -> tuple[Floats, Floats, Floats]:
        """log alpha, gamma and -2 log likelihood at each exponent, shape (b,) each."""
        pure = self._settle(beta_b, bent=False)
        if not self.constant:
            return pure
        bent = self._settle(beta_b, bent=True)
        better = bent[2] < pure[2]
        log_alpha_b, gamma_b, misfit_b = (np.where(better, *pair) for pair in zip(bent, pure, strict=True))
        return log_alpha_b, gamma_b, misfit_b

    def _settle(self, beta_b: Floats, bent: bool) -> tuple[Floats, Floats, Floats]:
        basis_bk = np.exp(np.multiply.outer(beta_b, self.x_k))
        log_alpha_b, gamma_b = np.zeros(len(beta_b)), np.zeros(len(beta_b))
        if bent:
            log_alpha_b, gamma_b = log_alpha_b - log(2), gamma_b + float(np.exp(self.y_k.min())) / 2
        for _ in range(_STEPS):
            value_bk, slopes = self._slopes(basis_bk, log_alpha_b, gamma_b, bent)
            pull_bk, weight_bk = self._pull(self.y_k - np.log(value_bk))
            step = _newton(slopes, pull_bk, weight_bk)
            log_alpha_b = log_alpha_b + np.clip(step[0], -_LONGEST, _LONGEST)
            if bent:
                gamma_b = np.clip(gamma_b + step[1], gamma_b / 4, gamma_b * 2)
        value_bk, _ = self._slopes(basis_bk, log_alpha_b, gamma_b, bent)
        return log_alpha_b, gamma_b, self._misfit(self.y_k - np.log(value_bk))

    def _slopes(
        self, basis_bk: Floats, log_alpha_b: Floats, gamma_b: Floats, bent: bool
    ) -> tuple[Floats, list[Floats]]:
        reducible_bk = np.exp(log_alpha_b)[:, None] * basis_bk
        value_bk = reducible_bk + gamma_b[:, None]
        return value_bk, [reducible_bk / value_bk, 1 / value_bk][: 1 + bent]

    def _pull(self, residual_bk: Floats) -> tuple[Floats, Floats]:
        """First and second derivative of log likelihood by the law's log at every shard."""
        z = residual_bk * self.root_k
        counts = ~self.bound_k | (z < 0)
        return np.where(counts, z, 0.0) * self.root_k, np.where(counts, 1.0, 1e-9) * self.root_k**2

    def _misfit(self, residual_bk: Floats) -> Floats:
        z = residual_bk * self.root_k
        return np.asarray((np.where(self.bound_k, np.minimum(z, 0), z) ** 2).sum(axis=-1))

    def covariance(
        self, beta: float, log_alpha: float, gamma: float, stretch: float
    ) -> tuple[tuple[float, ...], ...]:
        """Of log alpha at the centre, the exponent and gamma (the latter in the metric's unit)."""
        scale = exp(self.middle)
        reducible_k = np.exp(log_alpha + beta * self.x_k)
        value_k = reducible_k + gamma / scale
        share_k = reducible_k / value_k
        rows = [share_k, share_k * self.x_k, 1 / value_k / scale][: 2 + self.constant]
        slopes_pk = np.stack(rows)
        normal = (slopes_pk * self._pull(self.y_k - np.log(value_k))[1]) @ slopes_pk.T
        size_p = np.sqrt(np.diag(normal))
        inverse = np.linalg.inv(normal / np.outer(size_p, size_p) + 1e-9 * np.eye(len(rows)))
        full = np.zeros((3, 3))
        full[: len(rows), : len(rows)] = stretch**2 * inverse / np.outer(size_p, size_p)
        return tuple(map(tuple, full.tolist()))


def _newton(slopes: list[Floats], pull_bk: Floats, weight_bk: Floats) -> list[Floats]:
    """The step of one or two parameters at each exponent."""
    aa = (slopes[0] ** 2 * weight_bk).sum(axis=1)
    ay = (slopes[0] * pull_bk).sum(axis=1)
    if len(slopes) == 1:
        return [ay / aa]
    ab, bb = (slopes[0] * slopes[1] * weight_bk).sum(axis=1), (slopes[1] ** 2 * weight_bk).sum(axis=1)
    by = (slopes[1] * pull_bk).sum(axis=1)
    second = (by - ab / aa * ay) / np.maximum(bb - ab * ab / aa, 1e-12 * bb)
    return [(ay - ab * second) / aa, second]
