"""What every law asks of its points, and the words in which it refuses."""

import numpy as np
from numpy.typing import ArrayLike

from steepness.laws.forms import Floats


def positive_column(x: ArrayLike, name: str, zero: bool = False) -> Floats:
    """One column of finite positive numbers.

    Args:
        x: numbers, shape (n,).
        name: the column's name, for the message.
        zero: whether 0 will do.
    Returns:
        The same numbers, shape (n,), float64.
    Raises:
        ValueError: not one-dimensional, not numbers, not finite, or not positive.
    """
    try:
        values = np.asarray(x, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} holds something that is not a number; pass a flat list of floats") from None
    if values.ndim != 1:
        raise ValueError(f"{name} has shape {values.shape}; pass a flat list of floats")
    good = np.isfinite(values) & ((values >= 0) if zero else (values > 0))
    if not good.all():
        bad = np.flatnonzero(~good)
        i = int(bad[0])
        others = f", and {bad.size - 1} more like it" if bad.size > 1 else ""
        raise ValueError(
            f"{name}[{i}] is {values[i]:g}{others}; a law needs finite positive numbers: correct them"
        )
    return values


def columns(named: dict[str, ArrayLike]) -> list[Floats]:
    """Columns of equal length, each checked by `positive_column`.

    Raises:
        ValueError: as `positive_column`, or the lengths differ.
    """
    checked = [positive_column(x, name) for name, x in named.items()]
    lengths = {name: len(x) for name, x in zip(named, checked, strict=True)}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise ValueError(f"every point needs all of its values, but {said}")
    return checked


def curve(m: ArrayLike, error: ArrayLike, name: str = "error", zero: bool = False) -> tuple[Floats, Floats]:
    """A curve's two columns, with at least three distinct m; `zero`: whether an error may be 0.

    Raises:
        ValueError: as `columns`, or fewer than three distinct m.
    """
    m_n, error_n = positive_column(m, "m"), positive_column(error, name, zero)
    if len(m_n) != len(error_n):
        raise ValueError(
            f"every point needs all of its values, but m has {len(m_n)}, {name} has {len(error_n)}"
        )
    distinct = len(np.unique(m_n))
    if distinct < 3:
        raise ValueError(f"{distinct} distinct m cannot show a law; measure at least 3 shards, better 6")
    return m_n, error_n


def level_of(level: float) -> float:
    """A confidence level strictly between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; give a probability such as 0.95")
    return level
