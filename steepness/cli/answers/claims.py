"""Published curves and how others stand to them, as `--json` prints them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steepness.cli.answers.base import Bound, Interval, Part


class PublishedCurve(Part):
    """A curve of the paper, error = alpha * m**beta_g + gamma, in its own unit and metric."""

    id: Annotated[str, Meta(description="domain/model")]
    model: Annotated[str, Meta(description="the paper's")]
    fixed_size: Annotated[
        bool, Meta(description="whether it is of one size, rather than of the best at each m")
    ]
    dataset: Annotated[str, Meta(description="the paper's")]
    unit: Annotated[str, Meta(description="of its m")]
    metric: Annotated[str, Meta(description="of its error")]
    alpha: Annotated[float, Meta(description="error at m = 1 above gamma")]
    beta_g: Annotated[float, Meta(description="the exponent")]
    gamma: Annotated[float, Meta(description="the constant; 0 without one")]
    beta_p: Annotated[float | None, Meta(description="exponent of the size law, if reported")]
    evidence: Annotated[str, Meta(description="how well the exponent is evidenced: figure, text or recalled")]


class SharedRange(Part):
    """How far two curves' power-law regions lie over one another on one scale."""

    what: Annotated[str, Meta(description="the scale, in words")]
    ours: Annotated[list[Bound], Meta(description="low and high")]
    claims: Annotated[list[Bound], Meta(description="low and high")]
    decades: Annotated[Bound, Meta(description="that both share")]


class Stands(Part):
    """How an exponent stands to a published one."""

    answer: Annotated[
        Literal["agrees", "disagrees", "consistent", "inconsistent", "undecided"],
        Meta(description="consistent and inconsistent are said outside the published range"),
    ]
    outside: Annotated[bool, Meta(description="whether both power-law regions hardly overlap")]
    doubts: Annotated[list[str], Meta(description="why the answer is provisional")]
    difference: Annotated[Interval, Meta(description="our exponent less the published one (95 %)")]
    reason: Annotated[str, Meta(description="the rule that gave the answer, with its figures")]
    remedy: Annotated[str, Meta(description="what would decide it; empty if it is decided")]
    overlaps: Annotated[list[SharedRange], Meta(description="of the regions, a scale each")]
    provisional: Annotated[
        bool, Meta(description="whether the answer may change once its doubts are removed")
    ]
    words: Annotated[str, Meta(description="the answer in a few words")]


class FurtherClaim(PublishedCurve):
    """Another curve of the paper that one of ours is held against."""

    verdict: Annotated[Stands | None, Meta(description="how it stands; null without a fit")]
