"""What `steepness nightly` prints with `--json`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from steepness.cli.answers.base import Answer, Part


class NightStatistic(Part, kw_only=True):
    """A number under test, beside what its baseline lets one expect."""

    domain: Annotated[str, Meta(description="by name or path")]
    curve: Annotated[str, Meta(description="model/metric, or the model for throughput and memory, or empty")]
    name: Annotated[str, Meta(description="of the statistic")]
    kind: Annotated[
        Literal[
            "error", "exponent", "throughput", "memory", "schema", "experiment", "trials", "baseline"
        ],
        Meta(description="what is tested"),
    ]  # fmt: skip
    expected: Annotated[float | str | None, Meta(description="by the baseline")]
    low: Annotated[float | None, Meta(description="bound of what is accepted; null where all or none is")] = (
        None
    )
    high: Annotated[
        float | None, Meta(description="bound of what is accepted; null where all or none is")
    ] = None
    found: Annotated[float | str | None, Meta(description="this night")]
    state: Annotated[
        Literal["ok", "worse", "too good", "changed", "not judged"], Meta(description="how it came out")
    ]


class NightlyAnswer(Answer, kw_only=True):
    """`steepness nightly`"""

    schema: Annotated[int, Meta(description="of the stored night")]
    name: Annotated[str, Meta(description="the day, and a number if it was not the day's first")]
    started: Annotated[str, Meta(description="UTC, ISO 8601")]
    seconds: Annotated[float, Meta(description="that the night took")]
    command: Annotated[str, Meta(description="what to type to run it again")]
    commit: Annotated[str, Meta(description="of the code")]
    machine_class: Annotated[str, Meta(description="kind of machine, which baselines are kept for")]
    draw: Annotated[int, Meta(description="names the seeds")]
    false_alarm: Annotated[float, Meta(description="chance of any alarm without change, at most")]
    notes: Annotated[list[str], Meta(description="what was not judged, and why")]
    problems: Annotated[list[str], Meta(description="domains that could not be run or judged, and why")]
    statistics: Annotated[list[NightStatistic], Meta(description="every number under test")]
    alarms: Annotated[list[NightStatistic], Meta(description="those that moved")]
    exit_code: Annotated[
        int, Meta(description="0 nothing moved, 1 something did, 2 something was not judged")
    ]
    folder: Annotated[str, Meta(description="of the night")]
    history: Annotated[str, Meta(description="path of the history page")]


class BaselinesAnswer(Answer, kw_only=True):
    """`steepness nightly --make-baseline`"""

    baselines: Annotated[list[str], Meta(description="the files written")]
