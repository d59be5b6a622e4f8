"""Run a study: preset, data, manifest, trials, report. Running it again goes on where it stopped."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from steepness.data.artefacts import Cache
from steepness.data.files import sweep
from steepness.executors.base import Event, Executor
from steepness.executors.local import LocalExecutor
from steepness.executors.worker import CHECKPOINTS, Job
from steepness.press.words import duration
from steepness.study.calibrate import calibrate, granted, settle
from steepness.study.drive import Driver, told_to_stop
from steepness.study.leases import LEASES
from steepness.study.ledger import Ledger
from steepness.study.manifest import Manifest, change_manifest, keep_manifest
from steepness.study.plan import Plan, make_plan
from steepness.study.prepare import Prepared
from steepness.study.roll import call_roll
from steepness.study.search import Search
from steepness.study.study import Study, load_study
from steepness.training.records import TRIALS, read_records, set_aside, trial_path
from steepness.training.trial import Record


class Watcher(Protocol):
    """Somebody who wants to see a study run."""

    def planned(self, plan: Plan, done: Sequence[Record]) -> None:
        """Called once, before anything runs, with the records that are there."""

    def __call__(self, event: Event) -> None:
        """Called with whatever happens to a trial."""


class Unwatched:
    """Sees a study run without a word."""

    def planned(self, plan: Plan, done: Sequence[Record]) -> None:
        """Nothing."""

    def __call__(self, event: Event) -> None:
        """Nothing."""


def run_study(ready: Prepared, watcher: Watcher, ledger: Ledger | None = None) -> Study:
    """Everything `steepness run` does, but for preparing, printing and the report.

    Args:
        ledger: prices that were measured already; a study that has its own keeps them.
    Raises:
        ValueError: the folder holds another study.
        OSError: the results folder cannot be written.
        MachineTrouble: the machine failed too often to go on.
    """
    ready, folder = settle(ready, make_job(ready)), ready.folder
    folder.mkdir(parents=True, exist_ok=True)
    kept = keep_manifest(folder, make_manifest(ready))
    tidy(folder)
    with told_to_stop(), executor_for(ready) as executor:
        kept = with_ledger(kept, ready, ledger, executor)
        assert kept.ledger
        search = Search(ready, kept.ledger)
        hanging = forget_failures(folder, search) if ready.request.retry else set()
        records = {i: r for i, r in read_records(folder).items() if kept.holds(r.trial)}
        if not search.due(records) and not records:
            refuse_a_pittance(search)
        if search.due(records):
            call_roll(folder, records, ended=False)
            watcher.planned(make_plan(ready, kept.ledger, records), [*records.values()])
            try:
                Driver(folder, search.due, records, watcher).run(executor)
            except BaseException:  # a run that is stopped says what it leaves
                with suppress(OSError):  # what stopped it is told, and may be a full disk
                    call_roll(folder, records, ended=False)
                raise
    if not search.due(records):
        shutil.rmtree(folder / CHECKPOINTS, ignore_errors=True)  # of losers: nothing will go on from them
    hanging -= {trial.id for trial in search.named(records)}
    forget(folder, hanging)
    call_roll(folder, records.keys() - hanging, ended=not search.due(records))
    return load_study(folder)


def refuse_a_pittance(search: Search) -> None:
    """A budget that buys no shard is no study.

    Raises:
        ValueError: naming one that does.
    """
    budget = search.terms.budgets[-1]
    if budget:
        needed = duration(60 * budget.minutes * search.least)
        raise ValueError(
            f"a budget of {duration(60 * budget.minutes)} buys no shard: the smallest takes about {needed}; give a "
            "larger one"
        )


def executor_for(ready: Prepared) -> Executor:
    """What runs the study's trials."""
    limit = 60 * (ready.request.trial_limit or math.inf)
    if ready.cluster:
        from steepness.executors.ray import RayExecutor  # only now: most have no Ray

        return RayExecutor(make_job(ready), ready.cluster, limit)
    return LocalExecutor(make_job(ready), ready.devices, limit)


def prices_of(ready: Prepared) -> Ledger:
    """What trials cost, measured in workers that do nothing else."""
    with executor_for(ready) as executor:
        return calibrate(ready, executor)


def with_ledger(manifest: Manifest, ready: Prepared, measured: Ledger | None, executor: Executor) -> Manifest:
    """The study's manifest with prices, measured once, and with the budget that is asked for now.

    Prices are measured again where a model has none, as it failed by then or its code is another now: budgets, which
    are in FLOPs, stay.
    """
    ledger = manifest.ledger or measured or calibrate(ready, executor)
    if ledger.without_price(ready.preset.models):
        ledger = msgspec.structs.replace(calibrate(ready, executor), budgets=ledger.budgets)
    if ready.request.budget:
        ledger = granted(ledger, ready.request.budget, ready.workers, ready.request.precision)
    return manifest if ledger == manifest.ledger else change_manifest(ready.folder, manifest, ledger=ledger)


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
        monitor=ready.domain.monitor,
        ladders={model: tuple(ready.preset.ladder(ready.domain, model)) for model in ready.preset.models},
        sources={model: ready.domain.source(model) for model in ready.preset.models},
        definitions={model: ready.domain.definition(model) for model in ready.preset.models},
    )


def make_job(ready: Prepared) -> Job:
    """What the workers of a study need to know."""
    preset, folder = ready.preset, ready.folder.absolute()
    return Job(
        domain=ready.request.domain,
        options=preset.options,
        dataset=preset.dataset,
        cache=Cache.default().root,
        study=folder,
        offline=ready.request.offline or ready.request.executor == "local",
    )


def tidy(folder: Path) -> None:
    """Clear away what killed processes left, and set aside what is no record."""
    set_aside(folder)
    for part in (folder, folder / TRIALS, folder / CHECKPOINTS, folder / LEASES):
        sweep(part)
    for lease in (folder / LEASES).glob("*.*"):
        if trial_path(folder, lease.stem).exists():  # its holder was killed before it let go
            lease.unlink(missing_ok=True)


def forget_failures(folder: Path, search: Search) -> set[str]:
    """Delete the records of trials that failed or ran out of memory, so that they are due again.

    Returns:
        Ids of the trials that were only called for because these had failed.
    """
    records = read_records(folder)
    kept = {i: r for i, r in records.items() if r.status not in ("failed", "out_of_memory")}
    forget(folder, records.keys() - kept.keys())
    named, still_named = ({trial.id for trial in search.named(found)} for found in (records, kept))
    return kept.keys() & named - still_named


def forget(folder: Path, trial_ids: Iterable[str]) -> None:
    """Delete records."""
    for trial_id in trial_ids:
        trial_path(folder, trial_id).unlink(missing_ok=True)
