from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from steepness.executors.base import Event
from steepness.study import Study
from steepness.study.prepare import Request, prepare
from steepness.study.run import run_study
from steepness.training import speed
from steepness.training.trial import Record
from tests.conftest import TOY

SLOWER = "options.seconds_per_batch=0.05"
SLOW = "options.seconds_per_batch=0.01"
WITHOUT_RAY = "ray is not installed: pip install 'steepness[ray]'"
Run = Callable[..., Study]


class Witness:
    """Keeps what happens, and may do something about it."""

    def __init__(self, at_event: Callable[[Event], object] = lambda event: None) -> None:
        self.events: list[Event] = []
        self._at_event = at_event

    def planned(self, plan: Any, done: Any) -> None:
        pass

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._at_event(event)


@pytest.fixture
def run(preset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the made-up domain's small study, 12 trials, into a folder of its own."""
    monkeypatch.setattr(speed, "CALIBRATION_SECONDS", 0.0)

    def run(folder: str, *settings: str, watcher: Witness | None = None, **how: Any) -> Study:
        request = Request(
            **{"domain": TOY, "device": "cpu", "workers": 2, "preset": str(preset), **how},
            settings=settings,
            results=tmp_path / folder,
        )
        return run_study(prepare(request), watcher or Witness())

    return run


@pytest.fixture
def own_cluster() -> Iterator[None]:
    """Ray may be started by the study; it is ended afterwards."""
    ray = pytest.importorskip("ray", reason=WITHOUT_RAY)
    yield
    ray.shutdown()


def bare(study: Study) -> dict[str, Record]:
    """A study's records without what may differ between two runs."""
    return {r.id: msgspec.structs.replace(r, timing=None) for r in study.records}
