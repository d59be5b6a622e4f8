"""Trials in parallel processes on this machine: one thread each, packed on the cores or sharing the GPUs.

A worker writes its record itself, so a finished trial survives whatever happens to the parent. A worker that dies
(kill -9, out of memory) costs its one trial a second attempt, then that trial is recorded as failed.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any

from steepness.training.trial import Record, Trial

if TYPE_CHECKING:
    from steepness.executors.worker import Job

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
ATTEMPTS = 2


def run_trials(
    job: Job,
    devices: Sequence[str],
    due: Callable[[Mapping[str, Record]], list[Trial]],
    records: dict[str, Record],
    watch: Callable[[Any], None],
) -> None:
    """Train until nothing is due any more.

    Args:
        devices: one worker process for each entry, e.g. ("cpu", "cpu").
        due: the trials without a record that the records at hand call for, most urgent first.
        records: by trial id; those found on disk at the start, completed here.
        watch: called with every `Trial` started, every `Progress` made and every `Record` written.
    Raises:
        RuntimeError: a worker cannot start; the message is its own.
    """
    pool = [_Process(job, device) for device in devices]
    deaths: Counter[str] = Counter()
    try:
        while True:
            running = {p.trial.id for p in pool if p.trial}
            waiting = [t for t in due(records) if t.id not in running]
            for process, trial in zip([p for p in pool if p.trial is None], waiting, strict=False):
                process.start(trial)
                watch(trial)
            busy = {p.connection: p for p in pool if p.trial}
            if not busy:
                return
            for ready in wait(list(busy)):
                message = _receive(busy[ready], deaths)  # type: ignore[index]
                if isinstance(message, Record):
                    records[message.id] = message
                if message is not None:
                    watch(message)
    finally:
        for process in pool:
            process.close()


def _receive(process: _Process, deaths: Counter[str]) -> Any:
    """The next message of a process; its trial's failed record if it died once too often, None if it is retried."""
    assert process.trial
    try:
        message = process.connection.recv()
    except (EOFError, ConnectionResetError):
        trial, code = process.trial, process.restart()
        deaths[trial.id] += 1
        return _lost(process, trial, code) if deaths[trial.id] >= ATTEMPTS else None
    if isinstance(message, str):
        raise RuntimeError(message)
    if isinstance(message, Record):
        process.trial = None
    return message


def _lost(process: _Process, trial: Trial, code: int | None) -> Record:
    import torch

    from steepness.data.storage import write_json
    from steepness.executors.worker import failure
    from steepness.training.records import trial_path

    message = f"its process died {ATTEMPTS} times, last with exit code {code} (-9: killed, often for lack of memory)"
    record = failure(trial, "failed", message, torch.device("cpu"))
    write_json(trial_path(process.job.study, trial.id), record)
    return record


class _Process:
    """A worker process and the trial it is at."""

    def __init__(self, job: Job, device: str) -> None:
        self.job, self.device = job, device
        self._open()

    def _open(self) -> None:
        os.environ.update(dict.fromkeys(THREADS, "1"))  # read by the children's libraries when they load
        context = mp.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(self.job, self.device, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self.trial: Trial | None = None

    def start(self, trial: Trial) -> None:
        self.trial = trial
        self.connection.send(trial)

    def restart(self) -> int | None:
        """Replace a dead process; its exit code."""
        self.close()
        code = self._process.exitcode
        self._open()
        return code

    def close(self) -> None:
        self.connection.close()
        self._process.terminate()
        self._process.join()


def _work(job: Job, device: str, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is the parent's to handle
    follow_parent()
    from steepness.executors.worker import Worker

    try:
        worker = Worker(job, device)
    except (ValueError, RuntimeError, OSError) as error:
        connection.recv()
        connection.send(f"a worker could not start: {error}")
        return
    while True:
        try:
            trial = connection.recv()
        except EOFError:
            return
        try:
            record = worker.run(trial, connection.send)
        except OSError as error:  # the study's folder cannot be written: no trial can end there
            connection.send(
                f"{error.filename}: {error.strerror}; what is finished is kept: make room, then run again"
            )
            return
        connection.send(record)


def follow_parent() -> None:
    """Let this process die with its parent: a killed one must not leave trials that its successor starts again."""
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = mp.parent_process()
    assert parent
    parent.join()
    os._exit(1)
