"""Files as tables, told apart by what is in them."""

import bz2
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from steepness.laws.reading.tables import Table, from_columns, from_json
from steepness.laws.reading.text import from_text

FILE = "file"  # the column that says which of several files a row is from
PACKED: dict[bytes, tuple[str, Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": ("gzip", gzip.decompress), b"BZh": ("bzip2", bz2.decompress),
    b"\xfd7zXZ\0": ("xz", lzma.decompress),
}  # fmt: skip
"""How a packed file begins, what it is called, and how it is unpacked."""


def open_table(source: Any) -> Table:
    """A path, "-" for standard input, a data frame, a mapping of columns, or records.

    Raises:
        ValueError: not a table; names file, line and remedy.
        OSError: the file cannot be read.
        ImportError: a format that needs a library that is not installed.
    """
    if not isinstance(source, str | Path):
        return from_columns("the table", source)
    if str(source) == "-":
        return _of_bytes("standard input", sys.stdin.buffer.read())
    path = Path(source)
    if "tfevents" in path.name:
        return _of_events(path)
    return _of_bytes(str(source), path.read_bytes())


def _of_bytes(source: str, raw: bytes) -> Table:
    raw = _unpacked(source, raw)
    if raw[:4] == b"PAR1":
        return _of_parquet(source, raw)
    if raw[:4] == b"PK\x03\x04":
        raise ValueError(f"{source}: a spreadsheet or an archive; save the sheet as CSV, or unpack it")
    if raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return from_json(source, raw.decode("utf-8-sig", errors="replace"))
    return from_text(source, raw)


def _unpacked(source: str, raw: bytes) -> bytes:
    """What is in a packed file; any other as it is."""
    for begins, (name, unpack) in PACKED.items():
        if raw.startswith(begins):
            try:
                return unpack(raw)
            except (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError) as error:
                raise ValueError(
                    f"{source}: not a whole {name} file ({error}); fetch or pack it again"
                ) from None
    if raw.startswith(b"\x28\xb5\x2f\xfd"):
        raise ValueError(f"{source}: packed by zstd, which is not read here; unpack it: zstd -d {source}")
    return raw


def _of_parquet(source: str, raw: bytes) -> Table:
    from pyarrow import parquet

    found = parquet.read_table(io.BytesIO(raw))
    return from_columns(source, {n: found[n].to_pylist() for n in found.column_names})


def _of_events(path: Path) -> Table:
    """Every scalar of a TensorBoard event file, a column each, over the steps of the run."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(path), size_guidance={"scalars": 0})
    events.Reload()
    rows: dict[int, dict[str, float]] = {}
    for tag in events.Tags()["scalars"]:
        for event in events.Scalars(tag):
            rows.setdefault(event.step, {})[tag] = event.value
    names = tuple(dict.fromkeys(tag for row in rows.values() for tag in row))
    cells = [[row.get(name) for row in rows.values()] for name in names]
    return Table(
        source=str(path),
        names=("step", *names),
        cells=(list(rows), *cells),
        form="TensorBoard events",
        line=None,
        run_log=True,
    )


def joined(tables: Sequence[Table]) -> Table:
    """Several files as one table, with a column that says which file a row is from.

    Raises:
        ValueError: they have no column in common.
    """
    if len(tables) == 1:
        return tables[0]
    names = tuple(dict.fromkeys(name for table in tables for name in table.names))
    if not set.intersection(*(set(table.names) for table in tables)):
        raise ValueError(f"{tables[0].source} and {tables[1].source} have no column in common")
    cells: dict[str, list[Any]] = {name: [] for name in names}
    starts: list[int] = []
    files: list[str] = []
    for table in tables:
        starts.append(len(files))
        own = dict(zip(table.names, table.cells, strict=True))
        for name in names:
            cells[name] += own.get(name, [None] * len(table))
        files += [table.source] * len(table)

    def line(row: int) -> int:
        at = max(i for i, start in enumerate(starts) if start <= row)
        found = tables[at].line
        return found(row - starts[at]) if found else row - starts[at] + 1

    form = ", ".join(dict.fromkeys(t.form for t in tables if t.form))
    return Table(
        source=f"{len(tables)} files", names=(FILE, *names), cells=(files, *cells.values()), form=form,
        line=line,
        run_log=any(t.run_log for t in tables),
    )  # fmt: skip
