"""What a study's folder may hold, and what else lies there: what is unknown could be anything, a link lead anywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from steepness.executors.worker import CHECKPOINTS
from steepness.study.leases import LEASES
from steepness.study.manifest import MANIFEST
from steepness.study.roll import ROLL
from steepness.training.records import ASIDE, TRIALS

TABLE = "curves.csv"
FIGURES = "figures"
FILES = {MANIFEST, ROLL, TABLE, "report.html", "report.md"}
FOLDERS = {
    TRIALS: ("a record", re.compile(r"[^.].*\.json")),
    CHECKPOINTS: ("a checkpoint", re.compile(r"[0-9a-f]{16}(\.before)?\.pt")),
    LEASES: ("a lease", re.compile(r"[0-9a-f]{16}\.[0-9]+")),
    ASIDE: ("a record", re.compile(r".*\.json")),
    FIGURES: ("a figure", re.compile(r".*\.(csv|json|pdf|svg)")),
}
"""What each holds, and how that is called."""


def strangers(study: Path) -> Iterator[str]:
    """A sentence for each file, folder or link that is none of a study's."""
    for path in sorted(study.iterdir()):
        if path.name not in FILES | FOLDERS.keys():
            yield f"{path}: not a file of a study"
        elif path.is_symlink():
            yield f"{path}: a link; put what it leads to in its place"
        elif path.is_file() != (path.name in FILES):
            yield f"{path}: not a {'file' if path.name in FILES else 'folder'}"
    for folder, (what, called) in FOLDERS.items():
        for path in sorted((study / folder).rglob("*")):
            if path.is_symlink() or not path.is_file() or not called.fullmatch(path.name):
                yield f"{path}: not {what}"
