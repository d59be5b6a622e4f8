"""The roll of a study: which records its last run left, so that one that is lost or edited since is noticed.

What a search calls for hangs on how its trials came out, on what a budget bought, and on rules that later versions may
change: which record is missing cannot be told from those that are there. So it is written down; no decision reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from steepness.data.files import write_json
from steepness.training.records import decode, trial_path

ROLL = "roll.json"


class Roll(msgspec.Struct, frozen=True, kw_only=True):
    """Written as a run begins to train, and again when it is stopped or nothing is due any more."""

    ended: bool
    """Whether the last run came to its end; not while one trains, nor after one that was stopped."""
    trials: dict[str, str]
    """Of the trials that had records then, by id: the first 16 digits of the SHA-256 of each record's file."""

    def faults(self, study: Path) -> Iterator[str]:
        """A sentence for each record that is not there as it was left."""
        for trial_id, digest in self.trials.items():
            path = trial_path(study, trial_id)
            if not path.is_file():
                yield f"{path}: lost; the study's last run left a record here"
            elif _digest(path) != digest:
                yield f"{path}: not as the study's last run left it"


def read_roll(study: Path) -> Roll | None:
    """The study's roll; None in studies older than it.

    Raises:
        ValueError: it is damaged.
    """
    path = study / ROLL
    return decode(path, Roll, "run the study again to write it anew") if path.exists() else None


def call_roll(study: Path, trial_ids: Iterable[str], *, ended: bool) -> None:
    """Write down the records of these trials; not again where the same stands there, as a folder may be read-only."""
    roll = Roll(ended=ended, trials={i: _digest(trial_path(study, i)) for i in sorted(trial_ids)})
    try:
        before = read_roll(study)
    except ValueError:
        before = None
    if roll != before:
        write_json(study / ROLL, roll)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
