"""What the commands for new models print with `--json`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steepness.cli.answers.base import Answer, Estimate

Rows = list[dict[str, Any]]
Described = dict[str, Any]


class CompareAnswer(Answer, kw_only=True):
    """`steepness compare`"""

    domain: str
    preset: str
    dataset: str
    unit: Annotated[str, Meta(description="of m")]
    metric: str
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
    doubts: Annotated[list[str], Meta(description="why the answer may mislead, the gravest reason first")]
    baseline: Annotated[
        Described,
        Meta(description="label, models, study, trials, steepness and its law, beta_p, the paper's curve"),
    ]
    candidate: Annotated[Described, Meta(description="as baseline")]
    shift_percent: Annotated[
        Described, Meta(description="of the error, overall and at each m, with intervals")
    ]
    steepness_difference: Annotated[
        Estimate, Meta(description="candidate's exponent less the baseline's, from pairs of runs")
    ]
    p_value: Annotated[float | None, Meta(description="of equal steepness, from pairs of runs")]
    shown_equal: Annotated[
        Described | None,
        Meta(description="whether the errors are shown to differ by less than a margin, with bounds"),
    ]
    would_be_seen: Annotated[
        Described | None,
        Meta(description="the shift in percent and the difference in exponent seen with that power"),
    ]
    left_out: Annotated[list[int], Meta(description="m of the small-data region of either arm")]
    zeros: Annotated[
        list[int], Meta(description="m at which a run errs 0, left out of ratios, costs and laws")
    ]
    one_region: Annotated[bool | None, Meta(description="whether both laws are of one form over the same m")]
    crossing: Annotated[Estimate, Meta(description="m at which the laws cross")]
    cost: Annotated[Described, Meta(description="parameters, FLOPs and seconds to reach one error")]
    expected_at_10x: Annotated[Described, Meta(description="errors at ten times the data")]
    reasons: Annotated[Described, Meta(description="why a number is null")]
    report: Annotated[str, Meta(description="path of the page")]


class ComparePlanAnswer(Answer, kw_only=True):
    """`steepness compare --plan`"""

    arms: Annotated[
        Rows, Meta(description="label, trials trained already, minutes left, and the plan as of `plan`")
    ]
    minutes: Annotated[float, Meta(description="of training both arms, one after the other")]
    would_be_seen: Annotated[
        Described | None,
        Meta(description="shift in percent and difference in exponent seen in four of five, with --like"),
    ] = None


class CompareTableAnswer(Answer, kw_only=True):
    """`steepness compare-table`"""

    comparisons: Annotated[
        Rows,
        Meta(description="domain, arms with their size laws and the paper's, shift, difference of exponents"),
    ]
    exponents: Annotated[
        Described | None, Meta(description="differences pooled: mean, scatter of the truths, p-values")
    ]
    log_ratios: Annotated[
        Described | None, Meta(description="logs of candidate's error over baseline's, likewise")
    ]
    problem: Annotated[str | None, Meta(description="why nothing is pooled")]
    left_out: Annotated[list[str], Meta(description="comparisons without bounds")]
    words: list[str]


class CheckModelAnswer(Answer, kw_only=True):
    """`steepness check-model`"""

    domain: str
    model: str
    parameters: Annotated[dict[int, int], Meta(description="per size")]
    faults: Annotated[list[str], Meta(description="why it must not be trained; empty if it may be")]
    passed: bool
