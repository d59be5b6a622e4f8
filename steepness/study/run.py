"""Run a study: preset, data, manifest, trials, report. Running it again goes on where it stopped."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from steepness.data.artefacts import Cache
from steepness.executors.base import Event
from steepness.executors.local import LocalExecutor
from steepness.executors.worker import Job
from steepness.study.drive import Driver
from steepness.study.manifest import Manifest, keep_manifest
from steepness.study.plan import Plan, make_plan
from steepness.study.prepare import Prepared
from steepness.study.search import Search
from steepness.study.study import Study, load_study
from steepness.training.records import read_records, trial_path


class Watcher(Protocol):
    """Somebody who wants to see a study run."""

    def planned(self, plan: Plan, done: int) -> None:
        """Called once, before anything runs."""

    def __call__(self, event: Event) -> None:
        """Called with whatever happens to a trial."""


class Unwatched:
    """Sees a study run without a word."""

    def planned(self, plan: Plan, done: int) -> None:
        """Nothing."""

    def __call__(self, event: Event) -> None:
        """Nothing."""


def run_study(ready: Prepared, watcher: Watcher) -> Study:
    """Everything `steepness run` does, but for preparing, printing and the report.

    Raises:
        ValueError: the folder holds another study or is in use.
        OSError: the results folder cannot be written.
        MachineTrouble: the machine failed too often to go on.
    """
    folder = ready.folder
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        kept = keep_manifest(folder, make_manifest(ready))
        if ready.request.retry:
            forget_failures(folder)
        records = {i: r for i, r in read_records(folder).items() if kept.holds(r.trial)}
        search = Search(ready)
        if search.due(records):
            watcher.planned(make_plan(ready), len(records))
            cache = Cache.default().root
            job = Job(
                ready.request.domain, ready.preset.options, ready.preset.dataset, cache, folder.absolute()
            )
            with LocalExecutor(job, ready.devices) as executor:
                Driver(executor, search.due, records, watcher).run()
    return load_study(folder)


class locked(FileLock):
    """The study's lock; a second run of the same study is told so."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / ".lock", timeout=0)
        self._folder = folder

    def __enter__(self) -> locked:
        try:
            super().__enter__()
        except Timeout as error:
            raise ValueError(
                f"{self._folder} is being run by another process; wait for it, or stop it"
            ) from error
        return self

    def __exit__(self, *error: object) -> None:
        """Leave nothing behind where a study could not even begin."""
        if list(self._folder.iterdir()) == [self._folder / ".lock"]:
            shutil.rmtree(self._folder)
        super().__exit__(*error)  # type: ignore[arg-type]


def make_manifest(ready: Prepared) -> Manifest:
    """What the report needs to know and the records do not say."""
    data, request = ready.data, ready.request
    return Manifest(
        domain=ready.domain.name,
        domain_path=request.domain,
        preset_name=Path(request.preset).stem,
        preset=ready.preset,
        command=request.command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        fingerprint=data.fingerprint,
        unit=ready.domain.unit,
        metrics=ready.domain.metrics,
        train_units=data.train_units,
        splits=dict(data.splits),
        chance=dict(data.chance),
        shown_as=data.shown_as,
        notes=tuple(data.notes),
        doubts=tuple(data.doubts),
        sources={model: ready.domain.source(model) for model in ready.preset.models},
    )


def forget_failures(folder: Path) -> None:
    """Delete the records of trials that failed or ran out of memory, so that they are due again."""
    for record in read_records(folder).values():
        if record.status in ("failed", "out_of_memory"):
            trial_path(folder, record.id).unlink()
