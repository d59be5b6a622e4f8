"""What a comparison comes to: better or worse, steeper or flatter, no difference, or that it cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from steepness.laws import Interval, Shift
from steepness.laws.interval import in_percent

VERSUS = "--vs--"
"""Between the names of both arms, in that of a comparison's folder."""
FALSE_ALARMS = 0.03
"""Share of candidates identical to the baseline that may be called different, over both questions together; what was
measured is in benchmarks/compare_same.md."""
POWER = 0.8
"""Share of comparisons in which a difference is found that is said to be seen here."""
MARGIN = 5.0
"""Percent that one arm's error may lie above the other's, anywhere between the first shard and the last, and still be
called no difference."""
MISTAKEN = 0.05
"""Share of arms that differ by the margin which may be called no difference."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer, and what it rests on.

    Attributes:
        shift: better, worse, or empty if no shift is found.
        turn: steeper, flatter, or empty.
        equal: whether the arms are shown to differ by less than the margin.
        margin: in percent.
        unseen: the shift, in percent, under which this comparison would miss it more often than 1 - `POWER`.
        unseen_turn: the difference in exponent likewise.
        between: bounds of the ratio between the first shard and the last, in percent, at the level of the
            equivalence test; value is overall.
        meets: m where the ratio's line passes 0, in the study's unit; None where the ratio does not change.
    """

    shift: str
    turn: str
    equal: bool
    margin: float
    unseen: float
    unseen_turn: float
    between: Interval
    meets: float | None

    @property
    def different(self) -> bool:
        """Whether anything is more than seed noise explains."""
        return bool(self.shift or self.turn)

    @property
    def words(self) -> str:
        """The verdict: better and steeper, no difference, cannot tell."""
        if not self.different:
            return "no difference" if self.equal else "cannot tell"
        alike = (self.shift, self.turn) in (("better", "steeper"), ("worse", "flatter"))
        return (" and " if alike else " but ").join(filter(None, (self.shift, self.turn)))


def answer(shift: Shift, margin: float = MARGIN) -> Answer:
    """Judge pairs of runs: is there a shift, does it change with data, is neither shown to be there?

    Args:
        margin: of what is still called no difference, in percent.
    """
    found = rejected([shift.middle.p_value, shift.trend.p_value])
    ends = [end.interval(1 - 2 * MISTAKEN) for end in (shift.first, shift.last)]
    between = Interval(shift.middle.value, min(e.low for e in ends), max(e.high for e in ends))
    return Answer(
        shift=("better", "worse")[shift.middle.value > 0] if found[0] else "",
        turn=("steeper", "flatter")[shift.trend.value > 0] if found[1] else "",
        equal=shift.within(margin, MISTAKEN),
        margin=margin,
        unseen=in_percent(shift.middle.detectable(FALSE_ALARMS / len(found), POWER)),
        unseen_turn=shift.trend.detectable(FALSE_ALARMS / len(found), POWER),
        between=between.map(in_percent),
        meets=_meets(shift),
    )


def rejected(p_values: Sequence[float]) -> list[bool]:
    """Which questions are answered yes at `FALSE_ALARMS` over all of them together (Holm 1979)."""
    passed, found = True, [False] * len(p_values)
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        passed = found[i] = passed and p_values[i] <= FALSE_ALARMS / (len(p_values) - rank)
    return found


def _meets(shift: Shift) -> float | None:
    if shift.trend.value == 0:
        return None
    middle = sum(map(log, shift.m)) / len(shift.m)
    away = middle - shift.middle.value / shift.trend.value
    return exp(away) if abs(away) < 100 else None
