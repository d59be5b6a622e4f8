"""Run a study: preset, data, manifest, trials, report. Running it again goes on where it stopped."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from filelock import FileLock, Timeout

from steepness.data.artefacts import Cache
from steepness.domain import Data, Domain, get_domain
from steepness.study.manifest import Manifest, keep_manifest
from steepness.study.presets import Preset, load_preset
from steepness.study.search import Search
from steepness.study.study import Study, load_study
from steepness.training.records import read_records, trial_path

if TYPE_CHECKING:
    import torch

    from steepness.study.plan import Plan

GIBIBYTES_PER_WORKER = 8
"""Of GPU memory that a packed trial is expected to need at most."""


class Watcher(Protocol):
    """Somebody who wants to see a study run."""

    def planned(self, plan: Plan, done: int) -> None:
        """Called once, before anything runs."""

    def __call__(self, event: Any) -> None:
        """Called with every Trial started, Progress made and Record written."""


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        domain: name or import path.
        preset: name, or path of a TOML file.
        settings: "key=value" laid over the preset.
        results: folder that holds studies.
        device: auto, cpu, cuda, cuda:0.
        workers: parallel trials; None for as many as fit.
        offline: never open a connection.
        retry: forget failed trials first, so that they run again.
        folder: the study's own below `results`; empty for domain-preset.
        typed: what to type to run this again, if it is not `steepness run`.
    """

    domain: str
    preset: str = "cpu"
    settings: tuple[str, ...] = ()
    results: Path = Path("results")
    device: str = "auto"
    workers: int | None = None
    offline: bool = False
    retry: bool = False
    folder: str = ""
    typed: str = ""

    @property
    def command(self) -> str:
        """What to type to run this again."""
        if self.typed:
            return self.typed
        words = ["steepness", "run", self.domain, "--preset", self.preset]
        words += [word for setting in self.settings for word in ("--set", setting)]
        return shlex.join(words)


@dataclass(frozen=True)
class Prepared:
    """A request whose preset is read, whose data is there and whose device is known."""

    preset: Preset
    domain: Domain[Any, Any, Any]
    data: Data
    device: torch.device
    workers: int


def prepare(request: Request, progress: Callable[[str, int, int], None] | None = None) -> Prepared:
    """Read the preset, fetch and prepare the data, check that the study is possible.

    Args:
        progress: told how downloads advance.
    Raises:
        ValueError: anything wrong with preset, data, models or device, naming the remedy.
    """
    from steepness.training.device import pick_device, set_up_process

    preset = load_preset(request.domain, request.preset, request.settings)
    domain = get_domain(request.domain, preset.options)
    for model in preset.models:
        domain.model_class(model)
    device = pick_device(request.device)
    set_up_process(device)
    data = domain.load(preset.dataset, Cache.default(offline=request.offline, progress=progress))
    largest = preset.shard_sizes()[-1]
    if largest > data.train_units:
        raise ValueError(
            f"the largest shard wants {largest:,} {domain.unit}, but {preset.dataset} has {data.train_units:,} to "
            "train on; lower shards.count or shards.start with --set"
        )
    data.to(device)
    return Prepared(preset, domain, data, device, request.workers or default_workers(device))


def default_workers(device: torch.device) -> int:
    """As many trials as there are cores, and on a GPU no more than its memory is likely to hold."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if device.type != "cuda":
        return cores
    fitting = torch.cuda.get_device_properties(device).total_memory // (GIBIBYTES_PER_WORKER * 2**30)
    return int(max(1, min(cores, fitting)))


def run_study(
    request: Request, watcher: Watcher, progress: Callable[[str, int, int], None] | None = None
) -> Study:
    """Everything `steepness run` does, but for printing and the report.

    Raises:
        ValueError: as `prepare`, and if the folder holds another study or is in use.
        OSError: the results folder cannot be written.
    """
    from steepness.executors.local import run_trials
    from steepness.executors.worker import Job
    from steepness.study.plan import make_plan

    usual = f"{get_domain(request.domain).name}-{Path(request.preset).stem}"
    folder = request.results / (request.folder or usual)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        ready = prepare(request, progress)
        keep_manifest(folder, make_manifest(request, ready))
        if request.retry:
            forget_failures(folder)
        records = read_records(folder)
        search = Search(ready.preset, ready.domain, ready.data)
        if search.due(records):
            watcher.planned(
                make_plan(ready.preset, ready.domain, ready.data, ready.device, ready.workers), len(records)
            )
            cache = Cache.default().root
            job = Job(request.domain, ready.preset.options, ready.preset.dataset, cache, folder.absolute())
            run_trials(job, [str(ready.device)] * ready.workers, search.due, records, watcher)
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


def make_manifest(request: Request, ready: Prepared) -> Manifest:
    """What the report needs to know and the records do not say."""
    data = ready.data
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
    )


def forget_failures(folder: Path) -> None:
    """Delete the records of trials that failed or ran out of memory, so that they are due again."""
    for record in read_records(folder).values():
        if record.status in ("failed", "out_of_memory"):
            trial_path(folder, record.id).unlink()
