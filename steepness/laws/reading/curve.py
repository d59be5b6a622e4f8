"""A curve as it was read, ready to be fitted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress
from math import inf
from typing import Any

import numpy as np

from steepness.laws.fit import Fit, fit
from steepness.laws.forms import Floats


@dataclass(kw_only=True, frozen=True, repr=False)
class Curve:
    """The points of one curve, as `steepness.fit` takes them.

    Attributes:
        name: what tells it from the table's other curves; empty for the only one.
        m, error: shape (n,).
        seeds: labels of the runs, shape (n,); None without any.
        more: further arguments of `steepness.fit` that the table holds: chance, counts, and of a study's export the
            permutations, the upper bounds and the form that the study quotes.
        source: where it was read from, for messages.
    """

    name: str
    m: Floats
    error: Floats
    seeds: tuple[str, ...] | None
    more: dict[str, Any]
    source: str = ""

    def __repr__(self) -> str:
        name = f"{self.name}: " * bool(self.name)
        reach = f", m {self.m.min():g} to {self.m.max():g}" if len(self.m) else ""
        return f"Curve({name}{len(self.m)} points{reach})"

    @property
    def runs(self) -> dict[str, Any]:
        """What the table says of each run beside m and error, as `extrapolate`, `backtest` and `buy` take it."""
        told: dict[str, Any] = {k: self.more[k] for k in ("counts", "weights") if k in self.more}
        return {"seeds": self.seeds} | told

    def between(self, first: float | None, last: float | None) -> "Curve":
        """The points from m = `first` to `last`, each without an end where it is None.

        Raises:
            ValueError: none is left.
        """
        keep = (self.m >= (first or 0.0)) & (self.m <= (last or inf))
        if not keep.any():
            raise ValueError(f"{self.source}: {self.name} has no m from {first or 0.0:g} to {last or inf:g}")
        columns = {name: value[keep] for name, value in self.more.items() if isinstance(value, np.ndarray)}
        seeds = None if self.seeds is None else tuple(compress(self.seeds, keep))
        return replace(self, m=self.m[keep], error=self.error[keep], seeds=seeds, more=self.more | columns)

    def fit(self, **settings: Any) -> Fit:
        """`steepness.fit` of this curve; settings that are None are left to the table.

        Raises:
            ValueError: as `steepness.fit`, naming the file and the curve.
            Rising: the error rises with m.
        """
        given = self.more | {name: value for name, value in settings.items() if value is not None}
        try:
            return fit(self.m, self.error, seeds=self.seeds, **given)
        except ValueError as fault:
            fault.args = (": ".join(filter(None, (self.source, self.name, str(fault)))),)
            raise


@dataclass(frozen=True, repr=False)
class Reading:
    """The curves of a table, and in one line what was understood of it."""

    curves: tuple[Curve, ...]
    said: str

    def __repr__(self) -> str:
        return f"Reading({self.said})"

    @property
    def curve(self) -> Curve:
        """The only curve.

        Raises:
            ValueError: there are several.
        """
        if len(self.curves) != 1:
            raise ValueError(f"{len(self.curves)} curves, where one is needed: {names(self.curves)}")
        return self.curves[0]


def names(curves: Sequence[Curve]) -> str:
    """What curves are called, for a message."""
    return ", ".join(c.name for c in curves)
