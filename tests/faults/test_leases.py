"""Several drivers, on one host or more, work on one study: every trial once, and none is lost with its driver."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import msgspec
import pytest

from steepness.data.files import temporary
from steepness.study import leases
from steepness.study.leases import Holder, Leases, this_process
from steepness.training.records import record_paths
from tests.faults.conftest import Run


def test_a_trial_is_one_drivers_until_it_is_released(tmp_path: Path) -> None:
    with Leases(tmp_path) as mine, Leases(tmp_path) as yours:
        assert mine.take("a")
        assert not yours.take("a")
        assert yours.take("b")
        mine.release("a")
        assert yours.take("a")
    assert not list((tmp_path / "leases").iterdir()), "nothing is left"


def test_a_dead_drivers_trial_is_taken_over_at_once(tmp_path: Path) -> None:
    with Leases(tmp_path) as mine:
        mine.take("a")
        (tmp_path / "leases" / "b.0").write_bytes(msgspec.json.encode(dead()))
        assert mine.take("b")


def dead() -> Holder:
    return msgspec.structs.replace(this_process(), pid=2**22 + 1)


def test_another_process_of_the_same_number_is_not_the_holder(tmp_path: Path) -> None:
    with Leases(tmp_path) as mine:
        later = msgspec.structs.replace(this_process(), born="1")
        (tmp_path / "leases" / "a.0").write_bytes(msgspec.json.encode(later))
        assert mine.take("a")


def test_another_hosts_trial_is_taken_over_when_its_heart_has_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = msgspec.structs.replace(this_process(), host="elsewhere")  # with the same process number
    with Leases(tmp_path) as mine:
        lease = tmp_path / "leases" / "a.0"
        lease.write_bytes(msgspec.json.encode(elsewhere))
        assert not mine.take("a")
        monkeypatch.setattr(leases, "TAKEOVER_SECONDS", 0.0)
        time.sleep(0.05)
        assert mine.take("a")
        mine.release("a")
        assert not lease.exists()


def test_a_lease_from_a_clock_set_back_since_is_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "TAKEOVER_SECONDS", 0.2)
    with Leases(tmp_path) as mine:
        lease = tmp_path / "leases" / "a.0"
        lease.write_bytes(msgspec.json.encode(msgspec.structs.replace(this_process(), host="elsewhere")))
        for year in (2100, 2101):  # touched between two looks: it lives
            os.utime(lease, (0, (year - 1970) * 3.15e7))
            assert not mine.take("a")
            time.sleep(0.3)
        assert mine.take("a")


@pytest.mark.parametrize("content", [b"", b"{", b'{"host": "\xff"}', b'{"host": 1}'])
def test_a_damaged_lease_is_waited_for_and_then_taken_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    with Leases(tmp_path) as mine:
        (tmp_path / "leases" / "a.0").write_bytes(content)
        assert not mine.take("a")
        monkeypatch.setattr(leases, "TAKEOVER_SECONDS", 0.0)
        time.sleep(0.05)
        assert mine.take("a")


def test_a_full_disk_leaves_no_empty_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(value: object) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    with Leases(tmp_path) as mine:
        with monkeypatch.context() as patch:
            patch.setattr(leases.msgspec.json, "encode", full)
            with pytest.raises(OSError, match=r"a\.0"):
                mine.take("a")
        assert mine.take("a")


def test_what_a_killed_driver_left_among_the_leases_is_removed(run: Run) -> None:
    study = run().path
    folder, done = study / "leases", record_paths(study)[0].stem
    folder.mkdir(exist_ok=True)
    (folder / f"{done}.0").write_bytes(msgspec.json.encode(dead()))
    clock = temporary(folder / "clock")
    clock.with_name(clock.name.replace(f".{os.getpid()}.", ".4194305.")).touch()
    run()
    assert not list(folder.iterdir())


def test_a_lease_lost_to_another_driver_is_not_released_for_it(tmp_path: Path) -> None:
    with Leases(tmp_path) as mine:
        mine.take("a")
        theirs = tmp_path / "leases" / "a.1"
        theirs.write_bytes(msgspec.json.encode(this_process()))
        mine.release("a")
        assert theirs.exists()
        theirs.unlink()


def test_a_heart_beats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "HEARTBEAT_SECONDS", 0.02)
    with Leases(tmp_path) as mine:
        mine.take("a")
        lease = tmp_path / "leases" / "a.0"
        os.utime(lease, (0, 0))
        deadline = time.monotonic() + 30
        while lease.stat().st_mtime == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert lease.stat().st_mtime > 0
