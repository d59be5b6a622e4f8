"""A worker on any machine of a cluster: one process of the local executor's, spoken to one short call at a time.

So a trial there is trained, saved, stopped, limited in time and judged exactly as a local one. Where the study's folder
is seen, the worker writes there; elsewhere it writes to a folder of its own, and that travels with its reports.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import steepness
from steepness.data.artefacts import Cache
from steepness.data.files import stamp
from steepness.executors.base import Event, Finished, MachineTrouble, Returned
from steepness.executors.local import LocalExecutor
from steepness.executors.worker import CHECKPOINTS, Job
from steepness.training.records import trial_path
from steepness.training.trial import Trial

Saved = Mapping[str, bytes | None]
"""Content of checkpoints by file name; None for one that is not needed any more."""
Landmark = tuple[int, int, int]
"""Of a file: its number in the file system, size and time of writing."""


def landmark(study: Path) -> Landmark | None:
    """What tells a study's folder from a copy of it, or from another that is called the same; None if there is none."""
    try:
        status = (study / "study.json").stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def job_here(job: Job) -> Job:
    """The job as this machine, which may be another, can do it: with its own cache, if it does not see the driver's."""
    cache = job.cache if job.cache.is_dir() else Cache.default().root
    return replace(job, cache=cache, prepared=False)


@dataclass(frozen=True)
class Report:
    """What an outpost has to say.

    Attributes:
        events: since the last report, in order.
        saved: what the driver is to keep for it; empty where both see the study's folder.
        apart: it does not see the study's folder.
        host: where it is.
    """

    events: tuple[Event, ...] = ()
    saved: Saved = field(default_factory=dict)
    apart: bool = False
    host: str = ""


@dataclass(kw_only=True, frozen=True)
class Orders:
    """What an outpost is made with.

    Attributes:
        job: as the driver's machine sees it.
        device: cpu, or cuda:0 of what the cluster gives it.
        seconds_per_trial: see `LocalExecutor`.
        landmark: of the study's folder, where the driver is.
        version: of the driver's steepness.
    """

    job: Job
    device: str
    seconds_per_trial: float
    landmark: Landmark | None
    version: str = steepness.__version__


class Outpost:
    """One worker; every method returns soon.

    Raises:
        MachineTrouble: another version of steepness is installed here than where the driver is.
    """

    def __init__(self, orders: Orders) -> None:
        if orders.version != steepness.__version__:
            raise MachineTrouble(
                f"steepness {steepness.__version__} is installed there and {orders.version} here: install the same"
            )
        job = orders.job
        self._own: Path | None = None
        if orders.landmark is None or landmark(job.study) != orders.landmark:
            self._own = Path(tempfile.mkdtemp(prefix="steepness-"))
        self._job = replace(job_here(job), study=self._own or job.study)
        self._known: dict[str, tuple[int, int, int]] = {}
        self._executor = LocalExecutor(self._job, [orders.device], orders.seconds_per_trial)

    def begin(self, trial: Trial, saved: Saved) -> Report:
        """Start a trial, or go on with it from what was saved of it."""
        if self._own:
            folder = self._own / CHECKPOINTS
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for name, content in saved.items():
                (folder / name).write_bytes(content or b"")
            self._known = {path.name: stamp(path) for path in folder.iterdir()}
        self._executor.submit(trial)
        return self.news(0)

    def news(self, seconds: float) -> Report:
        """What has happened; waits so long for something to."""
        return self._report(tuple(self._executor.events(seconds)))

    def leave(self) -> Report:
        """Save the trial that is at work, and end; what was saved."""
        report = self.news(0)
        self._executor.close()
        ended = replace(report, saved={**report.saved, **self._changed()})
        if self._own:
            shutil.rmtree(self._own, ignore_errors=True)
        return ended

    def _report(self, events: tuple[Event, ...]) -> Report:
        saved = self._changed()
        for event in events if self._own else ():
            if isinstance(event, Finished | Returned):
                checkpoint = self._job.checkpoint(event.trial).path
                if not checkpoint.exists():
                    saved[checkpoint.name] = None
                trial_path(self._job.study, event.trial.id).unlink(missing_ok=True)
        return Report(events, saved, self._own is not None, socket.gethostname())

    def _changed(self) -> dict[str, bytes | None]:
        """The checkpoint, if it is another than the driver knows of; the one before it stays here."""
        found: dict[str, bytes | None] = {}
        if self._own:
            for path in (self._own / CHECKPOINTS).glob("[!.]*.pt"):
                if path.suffixes == [".pt"] and self._known.get(path.name) != (now := stamp(path)):
                    found[path.name] = path.read_bytes()
                    self._known[path.name] = now
        return found
