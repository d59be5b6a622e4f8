"""What the commands for new models print with `--json`."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from steepness.cli.answers.base import Answer, Bound, Estimate, Interval, Part
from steepness.cli.answers.claims import PublishedCurve
from steepness.cli.answers.laws import Form
from steepness.cli.answers.studies import ShardPlan


class ArmLaw(Part):
    """The law of an arm."""

    form: Annotated[Form, Meta(description="with or without a constant")]
    m: Annotated[list[float], Meta(description="shards that it was fitted to")]


class Arm(Part):
    """One side of a comparison."""

    label: Annotated[str, Meta(description="what the answer calls it")]
    models: Annotated[list[str], Meta(description="by name or path")]
    study: Annotated[str, Meta(description="its folder")]
    trials: Annotated[dict[str, int], Meta(description="how many by status")]
    learnt: Annotated[bool, Meta(description="whether it does better than guessing at any shard")]
    steepness: Annotated[Estimate, Meta(description="exponent of its curve")]
    law: Annotated[ArmLaw | None, Meta(description="which that is")]
    beta_p: Annotated[Estimate, Meta(description="exponent of its best size over m")]
    paper: Annotated[PublishedCurve | None, Meta(description="the paper's curve")]


class PerDoubling(Interval):
    """How the shift changes with each doubling of data, in percent."""

    p_value: Annotated[float | None, Meta(description="of no change")]


class ShardShift(Interval):
    """The shift at one shard, in percent."""

    m: Annotated[float, Meta(description="the shard")]


class Shift(Estimate, kw_only=True):
    """By how much the candidate's error differs from the baseline's, in percent."""

    p_value: Annotated[float | None, Meta(description="of equal errors")]
    per_doubling: Annotated[
        PerDoubling | None, Meta(description="its change; null where nothing is told")
    ] = None
    shards: Annotated[list[ShardShift], Meta(description="shard by shard")]
    noise: Annotated[Bound, Meta(description="standard deviation of one pair's log ratio, in percent")] = None


class ShownEqual(Part):
    """Whether the errors are shown to differ by less than a margin."""

    shown: Annotated[bool, Meta(description="whether the whole interval lies within the margin")]
    margin_percent: Annotated[float, Meta(description="that is still no difference")]
    level: Annotated[float, Meta(description="confidence of that interval")]
    low: Annotated[Bound, Meta(description="its lower bound, in percent")]
    high: Annotated[Bound, Meta(description="its upper bound, in percent")]


class WouldBeSeen(Part):
    """The smallest differences that such a comparison tells from none."""

    power: Annotated[float, Meta(description="share of comparisons that would see them")]
    shift_percent: Annotated[Bound, Meta(description="of the error")]
    steepness: Annotated[Bound, Meta(description="of the exponent")]


class CostOf(Part):
    """One kind of cost of reaching the same error."""

    baseline: Annotated[Estimate, Meta(description="of the baseline")]
    candidate: Annotated[Estimate, Meta(description="of the candidate")]
    ratio: Annotated[Estimate, Meta(description="candidate's over baseline's")]


class Costs(Part):
    """What both arms take to reach one error."""

    error: Annotated[float | None, Meta(description="the lowest that both reach")]
    parameters: Annotated[CostOf, Meta(description="of the model")]
    flops: Annotated[CostOf, Meta(description="of training it once")]
    seconds: Annotated[CostOf, Meta(description="of training it once")]


class AtTenTimes(Part):
    """What to expect at ten times the data."""

    m: Annotated[float, Meta(description="that much data")]
    baseline: Annotated[Estimate, Meta(description="error of one more run")]
    candidate: Annotated[Estimate, Meta(description="error of one more run")]
    shift_percent: Annotated[Estimate, Meta(description="of the error")]


class CompareAnswer(Answer, kw_only=True):
    """`steepness compare`"""

    domain: Annotated[str, Meta(description="by name or path")]
    preset: Annotated[str, Meta(description="by name")]
    dataset: Annotated[str, Meta(description="as the preset names it")]
    unit: Annotated[str, Meta(description="of m")]
    metric: Annotated[str, Meta(description="that is compared")]
    level: Annotated[float, Meta(description="confidence of the intervals")]
    verdict: Annotated[
        str,
        Meta(
            description="better or worse, steeper or flatter; no difference, if that is shown; or cannot tell"
        ),
    ]
    title: Annotated[str, Meta(description="the verdict with the number that it rests on")]
    take: Annotated[str, Meta(description="which model to take, and when")]
    words: Annotated[list[str], Meta(description="the answer in sentences")]
    notes: Annotated[list[str], Meta(description="what to know of how the arms were made")]
    unmatched: Annotated[list[str], Meta(description="what could not be done to make the arms alike")]
    doubts: Annotated[list[str], Meta(description="why the answer may mislead, the gravest reason first")]
    baseline: Annotated[Arm, Meta(description="the model to beat")]
    candidate: Annotated[Arm, Meta(description="the new one")]
    shift_percent: Annotated[Shift, Meta(description="of the error, overall and at each m")]
    steepness_difference: Annotated[
        Estimate, Meta(description="candidate's exponent less the baseline's, from pairs of runs")
    ]
    p_value: Annotated[float | None, Meta(description="of equal steepness, from pairs of runs")]
    shown_equal: Annotated[ShownEqual | None, Meta(description="null where the arms have no pairs")]
    would_be_seen: Annotated[WouldBeSeen | None, Meta(description="null where the arms have no pairs")]
    left_out: Annotated[list[int], Meta(description="m of the small-data region of either arm")]
    zeros: Annotated[
        list[int], Meta(description="m at which a run errs 0, left out of ratios, costs and laws")
    ] = msgspec.field(default_factory=list)
    one_region: Annotated[bool | None, Meta(description="whether both laws are of one form over the same m")]
    crossing: Annotated[Estimate, Meta(description="m at which the laws cross")]
    cost: Annotated[Costs, Meta(description="of reaching one error")]
    expected_at_10x: Annotated[AtTenTimes, Meta(description="errors at ten times the data")]
    reasons: Annotated[dict[str, str], Meta(description="by key, why a number is null or has no interval")]
    report: Annotated[str, Meta(description="path of the page")]


class ArmPlan(Part):
    """What training one arm takes, as `steepness plan` has it."""

    domain: Annotated[str, Meta(description="by name or path")]
    unit: Annotated[str, Meta(description="of m")]
    workers: Annotated[int, Meta(description="parallel trials")]
    shards: Annotated[list[ShardPlan], Meta(description="per model and m")]
    trials: Annotated[int, Meta(description="in all")]
    minutes: Annotated[float, Meta(description="estimated wall-clock time on this machine")]
    busy: Annotated[float, Meta(description="share of the workers' time that trials take")]
    gpus: Annotated[int | None, Meta(description="null: a comparison is planned for this machine")]
    sustained: Annotated[float | None, Meta(description="FLOPs per second of a GPU; null")]
    gpu_hours: Annotated[float | None, Meta(description="null")]
    flops: Annotated[float, Meta(description="of training, in all")]
    grows: Annotated[
        bool, Meta(description="whether a budget decides when the study ends, so that trials are a guess")
    ]


class ArmPrice(Part):
    """What is left to train of one arm."""

    label: Annotated[str, Meta(description="what the answer calls it")]
    trained: Annotated[int, Meta(description="trials that are there already")]
    minutes: Annotated[float, Meta(description="of training left")]
    plan: Annotated[ArmPlan | None, Meta(description="null where nothing is left")]


class Sight(Part):
    """The smallest differences that four of five such comparisons would see."""

    shift: Annotated[Bound, Meta(description="of the error, in percent")]
    steepness: Annotated[Bound, Meta(description="of the exponent")]
    source: Annotated[str, Meta(description="the study whose noise is expected")]


class ComparePlanAnswer(Answer, kw_only=True):
    """`steepness compare --plan`"""

    arms: Annotated[list[ArmPrice], Meta(description="baseline, then candidate")]
    minutes: Annotated[float, Meta(description="of training both arms, one after the other")]
    would_be_seen: Annotated[Sight | None, Meta(description="with --like")] = None


class TableArm(Part):
    """One side of a comparison, in a table of several."""

    label: Annotated[str, Meta(description="what the answer calls it")]
    study: Annotated[str, Meta(description="its folder")]
    beta_p: Annotated[Estimate | None, Meta(description="exponent of its best size over m")]
    paper_beta_p: Annotated[float | None, Meta(description="the paper's")]


class Compared(Part):
    """One comparison of a table."""

    domain: Annotated[str, Meta(description="by name or path")]
    preset: Annotated[str, Meta(description="by name")]
    metric: Annotated[str, Meta(description="that was compared")]
    verdict: Annotated[str, Meta(description="as of `compare`")]
    shift_percent: Annotated[Estimate, Meta(description="of the error")]
    steepness_difference: Annotated[Estimate, Meta(description="candidate's exponent less the baseline's")]
    baseline: Annotated[TableArm, Meta(description="the model to beat")]
    candidate: Annotated[TableArm, Meta(description="the new one")]


class Pooled(Part):
    """Several estimates together."""

    n: Annotated[int, Meta(description="estimates")]
    mean: Annotated[Interval, Meta(description="of their truths")]
    p_value: Annotated[Bound, Meta(description="of a mean of 0")]
    scatter: Annotated[Interval, Meta(description="standard deviation of the truths around the mean")]
    p_alike: Annotated[Bound, Meta(description="of truths that are all alike")]
    p_none: Annotated[Bound, Meta(description="of truths that are all 0")]
    level: Annotated[float, Meta(description="confidence of the intervals")]


class CompareTableAnswer(Answer, kw_only=True):
    """`steepness compare-table`"""

    comparisons: Annotated[list[Compared], Meta(description="one each, by path")]
    exponents: Annotated[Pooled | None, Meta(description="differences of exponents")]
    log_ratios: Annotated[Pooled | None, Meta(description="logs of candidate's error over baseline's")]
    problem: Annotated[str | None, Meta(description="why nothing is pooled")]
    left_out: Annotated[
        list[str], Meta(description="comparisons without bounds, or with an arm that has learnt nothing")
    ]
    words: Annotated[list[str], Meta(description="the answer in sentences")]


class CheckModelAnswer(Answer, kw_only=True):
    """`steepness check-model`; the exit code is 2 if there are faults"""

    domain: Annotated[str, Meta(description="by name or path")]
    model: Annotated[str, Meta(description="by name or path")]
    parameters: Annotated[dict[int, int], Meta(description="per size")]
    faults: Annotated[list[str], Meta(description="why it must not be trained; empty if it may be")]
    passed: Annotated[bool, Meta(description="whether there are none")]
