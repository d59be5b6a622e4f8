"""The paper's own points fitted again: its form over its shards, both forms over all, and its size laws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from steepness.laws import CurveFit, Fit, Interval, SizeLaw, fit, fit_size
from steepness.study.claims import Claim, claims, published_fit


@dataclass(kw_only=True, frozen=True)
class Refit:
    """One published curve, fitted again.

    Attributes:
        claim: what the paper reports.
        published: the published form over the published range of shards.
        fit: both forms over all shards and the power-law region that we find.
        verdict: whether the claim comes back, within the interval of `published`.
        size: the size law of the paper's own points, if it has any.
        size_verdict: of `size` against the claimed beta_p, if both exist.
    """

    claim: Claim
    published: CurveFit
    fit: Fit
    verdict: str
    size: SizeLaw | None
    size_verdict: str | None

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and strings, ready for JSON."""
        return {
            "claim": self.claim.as_dict(),
            "published_form_and_range": self.published.as_dict(),
            "verdict": self.verdict,
            "fit": self.fit.as_dict(),
            "size": self.size.as_dict() if self.size else None,
            "size_verdict": self.size_verdict,
        }


def refit_paper(level: float = 0.95) -> list[Refit]:
    """Fit every curve whose points the paper shows.

    Args:
        level: confidence of the intervals, between 0 and 1.
    """
    return [_refit(claim, level) for claim in claims() if claim.points[0]]


def _refit(claim: Claim, level: float) -> Refit:
    published = published_fit(claim, level)
    size = fit_size(*claim.sizes, level=level) if claim.sizes[0] else None
    judged = _comes_back(size.beta_p, claim.beta_p) if size and claim.beta_p else None
    whole = fit(*claim.points, level=level)
    return Refit(
        claim=claim,
        published=published,
        fit=whole,
        verdict=_comes_back(published.beta_g, claim.beta_g),
        size=size,
        size_verdict=judged,
    )


def _comes_back(interval: Interval, published: float) -> str:
    """Whether a published number is what its own points say: no comparison of two curves, so no margin."""
    return "comes back" if published in interval else "does not come back"
