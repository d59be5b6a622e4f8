"""Who is at which trial: files beside the records, so that several drivers and hosts can work on one study.

A lease is a file that can only be made once, `leases/<trial>.<n>`, that its holder touches while it lives. It has run
out when its holder's process is gone, or when it has not been touched for a while, for a holder on another machine.
Then whoever makes `<trial>.<n+1>` has it. The worst that a mistake can do is to train a trial twice, to one record.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from steepness.data.files import temporary
from steepness.data.processes import born

LEASES = "leases"
HEARTBEAT_SECONDS = 15.0
TAKEOVER_SECONDS = 120.0
"""Without a heartbeat from another machine, by the file system's own clock, after which its trial is taken over."""


class Holder(msgspec.Struct, frozen=True):
    """A process anywhere."""

    host: str
    boot: str
    """Names the machine's present run, and the namespace that the process number is of."""
    pid: int
    born: str
    """Tells the process from a later one of the same number."""

    def may_live(self, here: Holder) -> bool:
        """Whether the process lives, as far as can be told from here."""
        if (self.host, self.boot) != (here.host, here.boot):
            return True
        return born(self.pid) == self.born


def this_process() -> Holder:
    """Who this is."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    space = Path("/proc/self/ns/pid")
    names = [boot.read_text().strip() if boot.exists() else "", os.readlink(space) if space.exists() else ""]
    return Holder(socket.gethostname(), " ".join(names), os.getpid(), born(os.getpid()))


class Leases:
    """The leases of one study that this process holds, kept alive while inside; a context manager.

    Args:
        study: its folder.
    """

    def __init__(self, study: Path) -> None:
        self.folder = study / LEASES
        self._me = this_process()
        self._held: dict[str, Path] = {}
        self._watched: dict[Path, tuple[float, float]] = {}
        self._ended = threading.Event()
        self._heart = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._heart.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._heart.join()
        for trial_id in list(self._held):
            self.release(trial_id)

    def take(self, trial_id: str) -> bool:
        """Whether the trial is this process's from now on; False while another is at it."""
        if trial_id in self._held:
            return True
        last = max(self._all(trial_id), default=None)
        if last and not self._has_run_out(last[1]):
            return False
        path = self.folder / f"{trial_id}.{last[0] + 1 if last else 0}"
        try:
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        except FileExistsError:
            return False
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(self._me))
        except OSError as error:  # of a full disk: an empty lease would be waited for
            path.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(path)) from error
        self._held[trial_id] = path
        return True

    def release(self, trial_id: str) -> None:
        """Let go of a trial: it has a record, or somebody else may try."""
        if mine := self._held.pop(trial_id, None):
            for number, path in sorted(self._all(trial_id)):
                if number <= int(mine.suffix[1:]):  # a later one is whoever's took this one over
                    path.unlink(missing_ok=True)

    def _all(self, trial_id: str) -> list[tuple[int, Path]]:
        found = self.folder.glob(f"{trial_id}.*")
        return [(int(path.suffix[1:]), path) for path in found if path.suffix[1:].isdecimal()]

    def _has_run_out(self, path: Path) -> bool:
        try:
            content, touched = path.read_bytes(), path.stat().st_mtime
        except FileNotFoundError:
            return False  # released this moment: it has a record now
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):  # not quite written yet, or damaged
            if not msgspec.json.decode(content, type=Holder).may_live(self._me):
                return True
        return self._now() - touched > TAKEOVER_SECONDS or self._is_still(path, touched)

    def _is_still(self, path: Path, touched: float) -> bool:
        """Whether it was not touched for as long as this process has watched it: a clock that was set back since then
        leaves it young for ever."""
        before, since = self._watched.get(path, (None, 0.0))
        if before != touched:
            self._watched[path] = (touched, time.monotonic())
            return False
        return time.monotonic() - since > TAKEOVER_SECONDS

    def _now(self) -> float:
        """Time by the clock that stamps the files, which may be another machine's."""
        clock = temporary(self.folder / "clock")
        clock.touch()
        now = clock.stat().st_mtime
        clock.unlink(missing_ok=True)
        return now

    def _beat(self) -> None:
        while not self._ended.wait(HEARTBEAT_SECONDS):
            for path in list(self._held.values()):
                with suppress(OSError):
                    os.utime(path)
