"""Tables say what the fits and records say."""

from __future__ import annotations

import re

from steepness.report import tables
from steepness.report.curve import study_text
from steepness.study import Study


def test_exponents_hold_both_forms_over_both_ranges_and_mark_the_one_to_quote(reported: Study) -> None:
    curve = next(c for c in reported.curves if c.best_fit)
    assert curve.fit is not None
    table = tables.exponents(curve)
    assert len(table.rows) == 4
    (strong,) = table.strong
    shown = [float(n) for n in re.findall(r"-0\.\d+", table.rows[strong][2].replace("−", "-"))]
    beta = curve.quoted.beta_g
    assert all(abs(a - b) < 6e-4 for a, b in zip(shown, (beta.value, beta.low, beta.high), strict=True))


def test_exponents_in_a_terminal_stand_in_columns(reported: Study) -> None:
    head, *rows = study_text(reported).splitlines()[1:6]
    assert sum(row.startswith(">") for row in rows) == 1
    column = head.index("Shards")
    assert all(row[column:].startswith(("all 7", "region ")) for row in rows)
    assert all(
        len(line) <= 80 for line in study_text(reported).splitlines() if not line.startswith("verdict")
    )


def test_points_table_shows_each_shard(reported: Study) -> None:
    curve = next(c for c in reported.curves if c.best_fit)
    rows = tables.points(reported, curve).rows
    assert [row[0] for row in rows] == [f"{p.m:,}" for p in curve.points]
    assert [row[3] for row in rows] == ["2"] * 7  # of three, less the one that it was chosen by
