"""A table out of text, JSON or a data frame: names and columns of cells as they were written."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any

import numpy as np

from steepness.laws.reading.numerals import MISSING, Cells, number

SEPARATORS = {"\t": "tabs", ";": "semicolons", ",": "commas", "|": "bars", " ": "spaces"}
SET_SIZE = "training examples"  # what a run's log is told of its training set
_SAMPLE = 30  # lines that a separator is judged by


@dataclass(kw_only=True, frozen=True)
class Table:
    """Columns of equal length.

    Attributes:
        source: the file's name, for messages.
        names: of the columns, in order; may repeat.
        cells: a column each: text, or numbers where the format has them.
        form: how it was read, e.g. "semicolons, decimal comma"; empty for the usual.
        line: the line (from 1) that a row (from 0) stands in; None where there are no lines.
        run_log: whether its layout is known to log one training run.
    """

    source: str
    names: tuple[str, ...]
    cells: tuple[Cells, ...]
    form: str = ""
    line: Callable[[int], int] | None = None
    run_log: bool = False

    def __len__(self) -> int:
        return len(self.cells[0]) if self.cells else 0

    def place(self, row: int) -> str:
        """Where a row is, for a message: "runs.csv:7"."""
        return f"{self.source}:{self.line(row)}" if self.line else f"{self.source}, row {row + 1}"

    def said(self) -> str:
        """Its columns, for a message."""
        return f"columns: {', '.join(self.names) or 'none'}" + (f"; {self.form}" if self.form else "")


def from_text(source: str, raw: bytes) -> Table:
    """Separated values, whatever separates them; lines that begin with # are remarks.

    Raises:
        ValueError: nothing in it, one column only, or rows of more cells than the head.
    """
    text, encoding = _decoded(raw)
    lines = text.splitlines(keepends=True)
    sample = list(islice((x for x in lines if x.strip() and not x.startswith("#")), _SAMPLE))
    if not sample:
        raise ValueError(f"{source}: it is empty (columns: none); give columns m,error[,seed]")
    separator = _separator(sample)
    rows = [row for row in _rows(text, separator) if not _idle(row)]
    head = [name.strip() for name in rows[0]]
    named = not all(_is_number(name) for name in head)
    body = rows[1:] if named else rows
    widest = max(map(len, body), default=0)
    if widest > len(head):
        at = next(i for i, row in enumerate(body) if len(row) > len(head))
        raise ValueError(
            f"{source}:{_line(text, separator, at + named)}: {len(body[at])} cells under {len(head)} columns "
            f"(separated by {SEPARATORS[separator]}); quote the cell that holds a separator"
        )
    if len(head) < 2:
        raise ValueError(
            f"{source}:1: one column only, {head[0]!r}; separate columns by a comma, semicolon or tab"
        )
    form = [SEPARATORS[separator]] * (separator != ",") + [encoding] * (encoding != "UTF-8")
    names = head if named else _unnamed(len(head))
    columns = tuple(zip_longest(*body, fillvalue=""))
    columns += (("",) * len(body),) * (len(head) - len(columns))
    if not named:
        form.append("without a head")
    return Table(
        source=source,
        names=tuple(names),
        cells=columns,
        form=", ".join(form),
        line=lambda row: _line(text, separator, row + named),
    )


def _unnamed(width: int) -> list[str]:
    return ["m", "error", "seed"][:width] + [str(i + 1) for i in range(3, width)]


def _decoded(raw: bytes) -> tuple[str, str]:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16"), "UTF-16"
    if b"\0" in raw[:200]:
        return raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be"), "UTF-16"
    try:
        return raw.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "Latin-1"


def _separator(sample: Sequence[str]) -> str:
    """The one under which the lines have equally many cells, and the most of them."""
    best, most = ",", 1
    for separator in SEPARATORS:
        widths = [len(row) for row in _rows("".join(sample), separator)]
        if widths and widths[0] == max(widths) > most and widths.count(widths[0]) > 0.7 * len(widths):
            best, most = separator, widths[0]
            if separator != "|" and most > 1:
                break
    return best


def _rows(text: str, separator: str) -> Any:
    if separator == " ":
        return (re.split(r"[ \t]+", line.strip()) for line in text.splitlines())
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)


def _idle(row: Sequence[str]) -> bool:
    return not row or (len(row) == 1 and not row[0].strip()) or row[0].startswith("#")


def _line(text: str, separator: str, row: int) -> int:
    """The line that the row-th row that counts stands in; counted anew, as only a message asks."""
    if separator == " ":
        kept = [i for i, cells in enumerate(_rows(text, separator)) if not _idle(cells)]
        return kept[row] + 1
    reader = _rows(text, separator)
    next(islice((cells for cells in reader if not _idle(cells)), row, None))
    return int(reader.line_num)


def _is_number(text: str) -> bool:
    try:
        number(text)
    except ValueError:
        return False
    return text.strip().lower() not in MISSING


def from_json(source: str, text: str) -> Table:
    """Records, columns, JSON Lines, or an object that holds one list of records.

    Raises:
        ValueError: no table in it, in one line.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        value = _json_lines(source, text, error)
    if isinstance(value, dict) and "log_history" in value:
        return _trainer_state(source, value)
    if isinstance(value, dict):
        lists = {k: v for k, v in value.items() if isinstance(v, list)}
        records = [v for v in lists.values() if v and all(isinstance(r, dict) for r in v)]
        if len(records) == 1:
            value = records[0]
        elif lists and len(set(map(len, lists.values()))) == 1:
            return Table(source=source, names=tuple(lists), cells=tuple(lists.values()), form="JSON columns")
    if not isinstance(value, list) or not value or not all(isinstance(r, dict) for r in value):
        raise ValueError(
            f'{source}: JSON, but no table: give a list of records, [{{"m": 1000, "error": 0.4}}, ...], or columns, '
            '{"m": [...], "error": [...]}'
        )
    return _of_records(source, value, "JSON")


