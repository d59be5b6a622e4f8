"""A user's text file, packed or not, as text; or one line that says why it is none."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from steepness.data.archives import DataError


def _unzstd(content: bytes) -> bytes:
    """By the first of these that is there: Python 3.14's own, zstandard, pyarrow.

    Raises:
        ImportError: none of them is.
        OSError: damaged.
    """
    for name, unpack in _ZSTD.items():
        try:
            library = importlib.import_module(name)
        except ImportError:
            continue
        try:
            return unpack(library, content)
        except Exception as error:  # each has its own name for what is damaged
            raise OSError(said_by(error)) from error
    raise ImportError("pip install zstandard")


def _frames(zstandard: Any, content: bytes) -> bytes:
    """Its readers take a file that ends too early for a whole one, and the first frame for all."""
    parts = []
    while content:
        frame = zstandard.ZstdDecompressor().decompressobj()
        parts.append(frame.decompress(content))
        if not frame.eof:
            raise ValueError("it ends too early")
        content = frame.unused_data
    return b"".join(parts)


_ZSTD: dict[str, Callable[[Any, bytes], bytes]] = {
    "compression.zstd": lambda zstd, content: zstd.decompress(content),
    "zstandard": lambda zstandard, content: _frames(zstandard, content),
    "pyarrow": lambda pyarrow, content: pyarrow.input_stream(io.BytesIO(content), compression="zstd").read(),
}
_UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress, ".zst": _unzstd,
}  # fmt: skip
_PACKED = {
    ".zip": "unpack it first: unzip FILE",
    ".tar": "unpack it first: tar xf FILE",
    ".tgz": "unpack it first: tar xf FILE",
    ".xlsx": "save it as tab-separated UTF-8 text first",
    ".pdf": "extract its text first: pdftotext FILE",
    ".docx": "save it as plain text first",
    ".epub": "save it as plain text first",
}
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError)


def kind_of(path: Path) -> str:
    """The extension of a file, packing aside: .tsv of pairs.tsv.gz; lower case, empty if it has none."""
    inner = path.with_suffix("") if path.suffix.lower() in _UNPACKED else path
    return inner.suffix.lower()


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, with or without a byte order mark; .gz, .bz2, .xz and .zst are unpacked.

    Raises:
        DataError: it cannot be read, is packed otherwise, or not UTF-8, naming the line and the remedy.
    """
    for suffix in (path.suffix.lower(), kind_of(path)):
        if suffix in _PACKED:
            raise not_read(path, suffix, _PACKED[suffix])
    try:
        content = _UNPACKED.get(path.suffix.lower(), bytes)(path.read_bytes())
    except ImportError as error:
        raise not_read(path, ".zst", f"{error}, or unpack it first: zstd -d FILE") from error
    except _DAMAGED as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"{path}: cannot be read ({why}). Give a readable text file.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        remedy = "UTF-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "LATIN1, or whatever it is in,"
        raise DataError(
            f"{path}, line {line}: not UTF-8 ({error.reason}). Convert the file first: iconv -f {remedy} -t UTF-8"
        ) from error


def said_by(error: Exception) -> str:
    """What a library says of a file, as one line."""
    return " ".join(str(error).split())


def not_read(path: Path, suffix: str, remedy: str) -> DataError:
    """The error for a kind of file that is not read."""
    return DataError(f"{path}: {suffix} files are not read; {remedy.replace('FILE', path.name)}")
