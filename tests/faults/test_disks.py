"""Disks that are full, and file systems that lack something: a line for the user, nothing half-written."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from steepness.data import storage
from steepness.data.archives import DataError
from steepness.data.artefacts import Cache
from steepness.data.preparing import save_blocks
from steepness.report.page import write_report
from tests.synthetic import MakeStudy


def full(*_: object) -> NoReturn:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_large_array_is_written_as_numpy_would_and_without_a_memory_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    array = np.arange(1000, dtype=np.uint16).reshape(500, 2)
    monkeypatch.setattr("numpy.memmap", full)
    save_blocks(
        tmp_path / "ours.npy", array.shape, array.dtype, (array[i : i + 64] for i in range(0, 500, 64))
    )
    np.save(tmp_path / "theirs.npy", array)
    assert (tmp_path / "ours.npy").read_bytes() == (tmp_path / "theirs.npy").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_a_full_disk_while_preparing_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    def build(folder: Path) -> None:
        (folder / "tokens.npy").symlink_to("/dev/full")
        save_blocks(folder / "tokens.npy", (10**6,), np.int64, [np.zeros(10**6)])

    with pytest.raises(DataError, match=r"cannot write to the cache .*No space left.*free some space"):
        Cache(tmp_path).prepared("text", "inputs", build)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


@pytest.mark.parametrize("at", [1, 4, 9])
def test_a_full_disk_while_reporting_leaves_each_file_whole(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    study, calls, fsync = make_study(shards=3), [0], os.fsync
    write_report(study)
    before = contents(study.path)

    def fail_later(handle: int) -> None:
        calls[0] += 1
        full() if calls[0] == at else fsync(handle)

    monkeypatch.setattr(os, "fsync", fail_later)
    with pytest.raises(OSError, match="No space left") as error:
        write_report(study)
    assert str(study.path) in str(error.value.filename), "the user is told which disk"
    assert contents(study.path) == before


def contents(folder: Path) -> dict[str, int]:
    """Every file and its size; no temporary ones among them."""
    return {str(path): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("lack", [errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK])
def test_a_cache_on_a_file_system_without_flock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lack: int
) -> None:
    def no_flock(*_: object) -> NoReturn:
        raise OSError(lack, os.strerror(lack))

    monkeypatch.setattr(fcntl, "flock", no_flock)
    for turn in range(2):
        with storage.writing(tmp_path, "text"):
            (tmp_path / f"{turn}").touch()
    assert (tmp_path / "1").exists()
