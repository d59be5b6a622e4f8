"""What any executor runs in its processes: the data loaded once, then trial after trial, each ending in a record."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from steepness.data.artefacts import Cache
from steepness.data.storage import write_json
from steepness.domain import get_domain
from steepness.training.checkpoint import Checkpoint
from steepness.training.device import describe_machine, set_up_process
from steepness.training.loop import Progress, train
from steepness.training.records import trial_path
from steepness.training.trial import Record, Status, Trial


@dataclass(frozen=True)
class Job:
    """What every worker of a study needs to know; picklable.

    Attributes:
        domain: what `get_domain` takes.
        options: the domain's settings.
        dataset: what `Domain.load` takes.
        cache: root of the data cache; workers never download.
        study: the study's folder.
    """

    domain: str
    options: Mapping[str, Any]
    dataset: str
    cache: Path
    study: Path


class Worker:
    """A process's share of a study."""

    def __init__(self, job: Job, device: str) -> None:
        self.job, self.device = job, torch.device(device)
        set_up_process(self.device)
        self.domain = get_domain(job.domain, job.options)
        self.data = self.domain.load(job.dataset, Cache(job.cache, offline=True, checked=True))
        self.data.to(self.device)

    def run(self, trial: Trial, watch: Callable[[Progress], None]) -> Record:
        """Train and write the record; whatever goes wrong in the model is recorded, never raised."""
        if trial.source and trial.source != self.domain.source(trial.model):
            message = f"the code of {trial.model} changed while the study ran; run it again"
            return self._keep(failure(trial, "failed", message, self.device))
        checkpoint = Checkpoint(self.job.study / "checkpoints" / f"{trial.id}.pt")
        try:
            record = train(trial, self.domain, self.data, self.device, checkpoint=checkpoint, watch=watch)
        except (torch.OutOfMemoryError, MemoryError) as error:
            record = failure(trial, "out_of_memory", f"{error}; use a smaller size or batch", self.device)
        except Exception as error:  # a stranger's model may raise anything: the record says what
            where = traceback.extract_tb(error.__traceback__)[-1]
            message = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            record = failure(trial, "failed", message, self.device)
        self._keep(record)
        checkpoint.delete()
        return record

    def _keep(self, record: Record) -> Record:
        write_json(trial_path(self.job.study, record.id), record)
        return record


def failure(trial: Trial, status: Status, message: str, device: torch.device) -> Record:
    """The record of a trial that came to nothing."""
    return Record(id=trial.id, trial=trial, status=status, message=message, machine=describe_machine(device))
