"""How an amount of data is said in a sentence."""

from __future__ import annotations

LONGEST = 1e15
"""From here on a float no longer tells every whole number from the next."""


def amount(m: float) -> str:
    """In full, thousands separated; what is no whole number to six digits: 22,528, 1,000, 0.0297."""
    return f"{m:,.0f}" if m == round(m) and abs(m) < LONGEST else f"{m:,.6g}"
