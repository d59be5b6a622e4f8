"""The size law: how many parameters the best-fit model has at each shard size."""

from dataclasses import asdict, dataclass
from typing import Any

from numpy.typing import ArrayLike

from steepness.laws import checks
from steepness.laws.curve_fit import CurveFit
from steepness.laws.forms import Floats, size_law
from steepness.laws.interval import Interval
from steepness.laws.law_fit import fit_curve
from steepness.laws.points import shards_of


@dataclass(kw_only=True, frozen=True)
class SizeLaw:
    """params(m) = alpha * m**beta_p.

    Attributes:
        beta_p: exponent, dimensionless.
        alpha: parameters at m = 1.
        r2: share of the log parameters' variance explained.
        n: points used.
    """

    beta_p: Interval
    alpha: Interval
    r2: float
    n: int
    law: CurveFit

    def predict(self, m: ArrayLike) -> Floats:
        """Parameters of the best-fit model at m, shape (n,)."""
        return size_law(m, self.alpha.value, self.beta_p.value)

    def band(self, m: ArrayLike, level: float | None = None) -> tuple[Floats, Floats]:
        """Bounds of the law at each m, shape (n,) each."""
        return self.law.band(m, level)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return {"beta_p": asdict(self.beta_p), "alpha": asdict(self.alpha), "r2": self.r2, "n": self.n}


def fit_size(m: ArrayLike, params: ArrayLike, level: float = 0.95) -> SizeLaw:
    """Fit params(m) = alpha * m**beta_p by least squares on the logs, with Student's intervals.

    Args:
        m: shard sizes, shape (n,), in the curve's unit, > 0.
        params: parameters of the best-fit model at each m, shape (n,), > 0.
        level: confidence of the intervals, between 0 and 1.
    Raises:
        ValueError: fewer than 3 distinct m, values not finite and positive, lengths that differ.
    Source: Hestness et al. 2017, section 3.
    """
    checks.curve(m, params, name="params")
    shards = shards_of(m, params)
    law = fit_curve(shards, "power", "all", slice(0, len(shards)), checks.level_of(level))
    return SizeLaw(beta_p=law.beta_g, alpha=law.alpha, r2=law.r2, n=law.n, law=law)
