"""Trials in parallel processes on this machine: one thread each, packed on the cores or spread over the GPUs."""

from __future__ import annotations

import math
import multiprocessing as mp
import os
import signal
import time
from collections import deque
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection, wait
from pickle import UnpicklingError
from typing import Any

from steepness.executors.base import Event, Executor, Finished, Question, Returned, Started
from steepness.executors.serving import Answered, Errand, work
from steepness.executors.worker import Job
from steepness.training.records import find_record
from steepness.training.trial import Trial

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
GRACE_SECONDS = 10.0
"""That workers have to save their trials once they are told to stop."""


class LocalExecutor(Executor):
    """A pool of worker processes, one for each device that is named, e.g. ("cpu", "cpu") or ("cuda:0", "cuda:1").

    A worker writes its record itself, so a finished trial survives whatever happens to this process.

    Args:
        seconds_per_trial: after which a worker is taken to hang, and ended; its trial goes on from its checkpoint.
    """

    def __init__(self, job: Job, devices: Sequence[str], seconds_per_trial: float = math.inf) -> None:
        self._limit = seconds_per_trial
        self._pool = [_Process(job, device) for device in devices]
        self._waiting: deque[Errand] = deque()
        self._news: list[Event | Answered] = []
        self.slots = len(devices)

    def submit(self, trial: Trial) -> None:
        """Run a trial as soon as a worker is free."""
        self._waiting.append(Errand(trial))
        self._hand_out()

    def ask(self, question: Question, trials: Sequence[Trial]) -> list[Any]:
        """The answers of the workers that will train; see `Executor.ask`."""
        self._waiting += [Errand(trial, question) for trial in trials]
        answers: dict[str, Any] = {}
        while len(answers) < len(trials):
            for event in self._next():
                if isinstance(event, Answered | Returned):
                    answers[event.trial.id] = event.answer if isinstance(event, Answered) else None
        for answer in answers.values():
            if isinstance(answer, ValueError):
                raise answer
        return [answers[trial.id] for trial in trials]

    def cancel(self, trial_id: str) -> None:
        """Stop a trial by ending its worker, or forget one that waits."""
        self._waiting = deque(errand for errand in self._waiting if errand.trial.id != trial_id)
        self._news = [event for event in self._news if event.trial.id != trial_id]
        cancelled = [p for p in self._pool if p.trial and p.trial.id == trial_id]
        _stop(cancelled)
        self._hand_out()

    def events(self, seconds: float = math.inf) -> Sequence[Event]:
        """What has happened since the last call; see `Executor.events`; nothing, if for so long there is nothing."""
        return [event for event in self._next(seconds) if not isinstance(event, Answered)]

    def _next(self, seconds: float = math.inf) -> Sequence[Event | Answered]:
        self._hand_out()
        busy = {p.connection: p for p in self._pool if p.trial and p.connection}
        if busy and not self._news:
            self._wait(busy, seconds)
        self._hand_out()
        news, self._news = self._news, []
        return news

    def _wait(self, busy: Mapping[Connection, _Process], seconds: float) -> None:
        """For the next thing that a worker says, or for the next that has been silent too long."""
        first = min(process.began for process in busy.values())
        patience = min(first + self._limit - time.monotonic(), seconds)
        for connection in wait(list(busy), None if math.isinf(patience) else max(patience, 0)):
            self._news += busy[connection].receive()  # type: ignore[index]
        for process in busy.values():
            if process.trial and time.monotonic() - process.began > self._limit:
                self._news.append(
                    Returned(process.trial, f"a worker ran longer than {self._limit:.0f} s, the trial limit")
                )
                process.kill()

    def close(self) -> None:
        """Stop every worker, giving it time to save its trial."""
        _stop(self._pool)

    def _hand_out(self) -> None:
        for process in self._pool:
            if self._waiting and process.trial is None:
                errand = self._waiting.popleft()
                process.start(errand)
                self._news.append(Started(errand.trial))


class _Process:
    """A worker's process, opened when it is needed, and the errand it is on."""

    def __init__(self, job: Job, device: str) -> None:
        self.job, self.device = job, device
        self.errand: Errand | None = None
        self.began = 0.0
        self.connection: Connection | None = None
        self._process: mp.process.BaseProcess | None = None

    @property
    def trial(self) -> Trial | None:
        """What its errand is about."""
        return self.errand.trial if self.errand else None

    def start(self, errand: Errand) -> None:
        """Send it on an errand, as another process if the one at hand has died meanwhile."""
        self.errand, self.began = errand, time.monotonic()
        if self._process and not self._process.is_alive():
            self._close()
        try:
            self._opened().send(errand)
        except OSError:  # it died this moment
            self._close()
            self._opened().send(errand)

    def receive(self) -> list[Event | Answered]:
        """What the worker says; if it has died, what became of its trial."""
        assert self.connection
        try:
            event: Event | Answered = self.connection.recv()
        except (EOFError, OSError, UnpicklingError):
            return [self._died()]
        if isinstance(event, Finished | Returned | Answered):
            self.errand = None
        if isinstance(event, Returned):  # a process that saw the machine fail is not to be trusted
            self.kill()
        return [event]

    def _died(self) -> Event:
        assert self.errand
        assert self._process
        trial, question = self.errand
        self.kill()
        code = self._process.exitcode
        if not question and (record := find_record(self.job.study, trial.id)):
            return Finished(record)
        killed = ", killed, often for lack of memory" if code == -signal.SIGKILL else ""
        return Returned(trial, f"a worker died while training (exit code {code}{killed})")

    def _opened(self) -> Connection:
        if self.connection is None:
            os.environ.update(dict.fromkeys(THREADS, "1"))  # read by the children's libraries when they load
            context = mp.get_context("spawn")
            self.connection, theirs = context.Pipe()
            self._process = context.Process(target=work, args=(self.job, self.device, theirs), daemon=True)
            self._process.start()
            theirs.close()
        return self.connection

    def terminate(self) -> None:
        """Ask the process to save its trial and end; one that was stopped would not hear it."""
        if self._process and self._process.pid and self._process.is_alive():
            self._process.terminate()
            os.kill(self._process.pid, signal.SIGCONT)

    def join(self, seconds: float) -> None:
        """Wait for the process to end."""
        if self._process:
            self._process.join(max(seconds, 0))

    def kill(self) -> None:
        """End the process at once, and with it its trial; another is opened when it is needed."""
        self._close()
        self.errand = None

    def _close(self) -> None:
        if self._process:
            self._process.kill()  # a stopped one, too
            self._process.join()
        if self.connection:
            self.connection.close()
        self.connection = None


def _stop(processes: Sequence[_Process]) -> None:
    """End processes, with time to save their trials, but for no more than that."""
    deadline = time.monotonic() + GRACE_SECONDS
    try:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(deadline - time.monotonic())
    finally:  # ctrl-C again: now
        for process in processes:
            process.kill()
