"""What the commands around studies print with `--json`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from steepness.cli.answers.base import Answer, Part


class DataRead(Part):
    """What there is to train on."""

    dataset: Annotated[str, Meta(description="as the preset names it")]
    fingerprint: Annotated[str, Meta(description="hash of everything that determines the data")]
    train_units: Annotated[int, Meta(description="units to train on")]
    splits: Annotated[dict[str, str], Meta(description="size of each split, in words")]
    chance: Annotated[dict[str, float], Meta(description="error of guessing by metric, where known")]
    notes: Annotated[list[str], Meta(description="classes or vocabulary, what was left out and how much")]
    doubts: Annotated[list[str], Meta(description="why the data may mislead")]
    examples: Annotated[list[str], Meta(description="a few, as a model is given them")]


class ShardPlan(Part):
    """What one shard costs."""

    model: Annotated[str, Meta(description="by name or path")]
    m: Annotated[int, Meta(description="the shard")]
    trials: Annotated[int, Meta(description="how many")]
    epochs: Annotated[float, Meta(description="of the longest trial")]
    sizes: Annotated[list[int], Meta(description="smallest and largest size dial")]
    units: Annotated[float, Meta(description="of data trained on")]
    flops: Annotated[float, Meta(description="of training")]
    seconds: Annotated[float, Meta(description="of one worker")]


class PlanAnswer(Answer, kw_only=True):
    """`steepness plan`"""

    data: Annotated[DataRead, Meta(description="what was read")]
    domain: Annotated[str, Meta(description="by name or path")]
    unit: Annotated[str, Meta(description="of m")]
    workers: Annotated[int, Meta(description="parallel trials")]
    shards: Annotated[list[ShardPlan], Meta(description="per model and m")]
    trials: Annotated[int, Meta(description="in all")]
    minutes: Annotated[float, Meta(description="estimated wall-clock time on this machine, or on the GPUs")]
    busy: Annotated[float, Meta(description="share of the workers' time that trials take")]
    gpus: Annotated[int | None, Meta(description="that were asked about; null for this machine")]
    sustained: Annotated[float | None, Meta(description="FLOPs per second of one, if it was given")]
    gpu_hours: Annotated[float | None, Meta(description="of all of them to the end, busy or not")]
    flops: Annotated[float, Meta(description="of training, in all")]
    grows: Annotated[
        bool, Meta(description="whether a budget decides when the study ends, so that trials are a guess")
    ]


class Noise(Part):
    """Variances of the log error."""

    seed: Annotated[float, Meta(description="between runs of a shard")]
    shard: Annotated[float, Meta(description="of shards around their law, beyond that")]


class Design(Part):
    """Shards with the seeds of each."""

    m: Annotated[list[float], Meta(description="shards, ascending")]
    seeds: Annotated[list[int], Meta(description="of each shard")]
    cost: Annotated[float, Meta(description="seconds of one worker")]
    half_width: Annotated[float | None, Meta(description="of the exponent's interval to expect")]
    level: Annotated[float, Meta(description="confidence of that interval")]


class DesignAnswer(Answer, kw_only=True):
    """`steepness plan --half-width`"""

    target: Annotated[float, Meta(description="half-width of the exponent's interval that was asked for")]
    known: Annotated[Noise, Meta(description="what it rests on")]
    source: Annotated[str, Meta(description="the finished study whose noise it is")]
    design: Annotated[Design, Meta(description="the cheapest that is narrow enough")]
    unit: Annotated[str, Meta(description="of m")]


class ShardStatus(Part):
    """How far one shard is."""

    model: Annotated[str, Meta(description="by name or path")]
    m: Annotated[int, Meta(description="the shard")]
    finished: Annotated[int, Meta(description="trials")]
    planned: Annotated[int, Meta(description="trials")]
    lowest: Annotated[float | None, Meta(description="error of the first metric so far")]
    size: Annotated[int | None, Meta(description="size dial of that trial")]


class StatusAnswer(Answer, kw_only=True):
    """`steepness status`"""

    study: Annotated[str, Meta(description="the folder's name")]
    unit: Annotated[str, Meta(description="of m")]
    planned: Annotated[int, Meta(description="trials that the preset calls for")]
    counts: Annotated[dict[str, int], Meta(description="trials by status")]
    shards: Annotated[list[ShardStatus], Meta(description="per model and m")]
    verdict: Annotated[str, Meta(description="as of `fit`")]
    left: Annotated[int, Meta(description="trials still to run, if none diverges")]
    spent: Annotated[
        float | None, Meta(description="share of the budget that the records took; null without one")
    ]


class CheckAnswer(Answer, kw_only=True):
    """`steepness check`, where no fault is found"""

    domain: Annotated[str, Meta(description="by name or path")]
    preset: Annotated[str, Meta(description="that was looked at")]
    models: Annotated[list[str], Meta(description="that were looked at")]


class FindingsAnswer(Answer, kw_only=True):
    """`steepness check STUDY`; the exit code is 1 if there are findings"""

    study: Annotated[str, Meta(description="its folder")]
    findings: Annotated[list[str], Meta(description="a line each")]


class ReportAnswer(Answer, kw_only=True):
    """`steepness report`"""

    report: Annotated[str, Meta(description="path of the page")]


class ChecklistItem(Part):
    """One thing to report."""

    section: Annotated[str, Meta(description="of the checklist")]
    question: Annotated[str, Meta(description="what a reader wants to know")]
    answer: Annotated[str | None, Meta(description="what the records say; null where they do not")]
    missing: Annotated[str, Meta(description="what to add, where there is no answer")]


class ChecklistAnswer(Answer, kw_only=True):
    """`steepness checklist`"""

    study: Annotated[str, Meta(description="the folder's name")]
    items: Annotated[list[ChecklistItem], Meta(description="in the checklist's order")]


class SiteAnswer(Answer, kw_only=True):
    """`steepness site`"""

    site: Annotated[str, Meta(description="path of the front page")]


class DomainHas(Part):
    """What a domain brings."""

    presets: Annotated[list[str], Meta(description="by name")]
    models: Annotated[list[str], Meta(description="by name")]


class DomainsAnswer(Answer, kw_only=True):
    """`steepness domains`"""

    domains: Annotated[dict[str, DomainHas], Meta(description="by name")]


class Artefact(Part):
    """A file that a domain is trained on."""

    name: Annotated[str, Meta(description="of the file")]
    bytes: Annotated[int, Meta(description="its size")]
    cached: Annotated[bool, Meta(description="whether it is in the cache")]
    licence: Annotated[str, Meta(description="of the data")]


class ArtefactsAnswer(Answer, kw_only=True):
    """`steepness data list`"""

    artefacts: Annotated[list[Artefact], Meta(description="of all domains")]


class FetchedAnswer(Answer, kw_only=True):
    """`steepness data get`"""

    domain: Annotated[str, Meta(description="by name or path")]
    files: Annotated[list[str], Meta(description="paths in the cache, verified")]


class AddedAnswer(Answer, kw_only=True):
    """`steepness data add`"""

    file: Annotated[str, Meta(description="that was given")]
    name: Annotated[str, Meta(description="of the artefact that it is")]
