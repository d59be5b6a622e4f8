"""What the commands around studies print with `--json`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from steepness.cli.answers.base import Answer

Rows = list[dict[str, Any]]


class StudyAnswer(Answer, kw_only=True):
    """`steepness fit STUDY` and `steepness run`"""

    study: Annotated[str, Meta(description="the folder's name")]
    domain: str
    preset: str
    dataset: str
    fingerprint: Annotated[str, Meta(description="hash of everything that determines the data")]
    unit: Annotated[str, Meta(description="of m")]
    curves: Annotated[
        list[dict[str, Any]], Meta(description="best fits and fixed sizes: points, fits, verdict")
    ]
    sizes: Annotated[list[dict[str, Any]], Meta(description="size and parameters of the best fit at each m")]
    trials: Annotated[dict[str, int], Meta(description="how many by status")]
    verdict: Annotated[str, Meta(description="the exponents against the paper's, in one line")]
    report: Annotated[str | None, Meta(description="path of the page; null from `fit`")] = None


class PlanAnswer(Answer, kw_only=True):
    """`steepness plan`"""

    data: Annotated[dict[str, Any], Meta(description="what was read: its size, splits, classes and notes")]
    domain: str
    unit: Annotated[str, Meta(description="of m")]
    workers: Annotated[int, Meta(description="parallel trials")]
    shards: Annotated[Rows, Meta(description="per model and m: trials, epochs, sizes, units, flops, seconds")]
    trials: int
    minutes: Annotated[float, Meta(description="estimated wall-clock time on this machine")]
    busy: Annotated[float, Meta(description="share of the workers' time that trials take")]
    flops: Annotated[float, Meta(description="of training, in all")]


class DesignAnswer(Answer, kw_only=True):
    """`steepness plan --half-width`"""

    target: Annotated[float, Meta(description="half-width of the exponent's interval that was asked for")]
    known: Annotated[
        dict[str, float], Meta(description="variances of the log error: of seeds, and of shards beyond")
    ]
    source: Annotated[str, Meta(description="the finished study whose noise it is")]
    design: Annotated[
        dict[str, Any], Meta(description="shards, seeds of each, seconds of one worker, half-width to expect")
    ]
    unit: Annotated[str, Meta(description="of m")]


class StatusAnswer(Answer, kw_only=True):
    """`steepness status`"""

    study: str
    unit: Annotated[str, Meta(description="of m")]
    planned: Annotated[int, Meta(description="trials that the preset calls for")]
    counts: Annotated[dict[str, int], Meta(description="trials by status")]
    shards: Annotated[Rows, Meta(description="per model and m: finished, planned, lowest error and its size")]
    verdict: str
    left: Annotated[int, Meta(description="trials still to run, if none diverges")]
    spent: Annotated[
        float | None, Meta(description="share of the budget that the records took; null without one")
    ]


class CheckAnswer(Answer, kw_only=True):
    """`steepness check`, where no fault is found"""

    domain: str
    preset: Annotated[str, Meta(description="that was looked at")]
    models: Annotated[list[str], Meta(description="that were looked at")]


class FindingsAnswer(Answer, kw_only=True):
    """`steepness check STUDY`; the exit code is 1 if there are findings"""

    study: str
    findings: Annotated[list[str], Meta(description="a line each")]


class ReportAnswer(Answer, kw_only=True):
    """`steepness report`"""

    report: Annotated[str, Meta(description="path of the page")]


class ChecklistAnswer(Answer, kw_only=True):
    """`steepness checklist`"""

    study: str
    items: Annotated[
        Rows, Meta(description="section, question, answer (null if missing), missing: what to add")
    ]


class SiteAnswer(Answer, kw_only=True):
    """`steepness site`"""

    site: Annotated[str, Meta(description="path of the front page")]


class DomainsAnswer(Answer, kw_only=True):
    """`steepness domains`"""

    domains: Annotated[dict[str, dict[str, list[str]]], Meta(description="presets and models by domain")]


class ArtefactsAnswer(Answer, kw_only=True):
    """`steepness data list`"""

    artefacts: Annotated[Rows, Meta(description="name, bytes, cached, licence")]


class NightlyAnswer(Answer, kw_only=True):
    """`steepness nightly`"""

    schema: Annotated[int, Meta(description="of the stored night")]
    name: Annotated[str, Meta(description="the day, and a number if it was not the day's first")]
    started: Annotated[str, Meta(description="UTC, ISO 8601")]
    seconds: float
    command: Annotated[str, Meta(description="what to type to run it again")]
    commit: str
    machine_class: str
    draw: Annotated[int, Meta(description="names the seeds")]
    false_alarm: Annotated[float, Meta(description="chance of any alarm without change, at most")]
    notes: Annotated[list[str], Meta(description="what was not judged, and why")]
    problems: Annotated[list[str], Meta(description="domains that could not be run or judged, and why")]
    statistics: Annotated[Rows, Meta(description="each number under test, beside its baseline")]
    alarms: Annotated[Any, Meta(description="those that moved")]
    exit_code: Annotated[
        int, Meta(description="0 nothing moved, 1 something did, 2 something was not judged")
    ]
    folder: Annotated[str, Meta(description="of the night")]
    history: Annotated[str, Meta(description="path of the history page")]


class BaselinesAnswer(Answer, kw_only=True):
    """`steepness nightly --make-baseline`"""

    baselines: Annotated[list[str], Meta(description="the files written")]
