"""What the commands that end in a decision print with `--json`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steepness.cli.answers.base import Answer, Bound, Interval, Part


class PastForecast(Part):
    """What the first shards said of a later one."""

    shards: Annotated[int, Meta(description="how many were known")]
    m_last: Annotated[float, Meta(description="the largest of them")]
    m: Annotated[float, Meta(description="the shard forecast")]
    value: Annotated[Bound, Meta(description="the error to expect there")]
    low: Annotated[Bound, Meta(description="of a new measurement")]
    high: Annotated[Bound, Meta(description="of a new measurement")]
    measured: Annotated[float, Meta(description="the error there")]
    reach: Annotated[float, Meta(description="m over m_last")]
    held: Annotated[bool, Meta(description="whether the interval holds what was measured")]
    miss: Annotated[Bound, Meta(description="log of the error forecast over the error measured")]


class Reach(Part):
    """Forecasts that looked about as far ahead."""

    up_to: Annotated[Bound, Meta(description="times the data, at most; null for all")]
    forecasts: Annotated[int, Meta(description="how many")]
    coverage: Annotated[float, Meta(description="share whose interval holds what was measured")]
    rmsle: Annotated[Bound, Meta(description="root mean square of the misses")]
    rmsle_power: Annotated[Bound, Meta(description="the same, had the power law of all shards been trusted")]
    rmsle_last: Annotated[Bound, Meta(description="the same, had the last error been expected to stay")]


class BacktestAnswer(Answer, kw_only=True):
    """`steepness backtest`"""

    read: Annotated[str, Meta(description="what was understood of the table")]
    level: Annotated[float, Meta(description="of the intervals: the share that should come out within them")]
    forecasts: Annotated[list[PastForecast], Meta(description="one each")]
    reaches: Annotated[list[Reach], Meta(description="coverage and misses by how far they looked ahead")]
    reason: Annotated[str, Meta(description="in a sentence")]


class BuyAnswer(Answer, kw_only=True):
    """`steepness buy`"""

    read: Annotated[str, Meta(description="what was understood of the table")]
    target: Annotated[float, Meta(description="the error to reach")]
    price: Annotated[float, Meta(description="of a unit of data")]
    penalty: Annotated[float, Meta(description="of a miss")]
    have: Annotated[float, Meta(description="data in hand")]
    now: Annotated[float, Meta(description="to order now; 0 where nothing is worth ordering")]
    totals: Annotated[list[float], Meta(description="data in hand after each round, were every one needed")]
    miss: Annotated[float, Meta(description="probability that the target is missed even so")]
    cost: Annotated[float, Meta(description="expected, orders and penalty")]
    need: Annotated[
        list[float | None],
        Meta(description="data that suffices with probability .1, .5, .9; null beyond reach"),
    ]
    reason: Annotated[str, Meta(description="in a sentence")]


class Split(Part):
    """The best split of a training budget."""

    flops: Annotated[float, Meta(description="the budget")]
    params: Annotated[Interval, Meta(description="parameters of the model to train")]
    data: Annotated[Interval, Meta(description="units of data to train it on")]
    error: Annotated[Interval, Meta(description="to expect, in the metric's unit")]
    beyond: Annotated[float, Meta(description="the budget over that of the largest run fitted")]
    warnings: Annotated[list[str], Meta(description="what to doubt of the law that it follows from")]


class Epochs(Part):
    """What seeing the same data again brings."""

    epochs: Annotated[int, Meta(description="how often it is seen")]
    error: Annotated[Bound, Meta(description="to expect of the largest model on the most distinct data")]


class NextRun(Part):
    """The run to train next."""

    params: Annotated[float, Meta(description="its parameters")]
    data: Annotated[float, Meta(description="units of data, all distinct")]
    flops: Annotated[float, Meta(description="what it costs")]
    error: Annotated[Bound, Meta(description="to expect of it")]
    answer: Annotated[str, Meta(description="what it is to narrow")]
    narrowing: Annotated[Bound, Meta(description="share by which that interval is expected to shrink")]
    reason: Annotated[str, Meta(description="in a sentence")]


class FormScore(Part):
    """How a form of the joint law did on runs held out at the corners."""

    form: Annotated[str, Meta(description="its name")]
    miss: Annotated[Bound, Meta(description="root mean square relative error, geometric mean over corners")]
    r2: Annotated[list[Bound], Meta(description="share of variance foretold, of each corner")]


class FormChoice(Part):
    """How the form of the joint law was chosen."""

    form: Annotated[str, Meta(description="the one chosen")]
    scores: Annotated[list[FormScore], Meta(description="of every form tried, best first")]
    reason: Annotated[str, Meta(description="in a sentence")]


class JointAnswer(Answer, kw_only=True):
    """`steepness joint`"""

    read: Annotated[str, Meta(description="what was understood of the table")]
    form: Annotated[str, Meta(description="name of the law")]
    formula: Annotated[str, Meta(description="the law in symbols")]
    parameters: Annotated[dict[str, Interval], Meta(description="of the formula, by name")]
    compute_optimal: Annotated[list[Split], Meta(description="for each --flops")]
    epochs: Annotated[list[Epochs], Meta(description="where data is repeated; else empty")]
    next_run: Annotated[NextRun | None, Meta(description="with --next-flops")]
    flops_per_parameter: Annotated[float, Meta(description="training FLOPs per parameter and unit of data")]
    scatter: Annotated[Bound, Meta(description="standard deviation of a run's relative error about the law")]
    objective: Annotated[float | None, Meta(description="mean Huber loss of the log residuals")]
    n: Annotated[int, Meta(description="runs used")]
    level: Annotated[float, Meta(description="confidence of the intervals")]
    warnings: Annotated[list[str], Meta(description="what to doubt, gravest first")]
    choice: Annotated[FormChoice | None, Meta(description="how the form was chosen; null where it was named")]
