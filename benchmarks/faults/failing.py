"""The nth call of everything that takes something from the machine fails, then the study is run again."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NoReturn

from msgspec import UNSET

from benchmarks.faults import Row, verdict
from benchmarks.faults.studies import bare, differences, here
from steepness.executors.base import MachineTrouble
from steepness.training.trial import Record
from tests.toy import Toy

MOST = 40
"""Of the calls of one kind that fail in turn, drawn where there are more."""
ALLOCATING = ("load", "build", "batches", "loss", "evaluate")
"""What of a domain asks for memory."""


class Strike:
    """Counts calls, and has one of them fail."""

    def __init__(self, at: int, error: Callable[[], BaseException]) -> None:
        self.at, self.error, self.calls = at, error, 0

    def __call__(self) -> None:
        """A call."""
        self.calls += 1
        if self.calls == self.at:
            raise self.error()


class Written:
    """An open file whose writes are counted."""

    def __init__(self, file: IO[Any], strike: Strike) -> None:
        self._file, self._strike = file, strike

    def __enter__(self) -> Written:
        self._file.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._file.__exit__(*error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, part: Any) -> int:
        """Write, or fail."""
        self._strike()
        return self._file.write(part)


@contextmanager
def patched(owner: Any, name: str, wrapper: Callable[[Any], Any]) -> Iterator[None]:
    """A function replaced by what `wrapper` makes of it."""
    original = getattr(owner, name)
    setattr(owner, name, wrapper(original))
    try:
        yield
    finally:
        setattr(owner, name, original)


def calls(strike: Strike, *functions: tuple[Any, str]) -> AbstractContextManager[Any]:
    """The strike before each call of these functions."""

    def wrapper(original: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            strike()
            return original(*args, **kwargs)

        return call

    stack = ExitStack()
    for owner, name in functions:
        stack.enter_context(patched(owner, name, wrapper))
    return stack


def writes(strike: Strike) -> AbstractContextManager[Any]:
    """The strike before each write to a file."""

    def wrapper(original: Any) -> Any:
        def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            file = original(path, mode, *args, **kwargs)
            return Written(file, strike) if set(mode) & set("wax+") else file

        return opened

    return patched(Path, "open", wrapper)


def full_disk() -> OSError:
    """As a full disk fails."""
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def no_handle() -> OSError:
    """As a process without a free file handle fails."""
    return OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def no_memory() -> RuntimeError:
    """As torch says that the CPU has no memory left."""
    return RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 400 bytes.")


def allocations(strike: Strike) -> AbstractContextManager[Any]:
    """The strike before everything of the domain that asks for memory."""
    return calls(strike, *((Toy, name) for name in ALLOCATING))


KINDS: dict[str, tuple[Callable[[Strike], AbstractContextManager[Any]], Callable[[], BaseException]]] = {
    "No file handle left at the nth open": (lambda s: calls(s, (Path, "open"), (os, "open")), no_handle),
    "No space left at the nth write": (writes, full_disk),
    "No space left at the nth fsync": (lambda s: calls(s, (os, "fsync")), full_disk),
    "No space left at the nth rename": (lambda s: calls(s, (Path, "replace")), full_disk),
    "No space left at the nth new folder": (lambda s: calls(s, (Path, "mkdir")), full_disk),
    "No memory left at the nth batch, loss, evaluation, model, data set": (allocations, no_memory),
}


def failures(workplace: Path) -> Iterator[Row]:
    """A row for each kind of call."""
    here(workplace / "quick")
    whole, halved = bare(workplace / "quick"), _halved(workplace / "halved")
    for number, (name, (inject, error)) in enumerate(KINDS.items()):
        counted = Strike(0, error)
        with inject(counted):
            here(workplace / f"counted-{number}")
        turns = list(range(1, counted.calls + 1))
        drawn = sorted(random.Random(0).sample(turns, min(MOST, len(turns))))
        wrong = list[str]()
        for at in drawn:
            folder = workplace / f"failed-{number}-{at}"
            faults = _failed(folder, inject(Strike(at, error)), whole, halved)
            wrong += [f"{at}: {', '.join(faults)}"] if faults else []
        often = f"every n, {len(turns)}" if drawn == turns else f"{len(drawn)} drawn from {len(turns)}"
        yield f"{name}, then run again", often, verdict(len(drawn), wrong)


def _failed(
    folder: Path,
    injected: AbstractContextManager[Any],
    whole: dict[str, Record],
    halved: dict[str, Record],
) -> list[str]:
    """Run with the fault, run without, and what is wrong then; a trial that ran out of memory was learnt in halves."""
    with injected, suppress(OSError, MachineTrouble, ValueError, RuntimeError):
        here(folder)
    here(folder)
    parts = {i for i, record in bare(folder).items() if record.micro_batch is not UNSET}
    return differences(folder, whole | {i: halved[i] for i in parts})


def _halved(folder: Path) -> dict[str, Record]:
    """The study on a machine that never has room for more than half a batch."""

    def wrapper(original: Any) -> Any:
        def loss(domain: Any, model: Any, batch: Any, state: Any) -> Any:
            return original(domain, model, batch, state) if len(batch[0]) <= 8 else _refused()

        return loss

    with patched(Toy, "loss", wrapper):
        here(folder)
    return bare(folder)


def _refused() -> NoReturn:
    raise no_memory()
