from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steepness.executors.base import Event
from steepness.study import Study, load_study
from steepness.study.ledger import Ledger
from steepness.study.prepare import Request, prepare
from steepness.study.run import run_study
from steepness.training.trial import Record
from tests.faults.faulty import FAULTY
from tests.in_process import InProcess

SMALL = ("shards.count=1", "search.trials=4", "seeds=1", "search.grid={learning_rate=[0.01, 0.03]}")
Run = Callable[..., Study]


class Witness:
    """Keeps what happens."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def planned(self, plan: Any, done: Any) -> None:
        pass

    def __call__(self, event: Event) -> None:
        self.events.append(event)


@pytest.fixture
def witness() -> Witness:
    return Witness()


@pytest.fixture
def run(preset: Path, tmp_path: Path, witness: Witness, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the faulty domain's small study: four trials, of sizes 4, 8 and another, in this process or in workers."""
    prices = Ledger(speed=1.0, prices=())  # not measured: a fault that happens once is to happen in a trial
    monkeypatch.setattr("steepness.study.run.calibrate", lambda ready, executor: prices)

    def run(
        fault: str = "",
        *settings: str,
        processes: bool = False,
        token: str = "",
        folder: str = "results",
        watcher: Witness = witness,
        **how: Any,
    ) -> Study:
        how = {"workers": 2} | how
        changed = (*SMALL, f'options.fault="{fault}"', f'options.token="{token}"', *settings)
        request = Request(
            domain=FAULTY,
            preset=str(preset),
            settings=changed,
            results=tmp_path / folder,
            device="cpu",
            **how,
        )
        with monkeypatch.context() as patch:
            if not processes:
                patch.setattr("steepness.study.run.LocalExecutor", InProcess)
            return run_study(prepare(request), watcher)

    return run


@pytest.fixture
def token(tmp_path: Path) -> str:
    """A file that lets a fault happen once."""
    path = tmp_path / "token"
    path.touch()
    return str(path)


def numbers(study: Study | Path) -> dict[str, Record]:
    """A study's records without what may differ between two runs, and without what names the fault."""
    records = load_study(study).records if isinstance(study, Path) else study.records
    bare = {}
    for r in records:
        trial = msgspec.structs.replace(r.trial, options={}, source="")
        bare[trial.id] = msgspec.structs.replace(r, timing=None, trial=trial, id=trial.id)
    return bare
