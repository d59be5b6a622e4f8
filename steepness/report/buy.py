"""A purchase of data for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from steepness.laws.amounts import as_percent
from steepness.press.table import Table, table_text
from steepness.press.words import number
from steepness.report.curve import wrapped

if TYPE_CHECKING:
    from steepness.laws.buy import Purchase


def buy_text(purchase: Purchase) -> str:
    """What to order now, what later if that falls short, and what it comes to."""
    lines = [
        f"to reach {purchase.target:g} with {number(purchase.have)} in hand: order {number(purchase.now)} now"
    ]
    before = purchase.have
    rows = []
    for i, total in enumerate(purchase.totals, 1):
        rows.append([str(i), number(total - before), number(total)])
        before = total
    if rows:
        lines.append(table_text(Table(["Round", "Order, if still short", "In hand after"], rows)))
    shares = zip(("10 %", "50 %", "90 %"), purchase.need, strict=True)
    need = ", ".join(f"{number(m) if m else 'beyond reach'} ({share})" for share, m in shares)
    lines += [
        f"expected cost: {number(purchase.cost)}; probability of missing even so: {as_percent(purchase.miss, 1)}",
        f"data that suffices, by probability: {need}",
        *wrapped(purchase.reason),
    ]
    return "\n".join(lines)
