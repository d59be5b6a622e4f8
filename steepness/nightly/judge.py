"""Holds an observation against a baseline: which statistics moved, by a rule whose false alarms are known.

Every statistic has a prediction interval for the middle of the night's n values, from the baseline's N stored ones:
middle -+ t * s * sqrt(v(n) + v(N)), with s their standard deviation, t of N - 1 degrees of freedom, and v the
variance of such a middle in units of s**2. Over seeds the middle is the median, as in every curve: now and then one
seed gets stuck, and a mean of four follows it. Over sessions it is the mean. Both sides are one-sided tests: one asks
whether the statistic is worse, the other whether it is too good. All tests of a night share a chance by Bonferroni's
rule, which holds however the statistics hang together.

Sources: Hahn and Meeker, Statistical Intervals (1991), section 4.8: prediction of the mean of future observations;
Chu, J. T. (1955), Annals of Mathematical Statistics 26: the variance of a normal sample's median.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np
from scipy.stats import t as student

from steepness.nightly.baseline import Baseline
from steepness.nightly.observation import Observation, statistics

FALSE_ALARM = 0.01
"""Chance of any alarm in a night in which nothing has changed, at most."""
NORMAL_SHARE = 0.5
"""Of that chance, what the tests are given, which take values for normal: errors of seeds have a longer tail on the
worse side, and with all of it nights alarm more often than stated (benchmarks/nightly_alarms.md measures it)."""
LIMITS = {"throughput": 0.15, "memory": 0.10}
"""Changes smaller than this share raise no alarm, however significant."""
LEAST_SPREAD = 1e-3
"""Of log errors: no stored runs agree so well that the next ones must, too."""
LEAST_SPREAD_OF_SESSIONS = 0.01

Kind = Literal["error", "exponent", "throughput", "memory", "schema", "experiment", "trials", "baseline"]
State = Literal["ok", "worse", "too good", "changed", "not judged"]
QUIET = ("ok", "not judged")
Values = tuple[float, ...]
Sessions = Mapping[str, Sequence[float]]


class Statistic(msgspec.Struct, frozen=True, kw_only=True):
    """One statistic of a night, beside what the baseline lets one expect."""

    domain: str
    curve: str
    """"model/metric", or the model for throughput and memory, or empty."""
    name: str
    kind: Kind
    expected: float | str
    low: float | None = None
    high: float | None = None
    """Bounds of what is accepted."""
    tonight: float | str = msgspec.field(name="found")
    state: State

    @property
    def alarming(self) -> bool:
        """Whether the night fails for it."""
        return self.state not in QUIET


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A statistic before it is known how many share the chance of a false alarm. Values of logarithms but for
    exponents."""

    curve: str
    name: str
    kind: Kind
    stored: Values
    tonight: Values
    least_spread: float

    @property
    def over_seeds(self) -> bool:
        """Whether a value belongs to a seed, else to a session."""
        return self.kind in ("error", "exponent")

    def middle(self, values: Values) -> float:
        """The median over seeds, the mean over sessions."""
        return float(np.median(values) if self.over_seeds else np.mean(values))

    def variance(self, n: int) -> float:
        """Of the middle of n values, in units of one value's."""
        return math.pi / (2 * n + math.pi - 2) if self.over_seeds else 1 / n


def judge(
    pairs: Sequence[tuple[Observation, Baseline]],
    same_machine: Mapping[str, bool],
    false_alarm: float = FALSE_ALARM,
) -> list[Statistic]:
    """Every statistic of a night.

    Args:
        pairs: what was seen of each domain, with its baseline.
        same_machine: by domain, whether the baseline is of this class of machine; else neither throughput nor
            memory is judged.
        false_alarm: chance that a night without change raises an alarm, at most.
    """
    tests = {seen.domain: list(_tests(seen, base, same_machine[seen.domain])) for seen, base in pairs}
    share = NORMAL_SHARE * false_alarm / max(2 * sum(map(len, tests.values())), 1)
    found: list[Statistic] = []
    for seen, base in pairs:
        found += _changes(seen, base)
        found += [_judged(seen.domain, test, share) for test in tests[seen.domain]]
    return found


