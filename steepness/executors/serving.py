"""What a worker's process does: an errand after the other, until it is told to end or its parent is gone."""

from __future__ import annotations

import multiprocessing as mp
import os
import signal
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from steepness.executors.base import Advanced, Event, Finished, MachineTrouble, Question, Returned
from steepness.executors.worker import Job, Worker
from steepness.training.checkpoint import Stopped
from steepness.training.trial import Trial

LOOK_SECONDS = 1.0
"""Between an idle worker's looks for work."""


class Errand(NamedTuple):
    """What a worker is sent to do: train a trial, or find something out about it."""

    trial: Trial
    question: Question | None = None


@dataclass(frozen=True)
class Answered:
    """What was to be found out about a trial, or the error of asking."""

    trial: Trial
    answer: Any


def work(job: Job, device: str, connection: Connection) -> None:
    """Serve until told to end, and then end at once. All that counts is on disk by then, and Python's own way of
    ending, after a signal and beside PyTorch's, now and then dies of a damaged heap, which looks like a fault."""
    with suppress(SystemExit):
        _serve(job, device, connection)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _serve(job: Job, device: str, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C is the parent's to handle
    follow_parent()
    try:
        worker = Worker(job, device)
    except Exception as error:  # a stranger's domain may raise anything
        connection.send(Returned(connection.recv().trial, f"a worker could not start: {error}"))
        return
    signal.signal(signal.SIGTERM, lambda number, frame: worker.stop())
    try:
        while not isinstance(result := _result(worker, _next_errand(connection), connection), Returned):
            connection.send(result)
        connection.send(result)  # and end: told to, or not to be trusted any more
    except (EOFError, BrokenPipeError):  # nobody is there any more
        return


def _next_errand(connection: Connection) -> Errand:
    """Wait for work; in looks, as a signal that comes just before a wait, or to another thread, would not end it."""
    while not connection.poll(LOOK_SECONDS):
        pass
    errand: Errand = connection.recv()
    return errand


def _result(worker: Worker, errand: Errand, connection: Connection) -> Event | Answered:
    trial, question = errand
    try:
        if question:
            return _answered(worker, trial, question)
        return Finished(worker.run(trial, lambda progress: connection.send(Advanced(progress))))
    except MachineTrouble as trouble:
        return Returned(trial, str(trouble))
    except Stopped:
        return Returned(trial, "a worker was told to stop", counts=False)


def _answered(worker: Worker, trial: Trial, question: Question) -> Answered:
    try:
        return Answered(trial, question(worker, trial))
    except ValueError as error:
        return Answered(trial, error)


def follow_parent() -> None:
    """Let this process die with its parent: a killed one must not leave trials that its successor starts again."""
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    parent = mp.parent_process()
    assert parent
    parent.join()
    os._exit(1)
