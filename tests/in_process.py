"""An executor without processes, whose start would take most of a small test's time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from typing import Any

from steepness.executors.base import (
    Advanced,
    Event,
    Executor,
    Finished,
    MachineTrouble,
    Question,
    Returned,
    Started,
)
from steepness.executors.worker import Job, Worker
from steepness.training.trial import Trial


class InProcess(Executor):
    """Runs one trial at a time, in the process that asks for events."""

    def __init__(self, job: Job, devices: Sequence[str], seconds_per_trial: float = math.inf) -> None:
        self.slots = len(devices)
        self.worker = Worker(job, devices[0])
        self._waiting: deque[Trial] = deque()

    def submit(self, trial: Trial) -> None:
        self._waiting.append(trial)

    def ask(self, question: Question, trials: Sequence[Trial]) -> list[Any]:
        return [question(self.worker, trial) for trial in trials]

    def cancel(self, trial_id: str) -> None:
        self._waiting = deque(trial for trial in self._waiting if trial.id != trial_id)

    def events(self) -> Sequence[Event]:
        trial = self._waiting.popleft()
        news: list[Event] = [Started(trial)]
        try:
            news.append(Finished(self.worker.run(trial, lambda progress: news.append(Advanced(progress)))))
        except MachineTrouble as trouble:
            news.append(Returned(trial, str(trouble)))
        return news

    def close(self) -> None:
        self._waiting.clear()
