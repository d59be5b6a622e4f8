"""What a comparison costs before anything of it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from steepness.compare.arms import Arm
from steepness.study.plan import Plan, make_plan
from steepness.study.search import Search
from steepness.training.records import read_records


@dataclass(frozen=True)
class ArmPrice:
    """One arm's plan, and how many of its trials have been trained already; no plan if all have."""

    label: str
    plan: Plan | None
    trained: int

    @property
    def minutes(self) -> float:
        """Of training left, as many as the untrained share of the trials."""
        if self.plan is None:
            return 0.0
        return self.plan.minutes * max(1 - self.trained / self.plan.trials, 0.0)

    def in_words(self) -> str:
        """One line."""
        if self.plan is None:
            return f"{self.label}: nothing left to train ({self.trained} trials are there)"
        have = f", {self.trained} of them are there" if self.trained else ""
        return f"{self.label}: {self.plan.trials} trials{have}, about {self.minutes:.0f} minutes"


@dataclass(frozen=True)
class Price:
    """Both arms' prices."""

    arms: tuple[ArmPrice, ...]

    @property
    def minutes(self) -> float:
        """Of both together, one after the other."""
        return sum(arm.minutes for arm in self.arms)

    def in_words(self) -> str:
        """A line for each arm, then the sum."""
        return "\n".join(
            [*(arm.in_words() for arm in self.arms), f"both arms: about {self.minutes:.0f} minutes"]
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        arms = [
            {
                "label": a.label,
                "trained": a.trained,
                "minutes": a.minutes,
                "plan": a.plan.as_dict() if a.plan else None,
            }
            for a in self.arms
        ]
        return {"arms": arms, "minutes": self.minutes}


def price_of(arms: Sequence[Arm]) -> Price:
    """Measure what is left to train of each arm, for seconds; nothing is trained or written."""
    return Price(tuple(map(_price, arms)))


def _price(arm: Arm) -> ArmPrice:
    records = read_records(arm.ready.folder)
    if not Search(arm.ready).due(records):
        return ArmPrice(arm.label, None, len(records))
    return ArmPrice(arm.label, make_plan(arm.ready), len(records))
