"""What comes of a study with `--json`, and the paper's own points fitted again."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steepness.cli.answers.base import Answer, Bound, Interval, Part
from steepness.cli.answers.claims import FurtherClaim, PublishedCurve, Stands
from steepness.cli.answers.laws import CurveFit, Form, Law, Range


class StudyPoint(Part):
    """One shard of a study's curve."""

    m: Annotated[int, Meta(description="the shard")]
    error: Annotated[float, Meta(description="median over seeds, in the metric's unit")]
    low: Annotated[float, Meta(description="smallest over seeds")]
    high: Annotated[float, Meta(description="largest over seeds")]
    seeds: Annotated[int, Meta(description="runs that it rests on")]
    se: Annotated[Bound, Meta(description="standard error of the validation sample; 0 if unknown")]
    test: Annotated[Bound, Meta(description="the metric on the test split at the same steps")]
    size: Annotated[int, Meta(description="the size dial")]
    params: Annotated[int, Meta(description="parameters of the model")]
    flagged: Annotated[bool, Meta(description="whether training met its bound while still improving")]
    biased: Annotated[bool, Meta(description="whether it is quoted from the runs that it was chosen by")]


class SelectionGap(Part):
    """How much worse the best of several runs is when it is trained again."""

    shift: Annotated[Interval, Meta(description="log of the error trained again over that chosen by (95 %)")]
    slope: Annotated[Interval, Meta(description="what it adds to the exponent (95 %)")]
    sloped: Annotated[bool, Meta(description="whether the gap is known to change with data")]


class QuotedLaw(Part):
    """Which of the fits is quoted."""

    form: Annotated[Form, Meta(description="with or without the constant gamma")]
    range: Annotated[Range, Meta(description="all shards, or those of the power-law region")]


class StudyCurve(Part):
    """A curve of a study: of the best size at each m, or of one size."""

    id: Annotated[str, Meta(description="domain/model/metric, and the size if it is fixed")]
    model: Annotated[str, Meta(description="by name or path")]
    metric: Annotated[str, Meta(description="whose error it is")]
    unit: Annotated[str, Meta(description="of m")]
    best_fit: Annotated[bool, Meta(description="whether the size is the best at each m")]
    size: Annotated[int | None, Meta(description="the fixed size dial")]
    points: Annotated[list[StudyPoint], Meta(description="ascending in m")]
    fits: Annotated[list[Law], Meta(description="both forms over both ranges; empty if none can be fitted")]
    quoted: Annotated[QuotedLaw | None, Meta(description="which of them stands for the curve")]
    reason: Annotated[str, Meta(description="why that one, or why there is none")]
    warning: Annotated[str | None, Meta(description="all warnings in one line")]
    warnings: Annotated[
        list[str], Meta(description="why it should not be quoted as it stands, gravest first")
    ]
    selection_gap: Annotated[SelectionGap | None, Meta(description="null where nothing tells")]
    regions: Annotated[
        list[str],
        Meta(description="of each m: small_data, power_law or irreducible; empty where no fall is shown"),
    ]
    boundary: Annotated[Interval | None, Meta(description="m at which the small-data region ends")]
    beta_g: Annotated[Interval | None, Meta(description="the exponent to quote")]
    beta_p: Annotated[Interval | None, Meta(description="exponent of the best size over m")]
    claim: Annotated[PublishedCurve | None, Meta(description="the paper's curve")]
    own_data: Annotated[
        bool, Meta(description="whether the data are a user's, of which the paper claims nothing")
    ]
    verdict: Annotated[Stands | None, Meta(description="how the exponent stands to the claim")]
    further_claims: Annotated[list[FurtherClaim], Meta(description="others that it is held against")]


class BestSize(Part):
    """The best size at one m."""

    model: Annotated[str, Meta(description="by name or path")]
    m: Annotated[int, Meta(description="the shard")]
    size: Annotated[int, Meta(description="the size dial")]
    params: Annotated[int, Meta(description="parameters of the model")]


class StudyAnswer(Answer, kw_only=True):
    """`steepness fit STUDY` and `steepness run`"""

    study: Annotated[str, Meta(description="the folder's name")]
    domain: Annotated[str, Meta(description="by name or path")]
    preset: Annotated[str, Meta(description="by name")]
    dataset: Annotated[str, Meta(description="as the preset names it")]
    fingerprint: Annotated[str, Meta(description="hash of everything that determines the data")]
    unit: Annotated[str, Meta(description="of m")]
    curves: Annotated[list[StudyCurve], Meta(description="best fits, then fixed sizes")]
    sizes: Annotated[list[BestSize], Meta(description="of the first metric")]
    trials: Annotated[dict[str, int], Meta(description="how many by status")]
    verdict: Annotated[str, Meta(description="the exponents against the paper's, in one line")]
    report: Annotated[str | None, Meta(description="path of the page; null from `fit`")] = None


class SizeLaw(Part):
    """params(m) = alpha * m**beta_p, of the best size at each m."""

    beta_p: Annotated[Interval, Meta(description="the exponent")]
    alpha: Annotated[Interval, Meta(description="parameters at m = 1")]
    r2: Annotated[Bound, Meta(description="share of variance explained")]
    n: Annotated[int, Meta(description="points used")]


class PaperCurve(Part):
    """A curve of the paper, from the points of its figure."""

    claim: Annotated[PublishedCurve, Meta(description="as published")]
    published_form_and_range: Annotated[Law, Meta(description="fitted again as the paper did")]
    verdict: Annotated[str, Meta(description="whether the published exponent comes back")]
    fit: Annotated[CurveFit, Meta(description="as `steepness fit` has it")]
    size: Annotated[SizeLaw | None, Meta(description="of the paper's sizes, where it shows them")]
    size_verdict: Annotated[str | None, Meta(description="whether the published beta_p comes back")]


class PaperAnswer(Answer, kw_only=True):
    """`steepness paper`"""

    level: Annotated[float, Meta(description="confidence of the intervals")]
    curves: Annotated[list[PaperCurve], Meta(description="every one whose points the paper shows")]
