"""What a comparison costs before anything of it is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from steepness.compare.answer import FALSE_ALARMS, POWER
from steepness.compare.arms import Arm
from steepness.laws.amounts import as_percent, counted
from steepness.laws.design import paired_effects
from steepness.laws.interval import in_percent
from steepness.press.words import duration, number
from steepness.study.calibrate import settle
from steepness.study.design import noise_of
from steepness.study.ledger import Ledger
from steepness.study.manifest import read_manifest
from steepness.study.plan import Plan, make_plan
from steepness.study.run import make_job, prices_of
from steepness.study.search import Search
from steepness.study.study import Study
from steepness.training.records import read_records


@dataclass(frozen=True)
class ArmPrice:
    """The plan of what an arm has left, how many trials it has already, and the prices; no plan if nothing is left."""

    label: str
    plan: Plan | None
    trained: int
    ledger: Ledger | None = None

    @property
    def minutes(self) -> float:
        """Of training left."""
        return self.plan.minutes if self.plan else 0.0

    def in_words(self) -> str:
        """One line."""
        if self.plan is None:
            return f"{self.label}: nothing left to train ({counted(self.trained, 'trial')} there)"
        more = f" more, {self.trained} are there" if self.trained else ""
        return (
            f"{self.label}: {counted(self.plan.trials, 'trial')}{more}, about {duration(60 * self.minutes)}"
        )


@dataclass(frozen=True)
class Sight:
    """What a comparison would see, with `POWER`.

    Attributes:
        shift: in percent of the error.
        steepness: in the exponent.
        source: the study whose noise is expected.
    """

    shift: float
    steepness: float
    source: str

    def in_words(self) -> str:
        """One line."""
        return (
            f"{as_percent(POWER)} of such comparisons would see a shift of {number(self.shift, 2)} %, and a "
            f"difference of {number(self.steepness, 2)} in the exponent (by the noise of {self.source})"
        )


@dataclass(frozen=True)
class Price:
    """Both arms' prices, and what they would buy; None where no study shows the noise."""

    arms: tuple[ArmPrice, ...]
    sight: Sight | None = None

    @property
    def minutes(self) -> float:
        """Of both together, one after the other."""
        return sum(arm.minutes for arm in self.arms)

    def in_words(self) -> str:
        """A line for each arm, then the sum."""
        sight = [self.sight.in_words()] if self.sight else []
        total = f"both arms: about {duration(60 * self.minutes)}"
        return "\n".join([*(arm.in_words() for arm in self.arms), total, *sight])

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
        return {
            "arms": arms,
            "minutes": self.minutes,
            "would_be_seen": asdict(self.sight) if self.sight else None,
        }


def price_of(arms: Sequence[Arm], like: Study | None = None) -> Price:
    """What is left to train of each arm: measured for seconds where its study has no prices; nothing is written.

    Args:
        like: a finished study whose noise to expect of the arms.
    Raises:
        ValueError: as `noise_of`.
    """
    return Price(tuple(map(_price, arms)), _sight(arms[0], like) if like else None)


def _sight(arm: Arm, like: Study) -> Sight:
    preset = arm.ready.preset
    effects = paired_effects(preset.shard_sizes(), preset.seeds * (preset.data_seeds or 1), noise_of(like))
    shift, steepness = (effect.detectable(FALSE_ALARMS / len(effects), POWER) for effect in effects)
    return Sight(in_percent(shift), steepness, like.name)


def _price(arm: Arm) -> ArmPrice:
    records = read_records(arm.ready.folder)
    if not Search(arm.ready).due(records):
        return ArmPrice(arm.label, None, len(records))
    kept = read_manifest(arm.ready.folder)
    ready = settle(arm.ready, make_job(arm.ready))
    ledger = (kept and kept.ledger) or prices_of(ready)
    return ArmPrice(arm.label, make_plan(ready, ledger, records), len(records), ledger)
