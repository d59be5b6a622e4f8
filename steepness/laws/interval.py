"""An estimate with the range it is known to, and any value that may be missing, with the reason."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import expm1, hypot
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Interval:
    """A value between two bounds, all in the value's own unit.

    Attributes:
        value: the estimate.
        low: lower bound at the level it was asked for; may be -inf where the data set no bound.
        high: upper bound; may be inf.
    """

    value: float
    low: float
    high: float

    @property
    def half_width(self) -> float:
        """Half the distance between the bounds."""
        return (self.high - self.low) / 2

    def __contains__(self, x: float) -> bool:
        return self.low <= x <= self.high

    def map(self, change: Callable[[float], float]) -> "Interval":
        """The interval in another unit or on another scale.

        Args:
            change: monotone; where it falls, the bounds change places.
        """
        low, high = sorted((float(change(self.low)), float(change(self.high))))
        return Interval(float(change(self.value)), low, high)

    def as_dict(self) -> dict[str, float]:
        """The three numbers by name."""
        return asdict(self)


def difference(first: Interval, second: Interval) -> Interval:
    """First less second, of independent estimates (Zou and Donner 2008, the method of variance estimates recovery)."""
    value = first.value - second.value
    low = value - hypot(first.value - first.low, second.high - second.value)
    high = value + hypot(first.high - first.value, second.value - second.low)
    return Interval(value, low, high)


@dataclass(frozen=True)
class Estimate(Generic[T]):
    """A value, mostly an interval, or the reason for having none: the one spelling of a value that may be missing."""

    value: T | None
    reason: str | None = None

    @classmethod
    def of(cls, ask: Callable[[], T]) -> "Estimate[T]":
        """The answer, or why it was refused: what the `ValueError` says."""
        try:
            return Estimate(ask())
        except ValueError as refusal:
            return Estimate(None, str(refusal))

    def map(self, change: Callable[[T], U]) -> "Estimate[U]":
        """What follows from the value; without one, the same reason."""
        return Estimate(None if self.value is None else change(self.value), self.reason)

    def as_dict(self: "Estimate[Interval]") -> dict[str, Any]:
        """An interval's value and bounds, or nulls with the reason."""
        names = ("value", "low", "high")
        return {n: getattr(self.value, n, None) for n in names} | {"reason": self.reason}


def in_percent(log_ratio: float) -> float:
    """By how many percent a ratio with that logarithm is more than 1."""
    return 100 * expm1(log_ratio)
