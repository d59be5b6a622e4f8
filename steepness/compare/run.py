"""A comparison from question to report: both arms are trained, or what is missing of them, then contrasted."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from steepness.compare.arms import Versus, folder_of, make_arms
from steepness.compare.contrast import contrast
from steepness.compare.page import write_comparison
from steepness.study.run import Unwatched, Watcher, run_study


def compare(domain: str, baseline: str, candidate: str = "", **how: Any) -> dict[str, Any]:
    """`steepness compare` for Python: train both arms, or what is missing of them, and answer.

    Args:
        domain: name or import path.
        baseline: a model, by name or import path.
        candidate: another; the baseline's own if empty, with other settings or other seeds.
        how: fields of `Versus`, e.g. preset="smoke", candidate_settings=("training.optimizer=sgd",).
    Returns:
        What compare.json holds.
    Raises:
        ValueError: as `compare_and_report`.
    """
    asked = Versus(domain, baseline, candidate or baseline, **how)
    return compare_and_report(asked, lambda: nullcontext(Unwatched()))


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
            studies.append(run_study(arm.ready, board))
    found = contrast(studies[0], studies[1], (arms[0].label, arms[1].label))
    return write_comparison(found, folder_of(arms), arms)
