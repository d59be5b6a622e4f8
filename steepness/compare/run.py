"""A comparison from question to report: its cost, both arms trained, or what is missing of them, then contrasted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from steepness.compare.answer import MARGIN
from steepness.compare.arms import Arm, Versus, folder_of, make_arms
from steepness.compare.contrast import contrast
from steepness.compare.page import write_comparison
from steepness.compare.price import price_of
from steepness.study.ledger import Ledger
from steepness.study.run import Unwatched, Watcher, run_study


def compare(
    domain: str, baseline: str, candidate: str = "", *, margin: float = MARGIN, **how: Any
) -> dict[str, Any]:
    """`steepness compare` for Python: train both arms, or what is missing of them, and answer.

    Args:
        domain: name or import path.
        baseline: a model, by name or import path.
        candidate: another; may be left out where it is the baseline's model with `candidate_settings`.
        margin: percent by which errors may differ and still be called no difference.
        how: fields of `Versus`, e.g. preset="smoke", candidate_settings=("training.optimizer=sgd",).
    Returns:
        What compare.json holds.
    Raises:
        ValueError: as `Versus` and `compare_and_report`.
    """
    arms = make_arms(Versus(domain=domain, baseline=baseline, candidate=candidate, **how))
    return compare_and_report(arms, lambda: nullcontext(Unwatched()), margin=margin)


def compare_and_report(
    arms: Sequence[Arm],
    watch: Callable[[], AbstractContextManager[Watcher]],
    *,
    say: Callable[[str], None] | None = None,
    margin: float = MARGIN,
) -> dict[str, Any]:
    """Everything `steepness compare` does once its arms are made: say the cost, train both, answer, write the report.

    Args:
        watch: makes a watcher for each arm's study.
        say: told what both arms will cost, before either is trained.
        margin: percent by which errors may differ and still be called no difference.
    Returns:
        What compare.json holds.
    Raises:
        ValueError: as `run_study` and `contrast`.
    """
    ledgers: list[Ledger | None] = [None, None]
    if say is not None:
        price = price_of(arms)
        ledgers = [arm.ledger for arm in price.arms]
        say(price.in_words())
    studies = []
    for arm, ledger in zip(arms, ledgers, strict=True):
        with watch() as board:
            studies.append(run_study(arm.ready, board, ledger))
    found = replace(
        contrast(studies[0], studies[1], (arms[0].label, arms[1].label), margin),
        notes=tuple(sorted({arm.note for arm in arms if arm.note})),
        unmatched=tuple(f"{arm.label}: {arm.doubt}" for arm in arms if arm.doubt),
    )
    return write_comparison(found, folder_of(arms))
