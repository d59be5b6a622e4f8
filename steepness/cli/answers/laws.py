"""What the commands about curves print with `--json`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steepness.cli.answers.base import Answer, Bound, Estimate, Interval, Part

Form = Literal["power", "power_constant"]
Range = Literal["all", "power_law"]


class Law(Part):
    """error = alpha * m**beta_g + gamma, fitted to one range of shards."""

    form: Annotated[Form, Meta(description="with or without the constant gamma")]
    range: Annotated[Range, Meta(description="all shards, or those of the power-law region")]
    alpha: Annotated[Interval, Meta(description="error at m = 1 above gamma, in the metric's unit")]
    beta_g: Annotated[Interval, Meta(description="the exponent")]
    gamma: Annotated[Interval, Meta(description="the constant, in the metric's unit; 0 in the form power")]
    r2: Annotated[float | None, Meta(description="share of the log error's variance explained")]
    n: Annotated[int, Meta(description="runs used")]
    shards: Annotated[int, Meta(description="distinct m used")]
    noise: Annotated[
        float | None, Meta(description="standard deviation of one run's log error around the law")
    ]
    scatter: Annotated[
        float | None, Meta(description="of a run around its shard's mean; null without repeated m")
    ]


class CurveFit(Part, kw_only=True):
    """One curve's laws."""

    name: Annotated[str, Meta(description="what tells it from other curves; empty for the only one")] = ""
    recommended: Annotated[
        Law, Meta(description="the law to quote; its beta_g may also allow for the other form")
    ]
    reason: Annotated[str, Meta(description="why that one")]
    warning: Annotated[str | None, Meta(description="all warnings in one line")]
    warnings: Annotated[
        list[str], Meta(description="why it should not be quoted as it stands, gravest first")
    ]
    level: Annotated[float, Meta(description="confidence of the intervals")]
    boundary: Annotated[Interval | None, Meta(description="m at which the small-data region ends")]
    m: Annotated[list[float], Meta(description="distinct m, ascending")]
    error: Annotated[list[float], Meta(description="geometric mean error at each m")]
    regions: Annotated[
        list[str],
        Meta(description="of each m: small_data, power_law or irreducible; empty where no fall is shown"),
    ]
    fits: Annotated[list[Law], Meta(description="both forms over both ranges, each with its own interval")]


class LeftOut(Part):
    """A curve of several of which nothing comes."""

    name: Annotated[str, Meta(description="what tells it from other curves")]
    reason: Annotated[str, Meta(description="why")]


class FitAnswer(Answer, kw_only=True):
    """`steepness fit FILE`"""

    read: Annotated[str, Meta(description="what was understood of the table, in one line")]
    constant: Annotated[float | None, Meta(description="the floor that was taken off every error")] = None
    curves: Annotated[list[CurveFit], Meta(description="one each")]
    left_out: Annotated[list[LeftOut], Meta(description="curves that cannot be fitted")]


class At(Part):
    """The error to expect at one m."""

    m: Annotated[float, Meta(description="data")]
    value: Annotated[Bound, Meta(description="the error to expect")]
    low: Annotated[float | None, Meta(description="of one more run")]
    high: Annotated[float | None, Meta(description="of one more run")]
    law_low: Annotated[float | None, Meta(description="of the law, the mean of many runs")]
    law_high: Annotated[float | None, Meta(description="of the law, the mean of many runs")]
    beyond: Annotated[bool, Meta(description="whether m lies beyond what the forecast is trusted for")]


class OffTheLine(Part):
    """The newest point against the law of the others."""

    ratio: Annotated[Interval | None, Meta(description="error measured over error forecast")] = None
    above: Annotated[bool | None, Meta(description="whether the whole interval lies above 1")] = None
    below: Annotated[bool | None, Meta(description="whether it lies below 1")] = None
    reason: Annotated[str, Meta(description="what to look for, or why it cannot be said")] = ""


class CurveForecast(Part):
    """One curve's answers about data not yet there."""

    name: Annotated[str, Meta(description="what tells it from other curves; empty for the only one")]
    forecast: Annotated[list[At], Meta(description="at each m asked for, bounds for a new measurement")]
    target: Annotated[float | None, Meta(description="the error to reach")]
    data_for_target: Annotated[Estimate | None, Meta(description="m that reaches it; null without one")]
    gain_of_doubling: Annotated[Estimate, Meta(description="relative change of the error: -0.1 is 10 % less")]
    trusted_up_to: Annotated[
        Estimate, Meta(description="largest m known to within a tenth; low at 99 %, high at 80 % confidence")
    ]
    newest_point: Annotated[OffTheLine, Meta(description="whether the last shard lies on the law")]
    region: Annotated[
        str | None,
        Meta(
            description="of the largest m: small_data, power_law or irreducible; null where no fall is shown"
        ),
    ]
    warnings: Annotated[list[str], Meta(description="as of `fit`, gravest first")]


class ForecastAnswer(Answer, kw_only=True):
    """`steepness forecast`"""

    read: Annotated[str, Meta(description="what was understood of the table or study")]
    level: Annotated[float, Meta(description="confidence of the intervals")]
    curves: Annotated[list[CurveForecast], Meta(description="one each")]
    left_out: Annotated[list[LeftOut], Meta(description="curves that cannot be forecast")]
