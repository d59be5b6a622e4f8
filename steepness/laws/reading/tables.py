"""A table out of JSON or a data frame: names and columns of cells as they were written."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from steepness.laws.reading.numerals import Cells

SET_SIZE = "training examples"  # what a run's log is told of its training set


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
