"""What a running study shows: a live board on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from steepness.cli.pace import Pace
from steepness.executors.base import Advanced, Event, Finished, Returned, Started
from steepness.laws.amounts import counted
from steepness.training.trial import Progress as News
from steepness.training.trial import Record, Trial

if TYPE_CHECKING:
    from steepness.study.plan import Plan

RUNNING = ("model", "size", "m", "rate", "seed", "epoch", "train", "validation", "best", "units/s")
BEST = ("best so far", "m", "error", "size", "rate", "trials")


class Board:
    """Follows a study from its plan to its last record.

    Args:
        console: where to write; a live board if it is a terminal, else a line per finished trial.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self._live: Live | None = None
        self._pace: Pace | None = None
        self._running: dict[str, Trial] = {}
        self._news: dict[str, News] = {}
        self._ended: list[Record] = []
        self._before: tuple[Record, ...] = ()
        self._planned = 0

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.stop()

    def planned(self, plan: Plan, done: Sequence[Record]) -> None:
        """The arithmetic, then the board."""
        self.console.print(Text(plan.in_words()))
        if done:
            self.console.print(f"{counted(len(done), 'trial')} already there; going on with the rest.")
        self._planned, self._before, self._pace = len(done) + plan.trials, tuple(done), Pace(plan, done)
        if self.console.is_terminal:
            self._live = Live(console=self.console, get_renderable=self._board, refresh_per_second=4)
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
        self._ended.append(record)
        if self._pace:
            self._pace.worked(record)
        if self._live is None or record.status != "done":
            self.console.print(Text(f"[{self._so_far}] {_line(record)}, {self._time()}"))

    def _forget(self, trial_id: str) -> None:
        self._running.pop(trial_id, None)
        self._news.pop(trial_id, None)

    @property
    def _finished_trials(self) -> int:
        return len(self._before) + len(self._ended)

    @property
    def _so_far(self) -> str:
        about = " of about " if self._pace and self._pace.budgeted else "/"
        return f"{self._finished_trials}{about}{max(self._planned, self._finished_trials)}"

    def _time(self) -> str:
        """Elapsed and left; once all that was planned is there, elapsed alone."""
        if self._pace is None:
            return "time left unknown"
        over = self._finished_trials >= self._planned and not self._running
        return f"{self._pace.elapsed()} so far" + ("" if over else f", {self._pace.left()}")

    def _board(self) -> RenderableType:
        """Bar and times, the trials that run, the best of each shard so far, and what just finished."""
        parts: list[RenderableType] = [self._bar()]
        if self._running:
            rows = (_row(trial, self._news.get(trial.id)) for trial in self._running.values())
            parts.append(_table(RUNNING, rows))
        if best := best_so_far([*self._before, *self._ended]):
            parts.append(_table(BEST, best))
        if self._ended:
            # Its error is at the end, so nothing is cut off.
            parts.append(Text(f"just finished: {_line(self._ended[-1])}"))
        return Group(*parts)

    def _bar(self) -> Progress:
        bar = Progress(
            TextColumn("trials"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"),
            auto_refresh=False,
        )  # fmt: skip
        total = max(self._planned, self._finished_trials)
        bar.add_task(f"{self._lost()}{self._time()}", total=total, completed=self._finished_trials)
        return bar

    def _lost(self) -> str:
        """Trials that came to nothing, if there are any."""
        found = [r.status.replace("_", " ") for r in self._ended if r.status != "done"]
        return "".join(f"{found.count(status)} {status}, " for status in dict.fromkeys(found))


def best_so_far(records: list[Record]) -> list[list[str]]:
    """The lowest validation error at each shard of each model, with its settings and how many trials were made; of
    probes only where nothing was trained to its end yet, as they are measured on fewer examples."""
    found: dict[tuple[str, int], list[Record]] = {}
    for record in records:
        if record.status == "done":
            found.setdefault((record.trial.model, record.trial.m), []).append(record)
    rows = []
    for (model, m), group in sorted(found.items()):
        best = min([r for r in group if r.complete] or group, key=_error)
        rate = f"{best.trial.training.learning_rate:g}"
        rows.append([model, f"{m:,}", f"{_error(best):.4f}", str(best.trial.size), rate, str(len(group))])
    return rows


def _error(record: Record) -> float:
    return next(iter(record.validation.values()))


def _table(head: tuple[str, ...], rows: Iterable[list[str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for i, column in enumerate(head):
        table.add_column(column, justify="right" if i else "left", header_style="dim")
    for row in rows:
        table.add_row(*row)
    return table


def _row(trial: Trial, news: News | None) -> list[str]:
    rate = f"{trial.training.learning_rate:g}"
    head = [trial.model, str(trial.size), f"{trial.m:,}", rate, str(trial.seed)]
    if news is None:
        return [*head, "starts", *[""] * 4]
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
    file = sys.stderr if json else sys.stdout
    return Console(
        file=file, highlight=False, soft_wrap=not file.isatty()
    )  # a pipe's lines are not to be cut
