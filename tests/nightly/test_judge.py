from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from steepness.nightly.judge import Statistic, judge, suspicious
from tests.nightly.made_up import baseline, observation


def alarms(
    seed: int, change: dict[str, Any] | None = None, same_machine: bool = True, **moved: float
) -> list[Statistic]:
    """Of a night of four seeds and two sessions."""
    rng = np.random.default_rng(seed)
    base = baseline(rng)
    seen = msgspec.structs.replace(observation(rng, 4, 2, **moved), **(change or {}))
    return [f for f in judge([(seen, base)], {"made_up": same_machine}) if f.alarming]


def test_nights_without_change_raise_no_more_alarms_than_stated() -> None:
    raised = sum(bool(alarms(seed)) for seed in range(600))
    assert raised <= 12, (
        "one in a hundred is stated; two in a hundred would be seen here once in 50 such tests"
    )


@pytest.mark.parametrize(
    ("moved", "name", "state"),
    [
        ({"error": 1.03}, "mean error", "worse"), ({"error": 0.97}, "mean error", "too good"),
        ({"rate": 0.75}, "throughput", "worse"), ({"rate": 1.3}, "throughput", "too good"),
    ],
)  # fmt: skip
def test_a_change_is_found_and_told_in_its_direction(moved: dict[str, float], name: str, state: str) -> None:
    nights = [{f.name: f.state for f in alarms(seed, **moved)} for seed in range(40)]
    assert sum(found.get(name) == state for found in nights) >= 38
    assert not any(found.get(name, state) != state for found in nights)


def test_one_seed_that_gets_stuck_is_no_change() -> None:
    rng = np.random.default_rng(0)
    seen, base = observation(rng, 4, 2), baseline(rng)
    stuck = {m: [1.1 * errors[0], *errors[1:]] for m, errors in seen.runs["model/error"].items()}
    found = judge([(msgspec.structs.replace(seen, runs={"model/error": stuck}), base)], {"made_up": True})
    assert not [f for f in found if f.alarming]


def test_a_slow_down_too_small_to_matter_is_none() -> None:
    assert not any(alarms(seed, rate=0.92) for seed in range(40))


@pytest.mark.parametrize(("rate", "again"), [(1.0, False), (0.95, False), (0.75, True), (1.3, True)])
def test_a_suspicious_throughput_is_measured_again(rate: float, again: bool) -> None:
    rng = np.random.default_rng(0)
    assert suspicious(observation(rng, 4, 2, rate=rate), baseline(rng)) == again


def test_throughput_of_another_machine_is_not_judged() -> None:
    assert not alarms(0, same_machine=False, rate=0.5)


def test_another_exponent_is_found_where_the_mean_is_the_same() -> None:
    rng = np.random.default_rng(0)
    seen, base = observation(rng, 4, 2), baseline(rng)
    tilted = {m: [e * (m / 200) ** 0.05 for e in errors] for m, errors in seen.runs["model/error"].items()}
    found = judge([(msgspec.structs.replace(seen, runs={"model/error": tilted}), base)], {"made_up": True})
    states = {f.name: f.state for f in found}
    assert (states["exponent"], states["mean error"]) == ("worse", "ok")


def test_fields_that_come_go_or_change_are_named() -> None:
    (found,) = alarms(0, {"fields": {"timing.seconds": "number"}})
    assert (found.kind, found.name, found.expected, found.tonight) == (
        "schema",
        "timing.seconds",
        "missing",
        "number",
    )


def test_another_experiment_is_named_and_its_errors_are_not_judged() -> None:
    (found,) = alarms(0, {"settings": {"training.batch_size": 32}}, error=2.0)
    assert (found.name, found.expected, found.tonight) == ("training.batch_size", "16", "32")


def test_trials_that_came_to_nothing_are_listed() -> None:
    (found,) = alarms(0, {"lost": ["model m 100 seed 1 diverged: loss not finite"]})
    assert found.kind == "trials"
    assert "diverged" in str(found.tonight)


def test_more_statistics_make_each_of_them_less_suspicious() -> None:
    rng = np.random.default_rng(0)
    pairs = []
    for name in ("a", "b", "c"):
        base = baseline(rng)
        stored = msgspec.structs.replace(base.observation, domain=name)
        seen = msgspec.structs.replace(observation(rng, 4, 2), domain=name)
        pairs.append((seen, msgspec.structs.replace(base, observation=stored)))
    alone, together = (judge(p, dict.fromkeys("abc", True))[0] for p in (pairs[:1], pairs))
    assert together.high > alone.high  # type: ignore[operator]
