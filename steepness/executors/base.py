"""What runs trials: the interface that every executor fulfils, and the events that come of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from steepness.training.trial import Progress, Record, Trial


@dataclass(frozen=True)
class Started:
    """A trial has been begun."""

    trial: Trial


@dataclass(frozen=True)
class Advanced:
    """A trial has been evaluated."""

    progress: Progress

    @property
    def trial(self) -> Trial:
        """Which it is."""
        return self.progress.trial


@dataclass(frozen=True)
class Finished:
    """A trial has ended; its record is on disk."""

    record: Record

    @property
    def trial(self) -> Trial:
        """Which it was."""
        return self.record.trial


@dataclass(frozen=True)
class Returned:
    """The machine failed, not the model: the trial has no record and may be submitted again.

    Attributes:
        reason: a sentence for the user, without the full stop.
        counts: as a failure; not if the trial was only told to make room, as it goes on from where it was.
    """

    trial: Trial
    reason: str
    counts: bool = True


Event = Started | Advanced | Finished | Returned
Question = Callable[[Any, Trial], Any]
"""A module's function: what is to be found out about a trial with a worker's domain, data and device."""


class MachineTrouble(RuntimeError):
    """The machine cannot go on; what is finished is kept."""

    exit_code = 3


class Executor(ABC):
    """Runs trials, wherever it may be, each to a record on disk; a context manager that leaves nothing running.

    Every trial that is submitted ends in `Finished`, in `Returned`, or is cancelled.

    Attributes:
        slots: trials that it runs at once; more may be submitted, and wait.
    """

    slots: int

    @abstractmethod
    def submit(self, trial: Trial) -> None:
        """Run a trial as soon as there is room."""

    @abstractmethod
    def ask(self, question: Question, trials: Sequence[Trial]) -> list[Any]:
        """The answer for each trial, found by workers; None where one died of it, or took longer than a trial may.

        Raises:
            ValueError: the question did, of a domain that is at fault.
            MachineTrouble: workers of a cluster die again and again.
        """

    @abstractmethod
    def cancel(self, trial_id: str) -> None:
        """Stop a trial, or forget one that waits; no more is heard of it. An unknown one is no error."""

    @abstractmethod
    def events(self) -> Sequence[Event]:
        """What has happened since the last call, in order; waits until something has while any trial is at work.

        Raises:
            MachineTrouble: nothing can be run here.
        """

    @abstractmethod
    def close(self) -> None:
        """Stop everything; trials that were at work go on from their checkpoints another time."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
