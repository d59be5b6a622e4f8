"""A study that is told to end, as clusters and systems do before they kill, saves its trials first."""

from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from steepness.executors.base import Advanced, Event
from steepness.study import load_study
from tests.faults.conftest import Run, Witness, numbers

ONE = ("search.trials=1", "search.grid={}", "shards.start=256", "training.schedule=cosine")
"""A trial of 128 steps."""


class Preempting(Witness):
    """Has the process told to end as soon as a trial has been evaluated, and its workers with it or not."""

    def __init__(self, whom: str) -> None:
        super().__init__()
        self.whom = whom

    def __call__(self, event: Event) -> None:
        super().__call__(event)
        if isinstance(event, Advanced):
            for process in multiprocessing.active_children() if self.whom == "all" else []:
                assert process.pid
                os.kill(process.pid, signal.SIGTERM)
            os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize("whom", ["driver", "all"])
def test_a_trial_preempted_in_its_middle_goes_on_from_there(run: Run, whom: str) -> None:
    slow = "options.seconds_per_batch=0.03"
    with pytest.raises(KeyboardInterrupt):
        run("", *ONE, slow, processes=True, workers=1, watcher=Preempting(whom))
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    study = run("", *ONE, slow)
    (record,) = load_study(study.path).records
    assert record.timing
    assert record.timing.resumed == 1, "saved long before a minute was over"
    assert numbers(study) == numbers(run("", *ONE, folder="whole"))