def _tests(seen: Observation, base: Baseline, same_machine: bool) -> Iterator[Measured]:
    stored = base.observation
    if _experiment(seen, stored):
        return
    before, now = statistics(stored), statistics(seen)
    shards = sorted({m for by_m in stored.runs.values() for m in by_m})
    span = math.log(shards[-1] / shards[0]) if len(shards) > 1 else 1.0
    for curve, name in (statistic for statistic in before if statistic in now):
        kind: Kind = "exponent" if name == "exponent" else "error"
        least = LEAST_SPREAD / span if kind == "exponent" else LEAST_SPREAD
        yield Measured(
            curve=curve,
            name=name,
            kind=kind,
            stored=tuple(before[curve, name]),
            tonight=tuple(now[curve, name]),
            least_spread=least,
        )
    if same_machine:
        yield from _of_sessions("throughput", stored.rates, seen.rates)
        yield from _of_sessions("memory", stored.memory, seen.memory)


def suspicious(seen: Observation, base: Baseline) -> bool:
    """Whether throughput or memory differ by more than `LIMITS`, significantly or not.

    To measure again then, and judge all sessions together, raises no more false alarms than to have measured as often
    every night: it only leaves out nights that look well.
    """
    stored = base.observation
    tests = [
        *_of_sessions("throughput", stored.rates, seen.rates),
        *_of_sessions("memory", stored.memory, seen.memory),
    ]
    return any(abs(t.middle(t.tonight) - t.middle(t.stored)) > math.log1p(LIMITS[t.kind]) for t in tests)


def _of_sessions(kind: Kind, before: Sessions, now: Sessions) -> Iterator[Measured]:
    for model in (model for model in before if model in now):
        stored, tonight = (tuple(map(math.log, sessions[model])) for sessions in (before, now))
        yield Measured(
            curve=model,
            name=kind,
            kind=kind,
            stored=stored,
            tonight=tonight,
            least_spread=LEAST_SPREAD_OF_SESSIONS,
        )


def accepted(test: Measured, share: float) -> tuple[float, float]:
    """The prediction interval for the middle of tonight's values; one-sided chance `share` on either side."""
    stored = np.array(test.stored)
    if len(stored) < 2:
        raise ValueError(
            f"a baseline of one run tells nothing of its spread ({test.curve} {test.name}); make it again"
        )
    spread = max(float(stored.std(ddof=1)), test.least_spread)
    reach = math.sqrt(test.variance(len(test.tonight)) + test.variance(len(stored)))
    half = float(student.isf(share, len(stored) - 1)) * spread * reach
    if limit := LIMITS.get(test.kind):
        half = max(half, math.log1p(limit))
    middle = test.middle(test.stored)
    return middle - half, middle + half


def _judged(domain: str, test: Measured, share: float) -> Statistic:
    low, high = accepted(test, share)
    tonight = test.middle(test.tonight)
    worse, better = (
        (tonight < low, tonight > high) if test.kind == "throughput" else (tonight > high, tonight < low)
    )
    shown: Callable[[float], float] = (lambda x: x) if test.kind == "exponent" else math.exp
    return Statistic(
        domain=domain,
        curve=test.curve,
        name=test.name,
        kind=test.kind,
        expected=shown(test.middle(test.stored)),
        low=shown(low),
        high=shown(high),
        tonight=shown(tonight),
        state="worse" if worse else "too good" if better else "ok",
    )


def _changes(seen: Observation, base: Baseline) -> Iterator[Statistic]:
    """What no test is needed for: another experiment, fields of the records, trials that came to nothing."""

    def changed(kind: Kind, name: str, expected: str, tonight: str) -> Statistic:
        return Statistic(
            domain=seen.domain,
            curve="",
            name=name,
            kind=kind,
            expected=expected,
            tonight=tonight,
            state="changed",
        )

    stored = base.observation
    for name, (before, now) in _experiment(seen, stored).items():
        yield changed("experiment", name, before, now)
    for path in sorted(stored.fields.keys() | seen.fields.keys()):
        before, now = stored.fields.get(path, "missing"), seen.fields.get(path, "missing")
        if before != now:
            yield changed("schema", path, before, now)
    for line in seen.lost:
        yield changed("trials", "lost trial", "done", line)
    for curve, name in sorted(statistics(stored).keys() - statistics(seen).keys()):
        if not _experiment(seen, stored):
            yield changed("error", f"{curve} {name}", "an error above zero", "none")


def _experiment(seen: Observation, stored: Observation) -> dict[str, tuple[str, str]]:
    """Settings and data that differ: errors then have nothing to be held against.

    A setting that only one of them knows is a change of the schema, and named there.
    """
    before, now = (o.settings | {"data fingerprint": o.fingerprint[:16]} for o in (stored, seen))
    return {
        name: (str(before[name]), str(now[name]))
        for name in before
        if name in now and before[name] != now[name]
    }
