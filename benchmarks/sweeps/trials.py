"""Trials run by this harness's own workers, without a study around them."""

from __future__ import annotations

from collections.abc import Sequence

from steepness.executors.base import Finished, Returned
from steepness.executors.local import LocalExecutor
from steepness.executors.worker import Job
from steepness.training.trial import Record, Trial


def run_all(job: Job, devices: Sequence[str], trials: Sequence[Trial]) -> dict[str, Record]:
    """Their records by id.

    Raises:
        RuntimeError: a worker failed; what is finished is on disk.
    """
    records: dict[str, Record] = {}
    with LocalExecutor(job, devices) as executor:
        for trial in trials:
            executor.submit(trial)
        while len(records) < len(trials):
            for event in executor.events():
                if isinstance(event, Returned):
                    raise RuntimeError(event.reason)
                if isinstance(event, Finished):
                    records[event.trial.id] = event.record
    return records
