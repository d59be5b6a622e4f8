"""What any executor runs in its processes: the data loaded once, then trial after trial, each ending in a record.

A record tells of the model: done, diverged, out of memory, failed. What is the machine's fault (a disk that cannot be
written, a lost CUDA context) is no record: it is raised, and the trial is run again elsewhere.
"""

from __future__ import annotations

import errno
import socket
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import torch

from steepness.data.artefacts import Cache
from steepness.domain import get_domain
from steepness.executors.base import MachineTrouble
from steepness.training.checkpoint import Checkpoint, Stopped
from steepness.training.device import describe_machine, release_memory, set_up_process
from steepness.training.learner import Learner
from steepness.training.loop import train
from steepness.training.records import write_record
from steepness.training.trial import Progress, Record, Status, Trial

CHECKPOINTS = "checkpoints"
MACHINES_ERRNO = frozenset((
    errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ENODEV,
    errno.ENXIO, errno.EREMOTEIO, errno.ETIMEDOUT, errno.ECONNRESET, errno.EHOSTDOWN, errno.ENETDOWN,
))  # fmt: skip
"""Of an OSError that says something of the machine, not of a model that opens the wrong file."""
NO_MEMORY = ("DefaultCPUAllocator: ", "CUDA error: out of memory")
"""In a RuntimeError that says what a torch.OutOfMemoryError does."""
LOST_CONTEXT = ("CUDA error", "CUBLAS_STATUS", "CUDNN_STATUS", "CUSOLVER_STATUS")
"""In a RuntimeError after which nothing on the device can be trusted in this process."""


@dataclass(kw_only=True, frozen=True)
class Job:
    """What every worker of a study needs to know; picklable.

    Attributes:
        domain: what `get_domain` takes.
        options: the domain's settings.
        dataset: what `Domain.load` takes.
        cache: root of the data cache.
        study: the study's folder.
        prepared: the data is there, read and hashed by another process of this run; else workers get it ready.
        offline: never download.
    """

    domain: str
    options: Mapping[str, Any]
    dataset: str
    cache: Path
    study: Path
    prepared: bool = True
    offline: bool = True

    def checkpoint(self, trial: Trial) -> Checkpoint:
        """Where a trial is saved while it is trained: a probe, where the same trial trained to its end goes on."""
        return Checkpoint(self.study / CHECKPOINTS / f"{trial.goes_on_as.id}.pt")


class Worker:
    """A process's share of a study."""

    def __init__(self, job: Job, device: str) -> None:
        self.job, self.device = job, torch.device(device)
        set_up_process(self.device)
        self.domain = get_domain(job.domain, job.options)
        cache = Cache(job.cache, offline=job.offline, checked=job.prepared)
        self.data = self.domain.load(job.dataset, cache)
        self.data.to(self.device)
        self._checkpoint: Checkpoint | None = None

    def run(self, trial: Trial, watch: Callable[[Progress], None]) -> Record:
        """Train and write the record; whatever goes wrong in the model is recorded, never raised.

        Raises:
            MachineTrouble: what went wrong is not the model's doing, or the data here is not the trial's; this process
                had better end.
            Stopped: `stop` was called; the trial is saved.
        """
        if trial.fingerprint != self.data.fingerprint:
            here = f"{self.data.fingerprint} on {socket.gethostname()}"
            raise MachineTrouble(
                f"{self.job.dataset} is {trial.fingerprint} in the study and {here}: other data"
            )
        self._checkpoint = self.job.checkpoint(trial)
        try:
            record = writable(self._train(trial, self._checkpoint, watch))
            write_record(self.job.study, record)
            if trial.goes_on_as == trial or record.status != "done":
                self._checkpoint.delete()
        except OSError as error:
            raise MachineTrouble(f"{error.filename or 'a file'}: {error.strerror or error}") from error
        finally:
            self._checkpoint = None
        return record

    def stop(self) -> None:
        """Have a trial that is running save itself and end; for a signal's handler.

        Raises:
            SystemExit: there is none.
        """
        if self._checkpoint is None:
            raise SystemExit(0)
        self._checkpoint.stop()

    def _train(self, trial: Trial, checkpoint: Checkpoint, watch: Callable[[Progress], None]) -> Record:
        if trial.source and trial.source != self.domain.source(trial.model):
            message = f"the code of {trial.model} changed while the study ran; run it again"
            return failure(trial, "failed", message, self.device)
        first = self._attempt(trial, checkpoint, watch)
        if first.status != "out_of_memory":
            return first
        release_memory(self.device)
        checkpoint.delete()  # what is learnt in halves is learnt so from the first step on
        second = self._attempt(trial, checkpoint, watch, halved=True)
        if second.status != "out_of_memory":
            return second
        message = f"{first.message}; in halves of a batch: {second.message}; use a smaller size or batch"
        return failure(trial, "out_of_memory", message, self.device)

    def _attempt(
        self, trial: Trial, checkpoint: Checkpoint, watch: Callable[[Progress], None], *, halved: bool = False
    ) -> Record:
        """Train, each batch whole or in halves, and make the record of whatever comes of it."""
        try:
            learner = Learner(trial, self.domain, self.data, self.device, halved=halved)
            return train(learner, checkpoint, watch)
        except Stopped:
            raise
        except (
            Exception,
            SystemExit,
        ) as error:  # a stranger's model may raise anything: the record says what
            if is_memory(error):
                return failure(trial, "out_of_memory", " ".join(str(error).split()), self.device)
            if is_machines(error):
                raise MachineTrouble(in_words(error)) from error
            return failure(trial, "failed", in_words(error), self.device)


def is_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in NO_MEMORY)


def is_machines(error: BaseException) -> bool:
    """Whether an error raised in training tells of the machine and not of the model."""
    if isinstance(error, OSError):
        return error.errno in MACHINES_ERRNO
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in LOST_CONTEXT)


def in_words(error: BaseException) -> str:
    """The error and where it was raised, as one line that any file can hold."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    try:
        text = " ".join(str(error).split())
    except Exception:  # a stranger's error may not be able to say what it is
        text = "without words"
    said = f"{type(error).__name__}: {text} ({Path(where.filename).name}:{where.lineno})"
    return said.encode("utf-8", "backslashreplace").decode()


def writable(record: Record) -> Record:
    """The record, or one that says why it cannot be written: a domain may exhibit what JSON cannot hold."""
    try:
        msgspec.json.encode(record)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"its record cannot be written as JSON ({error}); exhibit plain values only"
        return Record(
            id=record.id, trial=record.trial, status="failed", message=message, machine=record.machine
        )
    return record


def failure(trial: Trial, status: Status, message: str, device: torch.device) -> Record:
    """The record of a trial that came to nothing."""
    return Record(id=trial.id, trial=trial, status=status, message=message, machine=describe_machine(device))
