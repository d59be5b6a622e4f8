"""How an amount of data, a share, a count or a range is said in a sentence."""

from __future__ import annotations

LONGEST = 1e15
"""From here on a float no longer tells every whole number from the next."""


def amount(m: float) -> str:
    """In full, thousands separated; what is no whole number to six digits: 22,528, 1,000, 0.0297."""
    return f"{m:,.0f}" if m == round(m) and abs(m) < LONGEST else f"{m:,.6g}"


def as_percent(share: float, decimals: int = 0) -> str:
    """A share of one: 95 %."""
    return f"{100 * share:.{decimals}f} %"


def counted(n: int, thing: str, things: str = "") -> str:
    """How many there are of something: 1 night, 2,000 nights; `things` where an s alone does not make them many."""
    return f"{n:,} {thing if n == 1 else things or f'{thing}s'}"


def ranged(first: str, last: str) -> str:
    """From one to another, or the one that both are."""
    return first if first == last else f"{first} to {last}"
