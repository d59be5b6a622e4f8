"""Separated values as a table, whatever separates them and however they are encoded."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from steepness.laws.reading.numerals import MISSING, number
from steepness.laws.reading.tables import Table

SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "spaces"}
_SAMPLE = 30  # lines that a separator is judged by
_CHUNK = 500  # rows that become columns at a time: more would be alive when Python looks for garbage, which is slow
_PEEK = 4000  # characters by which text is told from anything else
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_HINT = re.compile(r'"?sep=.?"?\s*', re.I)  # what Excel writes above a table

Row = list[str]


def from_text(source: str, raw: bytes) -> Table:
    """Separated values; lines that begin with # are remarks.

    Raises:
        ValueError: no text, nothing in it, one column only, or rows of more cells than the head.
    """
    codec, encoding = _codec(source, raw)
    sample = list(islice((x for x in _lines(raw, codec) if _counts(x)), _SAMPLE))
    if not sample:
        raise ValueError(f"{source}: it is empty (columns: none); give columns m,error[,seed]")
    separator = _separator(sample)
    rows = _kept(_rows(_lines(raw, codec), separator))
    head = [name.strip() for name in next(rows)]
    named = not all(_is_number(name) for name in head)
    _check_width(source, head, separator, sample)

    def line(row: int) -> int:
        return _line(raw, codec, separator, row + named)

    try:
        columns = _columns(rows if named else _with(head, rows), len(head))
    except csv.Error as error:
        raise ValueError(f"{source}: {error}; is a quote opened and never closed?") from None
    except _TooWide as wide:
        raise ValueError(
            f"{source}:{line(wide.row)}: {wide.cells} cells under {len(head)} columns (separated by "
            f"{SEPARATORS[separator]}); quote the cell that holds a separator"
        ) from None
    form = [SEPARATORS[separator]] * (separator != ",") + [encoding] * (encoding != "UTF-8")
    form += ["without a head"] * (not named)
    names = tuple(head if named else _unnamed(len(head)))
    return Table(source=source, names=names, cells=columns, form=", ".join(form), line=line)


def _check_width(source: str, head: Row, separator: str, sample: Sequence[str]) -> None:
    """Refuse a single column, or a title above the table."""
    if len(head) > 1:
        return
    if any(len(row) > 1 for row in _rows(sample, separator)):
        raise ValueError(
            f'{source}: "{head[0]}" above the table is not its head; drop that line, or begin it with #'
        )
    raise ValueError(
        f"{source}:1: one column only, {head[0]!r}; separate columns by a comma, semicolon or tab"
    )


class _TooWide(Exception):
    """A row with more cells than the head."""

    def __init__(self, row: int, cells: int) -> None:
        self.row, self.cells = row, cells


def _columns(rows: Iterator[Row], width: int) -> tuple[Row, ...]:
    columns: tuple[Row, ...] = tuple([] for _ in range(width))
    while chunk := list(islice(rows, _CHUNK)):
        if max(map(len, chunk)) > width:
            at = next(i for i, row in enumerate(chunk) if len(row) > width)
            raise _TooWide(len(columns[0]) + at, len(chunk[at]))
        chunk[0] += [""] * (width - len(chunk[0]))
        for column, cells in zip(columns, zip_longest(*chunk, fillvalue=""), strict=True):
            column.extend(_shared(cells))
    return columns


def _shared(cells: tuple[str, ...]) -> Iterable[str]:
    """The same cells, equal ones as one string where many are equal."""
    known = {cell: cell for cell in cells}
    return map(known.__getitem__, cells) if 4 * len(known) < len(cells) else cells


def _with(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def _unnamed(width: int) -> list[str]:
    return ["m", "error", "seed"][:width] + [str(i + 1) for i in range(3, width)]


def _codec(source: str, raw: bytes) -> tuple[str, str]:
    """How the bytes are encoded: for Python, and for a reader."""
    tried = [("utf-8-sig", "UTF-8"), ("latin-1", "Latin-1")]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        tried = [("utf-16", "UTF-16")]
    elif b"\0" in raw[:200]:
        tried = [("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be", "UTF-16")]
    for codec, name in tried:
        try:
            text = raw.decode(codec)
        except UnicodeDecodeError:
            continue
        if _NO_TEXT.search(text[:_PEEK]):
            break
        if text[:_PEEK].lstrip().lower().startswith(("<!doctype", "<html")):
            raise ValueError(f"{source}: a web page; save its table as CSV")
        return codec, name
    raise ValueError(
        f"{source}: not text, and no format known here; export the table as CSV, JSON or Parquet"
    )


def _lines(raw: bytes, codec: str) -> Iterator[str]:
    return iter(io.TextIOWrapper(io.BytesIO(raw), encoding=codec, newline=""))


def _counts(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#") and not _HINT.fullmatch(line)


def _separator(sample: Sequence[str]) -> str:
    """The one under which the lines have equally many cells, and the most of them."""
    best, most = ",", 1
    for separator in SEPARATORS:
        widths = [len(row) for row in _rows(sample, separator)]
        if widths and widths[0] == max(widths) > most and widths.count(widths[0]) > 0.7 * len(widths):
            best, most = separator, widths[0]
            if separator != "|" and most > 1:
                break
    return best


def _rows(lines: Iterable[str], separator: str) -> Iterator[Row]:
    if separator == " ":
        return (re.split(r"[ \t]+", line.strip()) for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _kept(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows that hold something, without remarks and what Excel writes above a table."""
    found = (r for r in rows if r and any(r) and r[0][:1] != "#" and (len(r) > 1 or r[0].strip()))
    yield from (first for first in islice(found, 1) if not _HINT.fullmatch("".join(first)))
    yield from found


def _line(raw: bytes, codec: str, separator: str, row: int) -> int:
    """The line that the row-th row that counts stands in; counted anew, as only a message asks."""
    at = 0

    def counted() -> Iterator[str]:
        nonlocal at
        for line in _lines(raw, codec):
            at += 1
            yield line

    next(islice(_kept(_rows(counted(), separator)), row, None), None)
    return at


def _is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return text.strip().lower() not in MISSING
