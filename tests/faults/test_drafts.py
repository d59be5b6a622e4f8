"""Drafts of files that were never finished: removed when their process is dead, whoever has its number now."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from steepness.data.files import TEMPORARY, sweep, write_atomically
from steepness.data.processes import born


def drafts(folder: Path) -> list[Path]:
    return list(folder.glob(f".*{TEMPORARY}"))


@pytest.fixture
def killed_at_it(tmp_path: Path) -> Iterator[int]:
    """A process that was killed while it wrote, and that nobody has waited for yet."""

    def die(_: IO[bytes]) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    pid = os.fork()
    if not pid:
        write_atomically(tmp_path / "a.json", die)
    deadline = time.monotonic() + 10
    while born(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    yield pid
    os.waitpid(pid, 0)


def test_what_a_killed_process_left_goes_though_its_parent_has_not_noticed(
    killed_at_it: int, tmp_path: Path
) -> None:
    assert Path(f"/proc/{killed_at_it}").exists()
    assert len(drafts(tmp_path)) == 1
    sweep(tmp_path)
    assert not drafts(tmp_path)


def test_what_a_living_process_writes_stays_and_what_one_of_its_number_left_goes(tmp_path: Path) -> None:
    def look(_: IO[bytes]) -> None:
        (mine,) = drafts(tmp_path)
        mine.with_name(mine.name.replace(born(os.getpid()), "1")).touch()
        assert len(drafts(tmp_path)) == 2
        sweep(tmp_path)
        assert drafts(tmp_path) == [mine]

    write_atomically(tmp_path / "a.json", look)
    assert not drafts(tmp_path)
