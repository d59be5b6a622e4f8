"""A user's text file as paragraphs, whatever it is packed in; what is no text is refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from steepness.data.texts import kind_of, not_read, read_text, said_by

READING = 2
"""Part of the data's identity: raise it when the paragraphs of a file change."""
LONGEST = 10_000
"""Characters; a longer paragraph is no paragraph, and is cut at its sentences."""
PIECE = 200
"""Characters at least in each piece of a longer one, so that it holds a few sentences."""
LINES_OF_BLOCK = 20
"""Where blank lines stand further apart than this on average, they are strays, and every line is a paragraph."""
SHOWN, SHOWN_CHARACTERS = 5, 40

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
_SENTENCE_END = re.compile(r"[.!?…।॥۔؟][\"'”’»)\]]*\s+|[。！？][”』」]*")
_REFUSED = {
    ".arrow": "write its text column as .jsonl first",
    ".csv": "write its text column as .jsonl or one text a line",
    ".tsv": "write its text column as .jsonl or one text a line",
    ".json": "write it as .jsonl, an object a line with the field text",
    ".html": "strip the markup first",
    ".xml": "strip the markup first",
}  # fmt: skip


def paragraphs_of(path: Path) -> list[str]:
    """Paragraphs of a text file, white space normalised.

    They are set apart by blank lines, or one a line where there are none or only strays; of a .jsonl file, the
    field `text` of each line, of a .parquet file each row of the column `text`. What is longer than `LONGEST` is cut
    at its sentences. Packed files (.gz, .bz2, .xz, .zst) are read as what is in them.

    Raises:
        ValueError: if the file cannot be read, is no UTF-8 text, or of a kind that is not read, naming the remedy.
    """
    kind = kind_of(path)
    if kind in _REFUSED:
        raise not_read(path, kind, _REFUSED[kind])
    pieces = (piece for part in _READERS.get(kind, _parts)(path) for piece in _pieces(" ".join(part.split())))
    return [piece for piece in pieces if piece]


def _rows(path: Path) -> Iterator[str]:
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise not_read(path, ".parquet", "pip install pyarrow, or write its text column as .jsonl") from error
    try:
        file = parquet.ParquetFile(path)
        names = list(file.schema_arrow.names)
        batches = file.iter_batches(columns=["text"]) if "text" in names else ()
        rows = [value for batch in batches for value in batch.column(0).to_pylist()]
    except Exception as error:  # pyarrow has a dozen names for what is damaged
        raise ValueError(
            f"{path}: cannot be read ({said_by(error)}); give a readable .parquet file"
        ) from error
    if "text" not in names:
        raise ValueError(f'{path}: no column "text" ({_has(names)}); rename the one that holds the text')
    for number, value in enumerate(rows, 1):
        if not isinstance(value, str):
            raise ValueError(
                f"{path}, row {number}: the text is {str(value)[:SHOWN_CHARACTERS]}; give a string a row"
            )
        yield value


def _has(names: Sequence[Any]) -> str:
    return f"its fields are {', '.join(map(str, names[:SHOWN]))}"


def _fields(path: Path) -> Iterator[str]:
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path}, line {number}: no JSON ({error}); give an object a line") from error
        found = row.get("text") if isinstance(row, dict) else None
        if not isinstance(found, str):
            has = _has(list(row)) if isinstance(row, dict) else f"it is {line[:SHOWN_CHARACTERS]}"
            raise ValueError(
                f'{path}, line {number}: no field "text" ({has}); rename the one that holds the text'
            )
        yield found


def _parts(path: Path) -> Iterable[str]:
    text = read_text(path)
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and all(map(_is_json, lines[:SHOWN])):
        raise ValueError(f"{path}: its lines are JSON objects, not text; name it {path.stem}.jsonl")
    blocks = _BLANK_LINE.split(text.strip())
    strays = len(blocks) == 1 or len(lines) > LINES_OF_BLOCK * len(blocks)
    return lines if strays else blocks


_READERS: dict[str, Callable[[Path], Iterable[str]]] = {
    ".jsonl": _fields,
    ".ndjson": _fields,
    ".parquet": _rows,
}


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _pieces(paragraph: str) -> Iterator[str]:
    """A paragraph, or its sentences a few at a time; a sentence without end is cut at a space, or anywhere."""
    if len(paragraph) <= LONGEST:
        yield paragraph
        return
    start = 0
    for end in (*(match.end() for match in _SENTENCE_END.finditer(paragraph)), len(paragraph)):
        while end - start > LONGEST:
            space = paragraph.rfind(" ", start + 1, start + LONGEST)
            cut = space if space > 0 else start + LONGEST
            yield paragraph[start:cut].strip()
            start = cut
        if end - start >= PIECE or end == len(paragraph):
            yield paragraph[start:end].strip()
            start = end