def _trainer_state(source: str, state: Mapping[str, Any]) -> Table:
    """What Hugging Face's Trainer leaves: one run's log, and from its epochs the size of the training set."""
    records = [dict(record) for record in state["log_history"]]
    steps, epochs, rows = (state.get(k) or 0 for k in ("global_step", "epoch", "train_batch_size"))
    if steps and epochs and rows:
        records = [{SET_SIZE: round(steps / epochs * rows), **record} for record in records]
    return _of_records(source, records, "Hugging Face trainer_state", run_log=True)


def _json_lines(source: str, text: str, error: json.JSONDecodeError) -> list[Any]:
    records = []
    for number_, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                records.append(json.loads(line))
            except json.JSONDecodeError:
                at = error.lineno if len(records) < 2 else number_
                raise ValueError(f"{source}:{at}: not JSON ({error.msg}); correct it") from None
    return records


def _of_records(
    source: str, records: Sequence[Mapping[str, Any]], form: str = "", run_log: bool = False
) -> Table:
    flat = [_flat(record) for record in records]
    names = tuple(dict.fromkeys(name for record in flat for name in record))
    return Table(
        source=source,
        names=names,
        cells=tuple([r.get(n) for r in flat] for n in names),
        form=form,
        line=None,
        run_log=run_log,
    )


def _flat(record: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """One level of names for nested settings, as trackers write them: config.lr."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            found[prefix + name] = value
    return found


def from_columns(source: str, frame: Any) -> Table:
    """A pandas or polars frame, a mapping of columns, or a list of records."""
    if isinstance(frame, list | tuple) and frame and isinstance(frame[0], Mapping):
        return _of_records(source, frame)
    if hasattr(frame, "columns"):
        names = tuple(map(str, frame.columns))
        columns = [frame[name] for name in frame.columns]
    elif isinstance(frame, Mapping):
        names, columns = tuple(map(str, frame)), list(frame.values())
    else:
        raise ValueError(
            f"cannot read a {type(frame).__name__}; give a path, a data frame, a mapping of columns or records"
        )
    arrays = [np.asarray(column) for column in columns]
    lengths = {len(a) for a in arrays if a.ndim == 1}
    if len(lengths) != 1 or any(a.ndim != 1 for a in arrays):
        raise ValueError(f"{source}: columns must be flat and of one length")
    return Table(
        source=source, names=names, cells=tuple(a if a.dtype.kind in "iufb" else a.tolist() for a in arrays)
    )
