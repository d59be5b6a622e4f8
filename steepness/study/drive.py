"""Hands trials to an executor until a study calls for none, and bears with a machine that fails now and then."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from steepness.executors.base import Event, Executor, Finished, MachineTrouble, Returned
from steepness.laws.amounts import counted
from steepness.study.leases import Leases
from steepness.training.records import find_record
from steepness.training.trial import Record, Trial

ATTEMPTS = 3
"""Times that the machine may fail under one trial before that one is left for another day."""
SPARE = 3
"""Failures of the machine in a row that end the study, beyond one for each trial that runs at once."""
POLL_SECONDS = 1.0
"""Between looks at what other drivers have finished, while there is nothing else to do."""
KEPT = "what is finished is kept: see to the machine, then run again"

Due = Callable[[Mapping[str, Record]], Sequence[Trial]]


@contextmanager
def told_to_stop() -> Iterator[None]:
    """SIGTERM is as ctrl-C in here, so that workers save their trials: whoever preempts a machine says so by it. Only a
    main thread hears of signals; in another this does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


class Driver:
    """A study's trials on their way through an executor; other drivers may work on the same study.

    Args:
        study: its folder.
        due: the trials without a record that the records at hand call for, most urgent first.
        records: by trial id; those found on disk at the start, completed here.
        watch: called with every event.
    """

    def __init__(
        self, study: Path, due: Due, records: dict[str, Record], watch: Callable[[Event], None]
    ) -> None:
        self.study, self.due, self.records, self.watch = study, due, records, watch
        self._at_work: set[str] = set()
        self._returned: Counter[str] = Counter()
        self._in_a_row = 0
        self._reason = ""

    def run(self, executor: Executor) -> None:
        """Train until nothing is due any more.

        Raises:
            MachineTrouble: the machine failed too often; what is finished is kept.
        """
        with Leases(self.study) as leases:
            while due := self._due():
                self._submit(due, executor, leases)
                for event in executor.events() if self._at_work else self._of_others(due):
                    self._take(event, leases)
                    self.watch(event)
                if self._in_a_row >= executor.slots + SPARE:
                    raise MachineTrouble(f"{self._in_a_row} times in a row: {self._reason}; {KEPT}")
        if lost := [trial.id for trial in self.due(self.records)]:
            raise MachineTrouble(
                f"{counted(len(lost), 'trial')} could not be run in {ATTEMPTS} attempts "
                f"({lost[0]}: {self._reason}); {KEPT}"
            )

    def _due(self) -> list[Trial]:
        """What is at work or may be; whatever never failed comes first."""
        able = [trial for trial in self.due(self.records) if self._returned[trial.id] < ATTEMPTS]
        return sorted(able, key=lambda trial: self._returned[trial.id])

    def _submit(self, due: Sequence[Trial], executor: Executor, leases: Leases) -> None:
        waiting = (trial for trial in due if trial.id not in self._at_work)
        while len(self._at_work) < executor.slots and (trial := next(waiting, None)):
            if not leases.take(trial.id):
                continue
            if record := find_record(self.study, trial.id):  # another driver was quicker
                self._take(Finished(record), leases)
            else:
                self._at_work.add(trial.id)
                executor.submit(trial)

    def _of_others(self, due: Sequence[Trial]) -> list[Event]:
        """What other drivers have finished, after a while."""
        time.sleep(POLL_SECONDS)
        found = (find_record(self.study, trial.id) for trial in due)
        return [Finished(record) for record in found if record]

    def _take(self, event: Event, leases: Leases) -> None:
        match event:
            case Finished(record):
                self.records[record.id] = record
                self._in_a_row = 0
            case Returned(trial, reason, counts):
                self._returned[trial.id] += counts
                self._in_a_row += counts
                self._reason = reason
            case _:
                return
        self._at_work.discard(event.trial.id)
        leases.release(event.trial.id)
