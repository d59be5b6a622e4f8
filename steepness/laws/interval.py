"""An estimate with the range it is known to."""

from dataclasses import asdict, dataclass


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

    def as_dict(self) -> dict[str, float]:
        """The three numbers by name."""
        return asdict(self)
