"""The paper's own points fitted again: its form over its shards, both forms over all, and its size laws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from steepness.laws import CurveFit, Fit, SizeLaw, fit, fit_size, verdict
from steepness.laws.forms import Form
from steepness.study.claims import Claim, claims


@dataclass(frozen=True)
class Refit:
    """One published curve, fitted again.

    Attributes:
        claim: what the paper reports.
        published: the published form over the published range of shards.
        fit: both forms over all shards and the power-law region that we find.
        verdict: of `published` against the claim: agrees, disagrees or undecided.
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
    m, error = (np.array(column) for column in claim.points)
    kept = slice(int(np.searchsorted(m, claim.power_law_from)), len(m) - claim.leaves_out)
    form: Form = "power_constant" if claim.gamma else "power"
    published = fit(m[kept], error[kept], form=form, level=level).of(form, "all")
    size = fit_size(*claim.sizes, level=level) if claim.sizes[0] else None
    judged = verdict(size.beta_p, claim.beta_p) if size and claim.beta_p else None
    whole = fit(m, error, level=level)
    return Refit(claim, published, whole, verdict(published.beta_g, claim.beta_g), size, judged)
