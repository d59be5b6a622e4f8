"""One form fitted to one range of a curve."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from steepness.laws.forms import Floats, Form, power_law
from steepness.laws.interval import Interval

Range = Literal["all", "power_law"]


@dataclass(kw_only=True, frozen=True)
class CurveFit:
    """alpha * m**beta_g + gamma over one range of shards.

    Attributes:
        form: "power" (gamma = 0) or "power_constant".
        range: "all" shards or those of the "power_law" region.
        alpha: error at m = 1 above gamma, in the metric's unit.
        beta_g: steepness, dimensionless, < 0.
        gamma: irreducible error, in the metric's unit.
        r2: share of the log error's variance explained, per run.
        n: runs used.
        n_shards: distinct m used.
        last_error: the law at the largest m used.
        noise: standard deviation of one run's log error around the law.
        counted_noise: the same as the intervals count it: of a shard's mean times the root of its runs, so that shards
            that scatter by themselves are not taken for noise that more seeds average away.
        scatter: standard deviation of a run's log error around its shard's mean; None without repeated m.
    """

    form: Form
    range: Range
    alpha: Interval
    beta_g: Interval
    gamma: Interval
    r2: float
    n: int
    n_shards: int
    last_error: float
    noise: float
    counted_noise: float
    scatter: float | None
    level: float
    centre: float
    covariance: tuple[tuple[float, ...], ...]
    dof: int

    @property
    def falls(self) -> bool:
        """Whether a fall of the error is shown: without one, shards lie in no region of a law."""
        return self.beta_g.high < 0

    def predict(self, m: ArrayLike) -> Floats:
        """The law at m, shape (n,), in the metric's unit."""
        return power_law(m, self.alpha.value, self.beta_g.value, self.gamma.value)

    def derivatives(self, m: ArrayLike) -> Floats:
        """Of the law's log at m, by log alpha, beta_g and, with a constant, gamma: shape (2 or 3, n)."""
        m_n = np.asarray(m, dtype=np.float64)
        value_n = self.predict(m_n)
        share_n = 1 - self.gamma.value / value_n
        rows = [share_n, share_n * (np.log(m_n) - self.centre), 1 / value_n]
        return np.stack(rows[: 2 if self.form == "power" else 3])

    def band(self, m: ArrayLike, level: float | None = None) -> tuple[Floats, Floats]:
        """Bounds of the law itself (not of a new run) at each m, by the delta method.

        Args:
            m: shard sizes, shape (n,), > 0.
            level: confidence; the fit's own if None.
        Returns:
            Lower and upper bounds, shape (n,) each.
        """
        m_n = np.asarray(m, dtype=np.float64)
        value_n = self.predict(m_n)
        share_n = 1 - self.gamma.value / value_n
        gradient_n3 = np.stack([share_n, share_n * (np.log(m_n) - self.centre), 1 / value_n], axis=1)
        spread_n = np.sqrt(np.einsum("ni,ij,nj->n", gradient_n3, np.array(self.covariance), gradient_n3))
        factor_n = np.exp(stdtrit(self.dof, 0.5 + (level or self.level) / 2) * spread_n)
        return value_n / factor_n, value_n * factor_n

    def over(self, range: Range) -> "CurveFit":
        """The same fit under another range's name, where both ranges hold the same shards."""
        return self if self.range == range else self.but(range=range)

    def but(self, **changes: Any) -> "CurveFit":
        """The same fit with some attributes changed; dataclasses.replace would take a tenth of the fit's time."""
        changed = object.__new__(CurveFit)
        vars(changed).update(vars(self), **changes)
        return changed

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for JSON."""
        return {
            "form": self.form,
            "range": self.range,
            "alpha": self.alpha.as_dict(),
            "beta_g": self.beta_g.as_dict(),
            "gamma": self.gamma.as_dict(),
            "r2": self.r2,
            "n": self.n,
            "shards": self.n_shards,
            "noise": self.noise,
            "scatter": self.scatter,
        }
