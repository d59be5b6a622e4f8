"""Running a package registry's own command-line client, with progress and a plain account of its failures."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from steepness.data.archives import DataError

Report = Callable[[int, int], None]
"""Called with (bytes done, bytes expected or 0 where unknown) as a download advances."""


def run_client(command: list[str], folder: Path, report: Report, remedy: str = "") -> None:
    """Runs a registry's client in `folder`; its complaint becomes a DataError."""
    name, *arguments = command
    program = shutil.which(name)
    if program is None:
        raise DataError(f"{name} is not installed")
    with subprocess.Popen(
        [program, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as client:
        try:
            complaint = _watch(client, folder, report)
        except BaseException:  # an interrupted download leaves no client behind
            client.kill()
            raise
    if client.returncode:
        raise DataError((reason(complaint) or f"{name} failed with status {client.returncode}") + remedy)


def _watch(client: "subprocess.Popen[str]", folder: Path, report: Report) -> str:
    """Waits for a client, reporting twice a second what has arrived; returns its complaints."""
    while True:
        try:
            return client.communicate(timeout=0.5)[1]
        except subprocess.TimeoutExpired:
            report(_bytes_in(folder), 0)


def _bytes_in(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except FileNotFoundError:  # the client renamed it meanwhile
                continue
    return total


def only_file(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise DataError(f"its client left {len(found)} files instead of one")
    return found[0]


def reason(trouble: object) -> str:
    """The first telling line of an error, without any password of a private index."""
    lines = [line for line in str(trouble).splitlines() if line.strip()]
    return re.sub(r"//[^/@\s]+@", "//", lines[0])[:200] if lines else ""
