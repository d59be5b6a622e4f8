"""Data sets' files: fetched, verified by SHA-256, cached; and what is prepared from them, built once."""

import hashlib
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec
import platformdirs

from steepness.data.archives import DataError, open_member, read_member, starts_like
from steepness.data.clients import Report
from steepness.data.files import land, stamp
from steepness.data.sources import DebianPackage, NpmTarball, PyPISdist, Source, Url
from steepness.data.storage import damage, scratch, seal, sha256, writing

__all__ = [
    "Artefact",
    "Cache",
    "DataError",
    "DebianPackage",
    "NpmTarball",
    "Progress",
    "PyPISdist",
    "Source",
    "Url",
    "read_member",
]

_log = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with (artefact's name, bytes done, bytes expected or 0 where unknown) as a download advances."""


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a data set, known by its bytes; where they come from does not matter.

    Args:
        name: plain file name it gets in the cache.
        sha256: of the file, in hexadecimal.
        size: of the file, bytes.
        licence: what it may be used for, in a few words.
        sources: where to try, in this order. Each names the member that is the file.
    """

    name: str
    sha256: str
    size: int
    licence: str
    sources: tuple[Source, ...]


class Cache:
    """A folder of verified files and of arrays prepared from them, shared by any number of processes.

    Args:
        root: the folder; made when first written to.
        offline: never open a connection.
        progress: told how downloads advance.
        checked: another process of this run has read and hashed what is prepared; only its sizes are compared.
    """

    def __init__(
        self, root: Path, offline: bool = False, progress: Progress | None = None, checked: bool = False
    ) -> None:
        self.root = root
        self.offline = offline
        self._progress = progress
        self._checked = checked
        self._whole: set[Path] = set()
        self._verified: dict[Path, tuple[int, int, int]] = {}

    @classmethod
    def default(cls, offline: bool = False, progress: Progress | None = None) -> Self:
        """The user's cache: the folder STEEPNESS_CACHE names, else the platform's usual place."""
        chosen = os.environ.get("STEEPNESS_CACHE")
        root = Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("steepness")
        return cls(root.absolute(), offline, progress)

    def path(self, artefact: Artefact) -> Path:
        """Where the artefact is, or would be. Bytes that change upstream get a new place."""
        return self.root / "artefacts" / f"{artefact.sha256[:12]}-{artefact.name}"

    def get(self, artefact: Artefact) -> Path:
        """The artefact's file, fetched unless it is there; its hash is checked once a process.

        Raises:
            DataError: if no source has it, the cache cannot be written, or it is missing and we are offline.
        """
        path = self.path(artefact)
        if self._is_whole(artefact):
            return path
        state = "damaged" if path.exists() else "missing"
        if self.offline:
            remedy = "run once without, or add a copy you have with: steepness data add FILE"
            raise DataError(f"{path} is {state}, and --offline forbids fetching it: {remedy}")
        if state == "damaged":
            _log.warning("%s no longer has the right bytes; fetching it again", path)
        with writing(self.root, path.name):
            if not self._is_whole(artefact):  # another process may have fetched it while we waited
                self._fetch(artefact)
        return path

    def add(self, file: Path, artefacts: Sequence[Artefact]) -> Artefact:
        """Takes a file the user already has: an artefact itself, or any of the archives around it.

        Returns:
            The artefact it turned out to be, now in the cache.
        Raises:
            DataError: if the file cannot be read or holds none of the artefacts.
        """
        if not file.is_file() or not os.access(file, os.R_OK):
            raise DataError(f"{file}: no such file, or not readable")
        for artefact in artefacts:
            for name, chain in dict.fromkeys(_ways(artefact)):
                if starts_like(file, name) and _holds(file, chain, artefact):
                    entry = self.path(artefact).name
                    with writing(self.root, entry), scratch(self.root, entry) as folder:
                        self._land(artefact, file, chain, folder)
                    return artefact
        known = ", ".join(artefact.name for artefact in artefacts)
        raise DataError(
            f"{file}: its bytes are those of no known data set ({known}); is it a different version?"
        )

    def prepared(self, name: str, fingerprint_inputs: str, build: Callable[[Path], None]) -> Path:
        """A folder of arrays, built once for all processes and runs; hashed once a process, and built anew if damaged.

        Args:
            name: for the reader, part of the folder's name.
            fingerprint_inputs: all the content depends on: hashes of artefacts, version of the preparation,
                its parameters. Other inputs get another folder.
            build: fills the empty folder it is given. The folder counts only once `build` has returned.
        Returns:
            The finished folder.
        Raises:
            DataError: if it cannot be written.
        """
        digest = hashlib.sha256(f"sealed {fingerprint_inputs}".encode()).hexdigest()
        path = self.root / "prepared" / f"{name}-{digest[:12]}"
        if not self._wrong_with(path):
            return path
        with writing(self.root, path.name), scratch(self.root, path.name) as folder:
            if wrong := self._wrong_with(path):  # another process may have built it while we waited
                draft = folder / "draft"
                draft.mkdir()
                build(draft)
                seal(draft)
                if path.is_dir():
                    _log.warning("%s is damaged (%s); prepared again", path, wrong)
                    path.replace(folder / "damaged")
                land(draft, path)
                self._whole.add(path)
        return path

    def _wrong_with(self, path: Path) -> str:
        """Why a prepared folder cannot be used; empty if it can."""
        if path in self._whole and path.is_dir():
            return ""
        wrong = damage(path, hashes=not self._checked) if path.is_dir() else "missing"
        if not wrong:
            self._whole.add(path)
        return wrong

    def _fetch(self, artefact: Artefact) -> None:
        name = self.path(artefact).name
        failures = []
        for number, source in enumerate(artefact.sources):
            try:
                with scratch(self.root, f"{name}/{number}") as folder:
                    download = source.fetch(folder, self._reporter(artefact, source))
                    self._land(artefact, download, source.member, folder)
            except DataError as error:
                failures.append(f"{source}: {error}")
            else:
                shutil.rmtree(self.root / "partial" / name, ignore_errors=True)
                return
        raise DataError(
            f"{artefact.name} could not be fetched ({'; '.join(failures)}). Connect and run again, or get one of these "
            "elsewhere, as it is, then: steepness data add FILE"
        )

    def _reporter(self, artefact: Artefact, source: Source) -> Report:
        """Where a client knows no size: the artefact's own, if that is what is downloaded."""
        size = 0 if source.member else artefact.size

        def report(done: int, expected: int) -> None:
            if self._progress:
                self._progress(artefact.name, min(done, expected or size or done), expected or size)

        return report

    def _land(self, artefact: Artefact, file: Path, chain: tuple[str, ...], folder: Path) -> None:
        """Brings the member to its place, by rename, if it has the right bytes."""
        draft, path = folder / "landing", self.path(artefact)
        with open_member(file, chain) as stream, draft.open("wb") as target:
            found = sha256(stream, target)
        if found != artefact.sha256:
            raise DataError(
                f"not the expected bytes (SHA-256 {found[:12]}..., not {artefact.sha256[:12]}...)"
            )
        land(draft, path)
        self._verified[path] = stamp(path)

    def _is_whole(self, artefact: Artefact) -> bool:
        path = self.path(artefact)
        if not path.is_file():
            return False
        now = stamp(path)
        if self._verified.get(path) != now and _holds(path, (), artefact):
            self._verified[path] = now
        return self._verified.get(path) == now


def _holds(file: Path, chain: tuple[str, ...], artefact: Artefact) -> bool:
    try:
        with open_member(file, chain) as stream:
            return sha256(stream) == artefact.sha256
    except DataError:
        return False


def _ways(artefact: Artefact) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Files one may have, by their names, each with the chain of members that leads on to the artefact."""
    for source in artefact.sources:
        names = (source.filename, *source.member)
        for depth, name in enumerate(names):
            yield name, names[depth + 1 :]
