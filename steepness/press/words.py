"""Numbers as a reader wants them: significant digits, intervals, short counts, durations, lists."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from steepness.laws.amounts import amount

if TYPE_CHECKING:
    from steepness.laws import Interval

MINUS = "\N{MINUS SIGN}"
RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
RANGES = {"all": "all shards", "power_law": "power-law region"}
FORMS = {"power": "α·mᵝ", "power_constant": "α·mᵝ + γ"}


def number(value: float, digits: int = 3) -> str:
    """To that many significant digits, thousands separated, with a true minus sign."""
    if not math.isfinite(value):
        return "unknown" if math.isnan(value) else ("∞" if value > 0 else f"{MINUS}∞")
    if not _in_full(value):
        mantissa, power = f"{value:.{digits - 1}e}".split("e")
        return f"{mantissa}×10{str(int(power)).translate(RAISED)}".replace("-", MINUS)
    return _fixed(value, _decimals(value, digits))


def exactly(value: float) -> str:
    """An amount of data as a table has it: in full, or six digits and a power of ten."""
    return amount(value).replace("-", MINUS) if _in_full(value) else number(value, 6)


def _in_full(value: float) -> bool:
    """Whether a number is written without a power of ten."""
    return math.isfinite(value) and (not value or 1e-4 <= abs(value) < 1e9)


def _decimals(value: float, digits: int) -> int:
    """Behind the point, for so many significant digits of the number as it is written: two of 0.9996, which is 1.00."""
    return digits - 1 - int(f"{value:.{digits - 1}e}".partition("e")[2]) if value else 0


def _fixed(value: float, decimals: int) -> str:
    text = f"{round(value, decimals) + 0.0:,.{max(decimals, 0)}f}"  # minus zero and 0.0 are 0.0
    return text.replace("-", MINUS)


def exponent(value: float, decimals: int = 3) -> str:
    """An exponent, to three decimals unless more are asked for."""
    return _fixed(value, decimals) if math.isfinite(value) else number(value)


def signed(value: float, decimals: int = 1) -> str:
    """A change, with its sign unless it rounds to 0."""
    text = _fixed(value, decimals) if math.isfinite(value) else number(value)
    return f"{'+' * (value > 0 and text.strip('0.') != '')}{text}"


def exponent_interval(estimate: Interval) -> tuple[str, str]:
    """An exponent and its bounds, -0.071 and -0.076...-0.066, with the decimals that tell the bounds apart."""
    width = estimate.high - estimate.low
    decimals = min(max(3, 1 - math.floor(math.log10(width))), 6) if 0 < width < math.inf else 3
    value, low, high = (exponent(v, decimals) for v in (estimate.value, estimate.low, estimate.high))
    return value, f"{low}{ELLIPSIS}{high}"


def exponent_with_bounds(estimate: Interval) -> str:
    """An exponent with its bounds behind it, -0.071 (-0.076...-0.066)."""
    return "{} ({})".format(*exponent_interval(estimate))


def interval(estimate: Interval) -> str:
    """A value with its bounds, three significant digits."""
    value, low, high = alike(estimate.value, estimate.low, estimate.high)
    return f"{value} ({low}{ELLIPSIS}{high})"


def alike(value: float, low: float, high: float, digits: int = 3) -> tuple[str, str, str]:
    """A value and its bounds at one precision, 1.00 and 0.99 to 1.02; each at its own where they are of several sizes.

    Args:
        digits: significant ones of the value; of the wider bound where 0 lies between the two.
    """
    three = (value, low, high)
    sizes = [abs(v) for v in three if v]
    if low < 0 < high:
        decimals = _decimals(max(sizes), digits)
    elif sizes and max(sizes) < 10 * min(sizes):
        decimals = _decimals(value or max(sizes), digits)
    else:
        sizes = []
    if not sizes or not all(map(_in_full, three)):
        return number(value, digits), number(low, digits), number(high, digits)
    first, second, third = (_fixed(v, decimals) if v else "0" for v in three)
    return first, second, third


def short(count: float) -> str:
    """A count for an axis: 8k, 2,048, 1.05M, 2G; one below 100,000 is exact."""
    if 1000 < count < 99_999.5 and round(count) % 1000:
        return f"{count:,.0f}"
    for factor, suffix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if count >= 0.9995 * factor:
            return f"{count / factor:.3g}{suffix}"
    return f"{count:.3g}"


def duration(seconds: float) -> str:
    """Seconds as 40 s, 12 min or 3.4 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def listing(words: list[str]) -> str:
    """The words as prose: a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def sentence(text: str) -> str:
    """Words as a sentence: an upper-case letter first, a full stop last."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def plain(name: str) -> str:
    """A key in words: learning_rate -> learning rate."""
    return name.replace("_", " ")
