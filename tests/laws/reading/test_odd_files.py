"""Files as newcomers bring them: each is read rightly, or refused in one line that names it and says what helps."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
from pathlib import Path

import numpy as np
import pytest

from steepness.laws.reading import read

M = [1000 * 2**i for i in range(8)]
ERROR = [round(2.5 * m**-0.25, 4) for m in M]


def table(head: str = "m,error", row: str = "{m},{e}", end: str = "\n") -> str:
    return end.join(
        [head, *(row.format(m=m, e=e, p=100 * e, a=1 - e) for m, e in zip(M, ERROR, strict=True)), ""]
    )


PLAIN = table()
TABLES = {
    "units in the head": table("m (images),error [nats]"),
    "units by words": table("Training set size [examples],Test error rate"),
    "percent signs": table("m,accuracy", "{m},{a:.4%}"),
    "blank columns": table("m,,error,", "{m},,{e},"),
    "blank rows": table(row="{m},{e}\n,\n\n  \n"),
    "a byte-order mark and CRLF": "\ufeff" + table(end="\r\n"),
    "carriage returns alone": table(end="\r"),
    "Excel's hint": "sep=;\n" + table("m;error", "{m};{e}"),
    "a data frame's index": table(",m,error", "7{m},{m},{e}"),
    "columns of width": table("# m error", "{m:10d}  {e:8.4f}"),
    "Markdown": table("| m | error |\n|---|---|", "| {m} | {e} |"),
    "quoted thousands": table('"m","error"', '"{m:,}","{e}"'),
}


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_is_read_whatever_is_around_it(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_bytes(TABLES[kind].encode())
    found = read(path)
    assert found.curve.m.tolist() == M
    np.testing.assert_allclose(found.curve.error, ERROR, atol=1e-6)
    if kind != "Markdown":  # whose rule is a row without numbers
        assert "skipped" not in found.said


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_are_unpacked_and_torn_ones_refused(pack: object, tmp_path: Path) -> None:
    packed = pack(PLAIN.encode())  # type: ignore[operator]
    (tmp_path / "whole").write_bytes(packed)
    assert read(tmp_path / "whole").curve.m.tolist() == M
    (tmp_path / "torn").write_bytes(packed[:60])
    with pytest.raises(ValueError, match=r"torn: not a whole (gzip|bzip2|xz) file .*fetch or pack it again"):
        read(tmp_path / "torn")


def arrays() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([M, ERROR]))
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (b"\n \n\n", "it is empty"),
        (b"m,error\n", r"no row with both m and error \(columns: m, error\)"),
        (b"m,error\n1000,0.4\n", "odd.csv: 1 distinct m cannot show a law; measure at least 3"),
        (table(row="{m},-{e}").encode(), "odd.csv: every error .error. is below 0; say --accuracy COLUMN"),
        ((PLAIN + "256000,−0.1\n").encode(), "odd.csv:10: error is -0.1; .* drop this row"),
        ((PLAIN + "0,0.9\n").encode(), "odd.csv:10: m is 0; a power law has none 0 or below"),
        ((PLAIN + "\n" + PLAIN).encode(), "odd.csv:11: .* a head, of a second table .* a file of its own"),
        ((PLAIN + "tokens,loss\n1,2\n").encode(), "odd.csv:10: .* a head, of a second table"),
        ((PLAIN + "mean,0.3\n").encode(), 'odd.csv:10: m is "mean", not a number .* drop the line'),
        (("My results\n" + PLAIN).encode(), '"My results" above the table is not its head; drop that line'),
        (("m,error\n" + '"' + "1000,0.4\n" * 20_000).encode(), "is a quote opened and never closed"),
        (table(row="{m} images,{e}").encode(), 'odd.csv:2: m is "1000 images", not a number'),
        (arrays(), "odd.csv: not text, .* export the table as CSV"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "not text"),
        (b"<!DOCTYPE html>\n<table></table>", "a web page; save its table as CSV"),
        (b"\x28\xb5\x2f\xfd\0\0", "packed by zstd.* unpack it: zstd -d"),
    ],
)  # fmt: skip
def test_anything_else_is_one_line_with_the_remedy(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message) as refused:
        read(path).curve.fit()
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 400
