"""What a running study shows: a live board on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from steepness.executors.base import Advanced, Event, Finished, Returned, Started
from steepness.training.trial import Progress, Record, Trial

if TYPE_CHECKING:
    from steepness.study.plan import Plan


class Board:
    """Follows a study from its plan to its last record.

    Args:
        console: where to write; a live board if it is a terminal, else a line per finished trial.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None
        self._running: dict[str, Trial] = {}
        self._news: dict[str, Progress] = {}
        self._counts = {"done": 0, "diverged": 0, "out_of_memory": 0, "failed": 0}
        self._planned = 0
        self._before = 0
        self._seconds_per_trial: dict[tuple[str, int], float] = {}
        self._expected = self._worked = 0.0
        self._started = time.monotonic()
        self._workers = 1
        self._ends: float | None = None

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def planned(self, plan: Plan, done: int) -> None:
        """The arithmetic, then the board."""
        self.console.print(Text(plan.in_words()))
        if done:
            self.console.print(f"{done} trials are already there; going on with the rest.")
        self._planned, self._before, self._workers = done + plan.trials, done, plan.workers
        self._seconds_per_trial = {(s.model, s.m): s.seconds / s.trials for s in plan.shards}
        self._expected = sum(s.seconds for s in plan.shards)
        self._started = time.monotonic()
        self._ends = self._started + 60 * plan.minutes if plan.grows else None
        if self.console.is_terminal:
            self._live = Live(console=self.console, get_renderable=self._table, refresh_per_second=4)
            self._live.start()

    def __call__(self, event: Event) -> None:
        match event:
            case Started(trial):
                self._running[trial.id] = trial
            case Advanced(progress):
                self._news[progress.trial.id] = progress
            case Finished(record):
                self._finished(record)
            case Returned(trial, reason, _):
                self._forget(trial.id)
                self.console.print(Text(f"{reason}; the trial is run again"))

    def _finished(self, record: Record) -> None:
        self._forget(record.id)
        self._counts[record.status] += 1
        self._worked += self._cost(record.trial)
        if self._live is None or record.status != "done":
            self.console.print(Text(f"[{self._so_far}] {_line(record)}, {self._left()}"))

    def _forget(self, trial_id: str) -> None:
        self._running.pop(trial_id, None)
        self._news.pop(trial_id, None)

    @property
    def _finished_trials(self) -> int:
        return self._before + sum(self._counts.values())

    @property
    def _so_far(self) -> str:
        about = " of about " if self._ends is not None else "/"
        return f"{self._finished_trials}{about}{max(self._planned, self._finished_trials)}"

    def _cost(self, trial: Trial) -> float:
        return self._seconds_per_trial.get((trial.model, trial.m), 0.0)

    def _left(self) -> str:
        """Time left: what the budget has left of its own; without one the plan's estimate of the rest, scaled by how
        the plan has held so far.

        The plan counts as a tenth of the study's experience, so that the first, tiny trials do not rule.
        """
        if not self._expected:
            return "time left unknown"
        if self._ends is not None:
            return _in_minutes((self._ends - time.monotonic()) / 60)
        trust = 0.1 * self._expected
        spent = (time.monotonic() - self._started) * self._workers
        pace = (spent + trust) / (self._worked + trust)
        return _in_minutes(pace * max(self._expected - self._worked, 0) / self._workers / 60)

    def _table(self) -> Table:
        counts = ", ".join(f"{n} {status}" for status, n in self._counts.items() if n or status == "done")
        left = max(self._planned - self._finished_trials - len(self._running), 0)
        table = Table(
            title=f"{self._so_far} trials: {counts}, {len(self._running)} running, {left} left"
            f" - {self._left()}",
            title_justify="left",
        )
        for column in (
            "model",
            "size",
            "m",
            "rate",
            "seed",
            "epoch",
            "train",
            "validation",
            "best",
            "units/s",
        ):
            table.add_column(column, justify="left" if column == "model" else "right")
        for trial in self._running.values():
            table.add_row(*_row(trial, self._news.get(trial.id)))
        return table


def _in_minutes(minutes: float) -> str:
    return "under a minute left" if minutes < 1 else f"about {minutes:.0f} min left"


def _row(trial: Trial, news: Progress | None) -> list[str]:
    head = [
        trial.model,
        str(trial.size),
        f"{trial.m:,}",
        f"{trial.training.learning_rate:g}",
        str(trial.seed),
    ]
    if news is None:
        return [*head, *[""] * 5]
    losses = [f"{x:.4f}" for x in (news.train_loss, news.error, news.best)]
    return [*head, f"{news.epoch:.1f}", *losses, f"{news.units_per_second:,.0f}"]


def _line(record: Record) -> str:
    trial = record.trial
    head = f"{trial.model} size {trial.size} m {trial.m:,} rate {trial.training.learning_rate:g} seed {trial.seed}"
    if record.status != "done":
        return f"{head}: {record.status}: {record.message}"
    metric, error = next(iter(record.validation.items()))
    timing = record.timing
    took = f", {timing.train_seconds + timing.evaluate_seconds:.0f} s" if timing else ""
    flag = ", still improving at its bound" if record.flagged else ""
    return f"{head}: {metric} {error:.4f} after {record.epochs:.1f} epochs{took}{flag}"


def download_lines(console: Console) -> Callable[[str, int, int], None]:
    """A watcher of downloads: one line in place on a terminal, else a line at the start and the end."""
    shown: dict[str, float] = {}

    def show(name: str, done: int, total: int) -> None:
        now, finished = time.monotonic(), total > 0 and done >= total
        if name in shown and not finished and (not console.is_terminal or now - shown[name] < 0.2):
            return
        shown[name] = now
        size = f"{done / 1e6:.1f}" + (f" of {total / 1e6:.1f} MB" if total else " MB")
        console.print(f"{name}: {size}", end="\r" if console.is_terminal and not finished else "\n")

    return show


def console_for(json: bool) -> Console:
    """Standard output, or standard error when standard output is for machines."""
    return Console(file=sys.stderr if json else sys.stdout, highlight=False, soft_wrap=True)
