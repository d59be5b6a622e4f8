"""Reading one member of an archive, archives within archives included; nothing is ever extracted to disk."""

import gzip
import io
import lzma
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_AR_MAGIC, _AR_HEADER = b"!<arch>\n", 60
_ZIP_MAGIC, _GZIP_MAGIC = b"PK\x03\x04", b"\x1f\x8b"
_MAGIC = {".deb": _AR_MAGIC, ".zip": _ZIP_MAGIC, ".gz": _GZIP_MAGIC, ".tgz": _GZIP_MAGIC}
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError)


class DataError(ValueError):
    """A data set cannot be had or read; the message says why and what to do."""


def read_member(path: Path, *chain: str) -> bytes:
    """The bytes of one member of an archive.

    Args:
        path: a .tar.*, .zip, .gz or .deb file.
        chain: the member's path inside the archive, then the path inside that member, and so on. A bare .gz
            has one member, whatever it is called.
    Returns:
        The member, uncompressed.
    Raises:
        DataError: if the archive is damaged or has no such member.
    """
    with open_member(path, chain) as stream:
        return stream.read()


@contextmanager
def open_member(path: Path, chain: tuple[str, ...]) -> Iterator[IO[bytes]]:
    """Opens what `read_member` reads, as a stream; an empty chain opens the file itself.

    Only the archives on the way to the last member are held in memory.
    """
    try:
        with path.open("rb") as file:
            stream: IO[bytes] = file
            for depth, member in enumerate(chain):
                stream = _open_inner(stream, member)
                if depth < len(chain) - 1:
                    stream = io.BytesIO(stream.read())
            yield stream
    except _DAMAGE as error:
        raise DataError(f"{path.name}: damaged or not an archive ({error})") from error


def starts_like(path: Path, name: str) -> bool:
    """Whether a file can be one that is usually called `name`, by its first bytes; no archive is searched."""
    with path.open("rb") as file:
        return file.read(len(_AR_MAGIC)).startswith(_MAGIC.get(Path(name).suffix, b""))


def _open_inner(archive: IO[bytes], member: str) -> IO[bytes]:
    magic = archive.read(len(_AR_MAGIC))
    archive.seek(0)
    if magic.startswith(_ZIP_MAGIC):
        return _open_in_zip(archive, member)
    if magic == _AR_MAGIC:
        return _open_in_deb(archive, member)
    if magic.startswith(_GZIP_MAGIC) and not tarfile.is_tarfile(archive):
        archive.seek(0)
        return gzip.open(archive)  # type: ignore[return-value]
    archive.seek(0)
    return _open_in_tar(archive, member)


def _open_in_zip(archive: IO[bytes], member: str) -> IO[bytes]:
    try:
        return zipfile.ZipFile(archive).open(member)
    except KeyError as error:
        raise DataError(f"no member {member} in the zip file") from error


def _open_in_tar(archive: IO[bytes], member: str) -> IO[bytes]:
    tar = tarfile.open(fileobj=archive)  # noqa: SIM115 - the caller goes on reading from it
    for info in tar:
        if info.isfile() and info.name.removeprefix("./") == member:
            stream = tar.extractfile(info)
            assert stream is not None  # only links and folders have none
            return stream
    raise DataError(f"no member {member} in the tar file")


def _open_in_deb(archive: IO[bytes], member: str) -> IO[bytes]:
    """A Debian package is an ar archive (a 60-byte header before each part) around data.tar.*."""
    archive.seek(len(_AR_MAGIC))
    while len(header := archive.read(_AR_HEADER)) == _AR_HEADER:
        name, size = header[:16].decode("ascii", "replace").strip(" /"), int(header[48:58])
        if name == "data.tar.zst" and sys.version_info < (3, 14):
            return _open_in_zstd_deb(archive, member)
        if name.startswith("data.tar"):
            return _open_in_tar(io.BytesIO(archive.read(size)), member)
        archive.seek(size + size % 2, io.SEEK_CUR)
    raise EOFError("no data.tar in the package")


def _open_in_zstd_deb(archive: IO[bytes], member: str) -> IO[bytes]:
    """Ubuntu packs with zstd, which tarfile reads from Python 3.14 on; before that, dpkg-deb must help."""
    archive.seek(0)
    command = ["dpkg-deb", "--fsys-tarfile", "-"]
    try:
        unpacked = subprocess.run(command, input=archive.read(), capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise DataError(
            "the package holds data.tar.zst; reading that needs dpkg-deb or Python 3.14. "
            f"Unpack it yourself and add its {member}"
        ) from error
    return _open_in_tar(io.BytesIO(unpacked.stdout), member)
