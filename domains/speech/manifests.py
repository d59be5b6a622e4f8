"""Tables of sound files and their texts, as Common Voice, LJSpeech, LibriSpeech, NeMo and their users write them."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from steepness.data.texts import kind_of, read_text
from steepness.domain import PARTS
from steepness.domains.speech.recordings import Recording

NAMES: Mapping[str, tuple[str, ...]] = {
    "audio": ("audio", "path", "file", "filename", "file_name", "audio_filepath", "wav_filename", "wav"),
    "text": ("text", "sentence", "transcript", "transcription", "normalized_text"),
    "speaker": ("speaker", "client_id", "speaker_id"),
    "split": ("split",),
}
"""What a column may be called, the first that is there; case aside."""
_FOLDERS = ("", "clips", "wavs", "audio")
_SUFFIXES = ("", ".wav", ".flac", ".mp3", ".ogg")

Row = tuple[int, list[str]]
"""The line it is on, and its fields."""


def read_manifest(file: Path) -> list[Recording]:
    """The recordings of a table: .tsv (quotes are plain characters), .csv, .jsonl, LibriSpeech's .trans.txt.

    With a header, columns are found by `NAMES`; without one, the first is the sound (LJSpeech's `id|text|normalised`
    too) and the last the text. Sound files lie beside the table, or in clips/, wavs/ or audio/ there.

    Raises:
        ValueError: no such columns, listing those found; a line without sound or text; no line at all.
    """
    if kind_of(file) == ".jsonl":
        header, rows = _json_lines(file)
    else:
        header, rows = _table(file)
    columns = _columns(file, header, rows)
    if not rows:
        raise ValueError(f"{file}: no line below the header; give a recording a line")
    return [_recording(file, row, columns) for row in rows]


def _table(file: Path) -> tuple[list[str], list[Row]]:
    text = read_text(file)
    first = text.split("\n", 1)[0]
    if file.name.endswith(".trans.txt"):
        split = [line.partition(" ")[::2] for line in text.split("\n")]
        return [], [(n, list(fields)) for n, fields in enumerate(split, 1) if fields[0]]
    mark = "\t" if kind_of(file) == ".tsv" or "\t" in first else max(",|;", key=first.count)
    dialect: dict[str, Any] = {
        "delimiter": mark,
        "quoting": csv.QUOTE_MINIMAL if mark in ",;" else csv.QUOTE_NONE,
    }
    reader = csv.reader(
        io.StringIO(text, newline=""), **dialect
    )  # other separators than \n occur inside texts
    rows = [(reader.line_num, row) for row in reader if any(field.strip() for field in row)]
    return (rows[0][1], rows[1:]) if rows and _is_header(file, rows[0][1]) else ([], rows)


def _json_lines(file: Path) -> tuple[list[str], list[Row]]:
    tables: list[tuple[int, dict[str, object]]] = []
    for number, line in enumerate(read_text(file).split("\n"), 1):  # other separators occur inside texts
        if line.strip():
            try:
                tables.append((number, dict(json.loads(line))))
            except (ValueError, TypeError, RecursionError) as error:
                raise ValueError(
                    f"{file}, line {number}: no JSON object ({error}); give one a line"
                ) from error
    header = list(dict.fromkeys(name for _, table in tables for name in table))
    return header, [(n, [str(table.get(name, "")) for name in header]) for n, table in tables]


def _is_header(file: Path, fields: Sequence[str]) -> bool:
    """A first line is a header unless it names a sound that is there."""
    return not os.path.isfile(_sound(file, fields[0]))


def _columns(file: Path, header: Sequence[str], rows: Sequence[Row]) -> dict[str, int]:
    if not header:
        return {"audio": 0, "text": max((len(row) for _, row in rows), default=2) - 1}
    plain = [name.strip().lower() for name in header]
    found = {
        what: next(plain.index(name) for name in names if name in plain)
        for what, names in NAMES.items() if set(names) & set(plain)
    }  # fmt: skip
    if missing := [what for what in ("audio", "text") if what not in found]:
        raise ValueError(
            f"{file}: the first line names no column {' and no '.join(missing)}; it has {', '.join(header[:9])}. Name "
            f"them {' and '.join(missing)} ({'; '.join(', '.join(NAMES[what][1:4]) for what in missing)} are known too)"
        )
    return found


def _recording(file: Path, row: Row, columns: Mapping[str, int]) -> Recording:
    line, fields = row
    values = {what: fields[i].strip() if i < len(fields) else None for what, i in columns.items()}
    audio, text, split = values["audio"], values["text"], values.get("split") or ""
    if not audio or text is None:
        raise ValueError(
            f"{file}, line {line}: no {'text' if audio else 'audio'}; it has {len(fields)} columns of "
            f"{max(columns.values()) + 1} at least"
        )
    if split not in ("", *PARTS):
        raise ValueError(f'{file}, line {line}: split is "{split}"; give train, validation or test, or none')
    return Recording(
        name=audio, text=text, audio=_sound(file, audio), speaker=values.get("speaker") or "", split=split
    )


def _sound(file: Path, name: str) -> Path:
    """Where a sound file lies; beside the table where it is nowhere."""
    return next((path for path in _places(file, name) if os.path.isfile(path)), file.parent / name)


def _places(file: Path, name: str) -> Iterator[Path]:
    for folder in _FOLDERS:
        for suffix in _SUFFIXES:
            yield file.parent / folder / (name + suffix)
