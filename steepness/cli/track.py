"""A study's trials as runs of an experiment tracker: one watcher beside the board, off unless asked for.

A record holds its whole trace, so a run is written at once when its trial has ended, and a tracker that fails costs a
warning, never a trial. Everything stays in the study's folder, `tracking/`, unless the tracker's own environment
variables (MLFLOW_TRACKING_URI, WANDB_MODE) say otherwise.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steepness.executors.base import Event, Finished
from steepness.study.run import Watcher
from steepness.training.records import flatten

if TYPE_CHECKING:
    from steepness.study.plan import Plan
    from steepness.training.trial import Record

Write = Callable[["Record", Path], None]
_log = logging.getLogger(__name__)


def tracker(name: str) -> Write:
    """What writes a finished trial to the tracker of that name.

    Raises:
        ValueError: there is no such tracker.
        ImportError: it is not installed.
    """
    if name not in TRACKERS:
        raise ValueError(f'no tracker "{name}"; choose {", ".join(TRACKERS)}')
    module, write = TRACKERS[name]
    import_module(module)
    return write


class Tracked:
    """A watcher that also writes every finished trial to a tracker.

    Args:
        watcher: who else looks on.
        write: as of `tracker`.
        study: its folder; the experiment is called by its name.
    """

    def __init__(self, watcher: Watcher, write: Write, study: Path) -> None:
        self._watcher, self._write, self._study = watcher, write, study

    def planned(self, plan: Plan, done: Sequence[Record]) -> None:
        """As the other's."""
        self._watcher.planned(plan, done)

    def __call__(self, event: Event) -> None:
        self._watcher(event)
        if isinstance(event, Finished):
            try:
                self._write(event.record, self._study)
            except Exception as error:  # a tracker may raise anything, and costs no trial
                _log.warning("not tracked: trial %s (%s: %s)", event.record.id, type(error).__name__, error)


def settings(record: Record) -> dict[str, Any]:
    """What a trial is, flat: names to numbers and words."""
    trial = record.trial
    own = {
        "model": trial.model,
        "size": trial.size,
        "m": trial.m,
        "seed": trial.seed,
        "data_seed": trial.data_seed,
    }
    trained = {name: getattr(trial.training, name) for name in trial.training.__struct_fields__}
    return {**own, **flatten({"training": trained}), "parameters": record.parameters, "status": record.status}


def final(record: Record) -> dict[str, float]:
    """What it came to."""
    return {
        **{f"validation/{name}": value for name, value in record.validation.items()},
        **{f"test/{name}": value for name, value in record.test.items()},
    }


def trace(record: Record) -> list[tuple[int, dict[str, float]]]:
    """Each evaluation's step and numbers."""
    return [
        (line.step, {"train_loss": line.train_loss, "learning_rate": line.learning_rate,
                     **{f"monitor/{name}": value for name, value in line.validation.items()}})
        for line in record.trace
    ]  # fmt: skip


def _tensorboard(record: Record, study: Path) -> None:
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(study / "tracking" / "tensorboard" / record.id)) as writer:
        for step, numbers in trace(record):
            for name, value in numbers.items():
                writer.add_scalar(name, value, step)
        plain = {name: value if isinstance(value, int | float | str) else str(value)
                 for name, value in settings(record).items()}  # fmt: skip
        writer.add_hparams(plain, dict(final(record)), run_name=".")


def _mlflow(record: Record, study: Path) -> None:
    import mlflow

    if "MLFLOW_TRACKING_URI" not in os.environ:
        folder = study.absolute() / "tracking" / "mlflow"
        folder.mkdir(parents=True, exist_ok=True)
        mlflow.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    mlflow.set_experiment(study.name)
    with mlflow.start_run(run_name=record.id):
        mlflow.log_params(settings(record))
        for step, numbers in trace(record):
            mlflow.log_metrics(numbers, step=step)
        mlflow.log_metrics(final(record))


def _wandb(record: Record, study: Path) -> None:
    import wandb

    folder = study / "tracking" / "wandb"
    folder.mkdir(parents=True, exist_ok=True)
    mode: Any = os.environ.get("WANDB_MODE", "offline")
    with wandb.init(
        project=study.name,
        id=record.id,
        name=record.id,
        config=settings(record),
        dir=str(folder),
        mode=mode,
        settings=wandb.Settings(silent=True),
    ) as run:
        for step, numbers in trace(record):
            run.log(numbers, step=step)
        run.summary.update(final(record))


TRACKERS: Mapping[str, tuple[str, Write]] = {
    "tensorboard": ("tensorboard", _tensorboard),
    "mlflow": ("mlflow", _mlflow),
    "wandb": ("wandb", _wandb),
}
"""By name: the module that must be there, and what writes one trial."""
