"""Hands trials to an executor until a study calls for none, and bears with a machine that fails now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from steepness.executors.base import Event, Executor, Finished, MachineTrouble, Returned
from steepness.training.trial import Record, Trial

ATTEMPTS = 3
"""Times that the machine may fail under one trial before that one is left for another day."""
SPARE = 3
"""Failures of the machine in a row that end the study, beyond one for each trial that runs at once."""

Due = Callable[[Mapping[str, Record]], Sequence[Trial]]


class Driver:
    """A study's trials on their way through an executor.

    Args:
        due: the trials without a record that the records at hand call for, most urgent first.
        records: by trial id; those found on disk at the start, completed here.
        watch: called with every event.
    """

    def __init__(
        self, executor: Executor, due: Due, records: dict[str, Record], watch: Callable[[Event], None]
    ) -> None:
        self.executor, self.due, self.records, self.watch = executor, due, records, watch
        self._at_work: set[str] = set()
        self._returned: Counter[str] = Counter()
        self._in_a_row = 0
        self._reason = ""

    def run(self) -> None:
        """Train until nothing is due any more.

        Raises:
            MachineTrouble: the machine failed too often; what is finished is kept.
        """
        while True:
            self._submit()
            if not self._at_work:
                break
            for event in self.executor.events():
                self._take(event)
                self.watch(event)
        if lost := [trial_id for trial_id, times in self._returned.items() if times >= ATTEMPTS]:
            raise MachineTrouble(
                f"{len(lost)} trials could not be run in {ATTEMPTS} attempts ({lost[0]}: {self._reason}); what is "
                "finished is kept: see to the machine, then run again"
            )

    def _submit(self) -> None:
        due = [trial for trial in self.due(self.records) if trial.id not in self._at_work]
        able = [trial for trial in due if self._returned[trial.id] < ATTEMPTS]
        waiting = sorted(
            able, key=lambda trial: self._returned[trial.id]
        )  # whatever may be harmless comes first
        for trial in waiting[: self.executor.slots - len(self._at_work)]:
            self._at_work.add(trial.id)
            self.executor.submit(trial)

    def _take(self, event: Event) -> None:
        match event:
            case Finished(record):
                self._at_work.discard(record.id)
                self._returned.pop(record.id, None)
                self.records[record.id] = record
                self._in_a_row = 0
            case Returned(trial, reason):
                self._at_work.discard(trial.id)
                self._returned[trial.id] += 1
                self._in_a_row += 1
                self._reason = reason
                if self._in_a_row >= self.executor.slots + SPARE:
                    raise MachineTrouble(
                        f"{self._in_a_row} times in a row: {reason}; what is finished is kept: see to the machine, "
                        "then run again"
                    )
            case _:
                pass
