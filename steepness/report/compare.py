"""The report of a comparison: compare.html, compare.md, compare.json and figures/ in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from steepness.report import compare_figures, compare_words, doubts
from steepness.report.page import page_environment, show
from steepness.report.plots import Plot
from steepness.study.arms import Arm, Versus, folder_of, make_arms
from steepness.study.compare import Contrast, contrast
from steepness.study.records import write_atomically
from steepness.study.run import Watcher, run_study


def compare_and_report(
    asked: Versus,
    watch: Callable[[], AbstractContextManager[Watcher]],
    progress: Callable[[str, int, int], None] | None = None,
) -> dict[str, Any]:
    """Everything `steepness compare` does: check the candidate, train both arms, answer, write the report.

    Args:
        watch: makes a watcher for each arm's study.
        progress: told how downloads advance.
    Returns:
        What compare.json holds.
    Raises:
        ValueError: as `make_arms` and `contrast`.
    """
    arms = make_arms(asked, progress)
    studies = []
    for arm in arms:
        with watch() as board:
            studies.append(run_study(arm.request, board, progress))
    found = contrast(studies[0], studies[1], (arms[0].label, arms[1].label))
    return write_comparison(found, folder_of(arms), arms)


def write_comparison(found: Contrast, folder: Path, arms: Sequence[Arm] = ()) -> dict[str, Any]:
    """Write a comparison's files.

    Args:
        folder: made if it is not there.
        arms: as they were asked for; their notes are told.
    Returns:
        What compare.json holds.
    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = list(plots(found))
    groups = [plot.group for plot in drawn]
    environment = page_environment()
    facts: dict[str, Any] = {
        "found": found,
        "about": found.baseline.study.manifest,
        "headline": compare_words.headline(found),
        "sentences": list(compare_words.sentences(found)),
        "notes": sorted({arm.note for arm in arms if arm.note}),
        "shards": compare_words.shards_table(found) if found.shift else None,
        "costs": compare_words.costs_table(found),
        "figures": [show(folder / "figures", plot, groups.count(plot.group) == 1) for plot in drawn],
        "doubts": list(dict.fromkeys(_doubts(found))),
        "studies": [found.baseline.study, found.candidate.study],
    }
    for suffix in ("html", "md"):
        text = environment.get_template(f"compare.{suffix}.j2").render(facts)
        write_atomically(folder / f"compare.{suffix}", text.encode())
    said = compare_words.as_dict(found) | {"notes": facts["notes"], "report": str(folder / "compare.html")}
    content = msgspec.json.format(msgspec.json.encode(said), indent=1)
    write_atomically(folder / "compare.json", content + b"\n")
    return said


def plots(found: Contrast) -> Iterator[Plot]:
    """Every figure that the arms' points allow."""
    yield Plot(
        "curves", "overview", "Both curves",
        "Every run of the best fits, each arm’s law with its 95 % band; hollow: the error to expect at ten times "
        "the data, with its interval.",
        partial(compare_figures.curves, found),
    )  # fmt: skip
    if found.shift:
        yield Plot(
            "shift", "paper", "The shift, shard by shard",
            "Pairs of runs of the same shard and seed; the band is the overall shift with its interval.",
            partial(compare_figures.shifts, found),
        )  # fmt: skip
    for name in compare_figures.AXES:
        yield Plot(
            f"cost-{name}", "training", f"What an error costs: {name}",
            "The best fits’ medians at each shard; dashed: the lowest error that both reach.",
            partial(compare_figures.costs, found, name),
        )  # fmt: skip


def _doubts(found: Contrast) -> Iterator[str]:
    for side in (found.baseline, found.candidate):
        first = [c for c in side.study.curves if c.best_fit and c.metric == found.metric]
        named = [c for c in first if c.points]
        yield from doubts.of_study(side.study, named)
