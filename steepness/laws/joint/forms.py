"""The forms a law in parameters N and data D may take, all in logs and centred on the runs.

Suffixes: p parameters of a form, k parameter vectors at once, n runs. A form maps theta_pk and runs to log errors;
theta's first axis is the parameter, so that one call serves many vectors.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from steepness.laws.forms import Floats

_TINY = 1e-12
_LOG_LIMIT = 60.0


@dataclass(frozen=True)
class Centre:
    """Where the runs' logs are centred: what a form's own parameters are counted from.

    Attributes:
        log_n, log_d: means of log N and log D.
        log_load: mean of log N - log U.
        log_scale: mean of the log errors.
    """

    log_n: float
    log_d: float
    log_load: float
    log_scale: float


@dataclass(frozen=True)
class Runs:
    """Runs as the forms see them, shape (n,) each.

    Attributes:
        n, d: log N and log D, centred.
        repeats: D / U - 1, how often each unit of data was seen again; 0 where every unit is fresh.
        load: log N - log U, centred: parameters for each unit of distinct data.
    """

    n: Floats
    d: Floats
    repeats: Floats
    load: Floats

    @classmethod
    def of(cls, params: Floats, data: Floats, unique: Floats | None, centre: Centre) -> "Runs":
        """Counts in the caller's units, shape (n,) each, to logs about `centre`."""
        log_n, log_d = np.log(params), np.log(data)
        log_u = log_d if unique is None else np.log(unique)
        return cls(
            log_n - centre.log_n,
            log_d - centre.log_d,
            np.maximum(np.expm1(log_d - log_u), 0.0),
            log_n - log_u - centre.log_load,
        )

    def where(self, kept: np.ndarray) -> "Runs":
        """Some of the runs, by mask or index."""
        return Runs(self.n[kept], self.d[kept], self.repeats[kept], self.load[kept])


@dataclass(frozen=True)
class Parameter:
    """One number a form reports.

    Attributes:
        name: as in the formula.
        of: theta_pk and the centre to its value, shape (k,): of its log where `is_log`.
        is_log: told as exp of `of`.
        floor: the least it may be.
    """

    name: str
    of: Callable[[Floats, Centre], Floats]
    is_log: bool = False
    floor: float = 0.0


@dataclass(kw_only=True, frozen=True)
class JointForm:
    """A law's formula, with what a fit needs to know of it.

    Attributes:
        name: what `fit_joint(form=...)` calls it.
        formula: in words, for people.
        log_law: theta_p..., runs to log(error / scale).
        low, high: bounds of theta, shape (p,).
        starts: where a search for theta begins, given the additive law's own best thetas, shape (5,) each.
        parameters: what is reported.
        repeated: wants to know the distinct data U.
        source: where it comes from.
        best_n: theta_p... and the log of N * D, centred, to the centred log N of least error, where a formula tells it.
    """

    name: str
    formula: str
    log_law: Callable[[Floats, Runs], Floats]
    low: Floats
    high: Floats
    starts: Callable[[list[Floats]], list[Floats]]
    parameters: tuple[Parameter, ...]
    repeated: bool
    source: str
    best_n: Callable[[Floats, float], Floats] | None = None

    @property
    def size(self) -> int:
        """Free parameters."""
        return len(self.low)


def _exp(x: Floats) -> Floats:
    grown: Floats = np.exp(np.clip(x, -_LOG_LIMIT, _LOG_LIMIT))
    return grown


def _log(x: Floats) -> Floats:
    logs: Floats = np.log(np.maximum(x, _TINY))
    return logs


def _additive(t: Floats, runs: Runs) -> Floats:
    return _log(t[0] + _exp(t[1] - t[2] * runs.n) + _exp(t[3] - t[4] * runs.d))


def _coupled(t: Floats, runs: Runs) -> Floats:
    reducible = _exp(t[1] - t[2] * runs.n) + _exp(t[3] - t[4] * runs.d)
    return _log(t[0] + _exp(t[5] * _log(reducible)))


def _sliding(t: Floats, runs: Runs) -> Floats:
    slope = t[4] * _exp(-t[5] * runs.n)
    return _log(_exp(t[0] - t[1] * runs.n) + _exp(t[2] - t[3] * runs.n - slope * runs.d))


def _repeated(t: Floats, runs: Runs) -> Floats:
    spoilt = _exp(t[5] + t[6] * runs.load) * -np.expm1(-runs.repeats * _exp(-t[7]))
    return _log(t[0] + _exp(t[1] - t[2] * runs.n) + _exp(t[3] - t[4] * runs.d) + spoilt)


def _effective(t: Floats, runs: Runs) -> Floats:
    worth = _exp(t[5])
    log_u = runs.d - np.log1p(runs.repeats)
    fresh = log_u + np.log1p(worth * -np.expm1(-runs.repeats / worth))
    return _log(t[0] + _exp(t[1] - t[2] * runs.n) + _exp(t[3] - t[4] * fresh))


def _best_of_two_powers(t: Floats, budget: float) -> Floats:
    """Where A / N**a + B / D**b is least for N * D fixed (Hoffmann et al. 2022, eq. 4), in centred logs."""
    balance = np.log(t[2]) + t[1] - np.log(t[4]) - t[3] + t[4] * budget
    log_n: Floats = balance / (t[2] + t[4])
    return log_n


def _at(i: int) -> Callable[[Floats, Centre], Floats]:
    return lambda t, _: t[i]


_E = Parameter("E", lambda t, c: t[0] * np.exp(c.log_scale))
_A = Parameter("A", lambda t, c: t[1] + t[2] * c.log_n + c.log_scale, is_log=True)
_B = Parameter("B", lambda t, c: t[3] + t[4] * c.log_d + c.log_scale, is_log=True)
_SMALL_A, _SMALL_B = Parameter("a", _at(2)), Parameter("b", _at(4))
_ADDITIVE_LOW, _ADDITIVE_HIGH = [0.0, -30, 1e-4, -30, 1e-4], [20.0, 10, 5, 10, 5]
_SLIDING_STARTS = [np.array([-0.4, a, -1.2, 0.05, 0.3, 0.0]) for a in (0.05, 0.3)]

CHINCHILLA = JointForm(
    name="chinchilla",
    formula="E + A / N**a + B / D**b",
    log_law=_additive,
    low=np.array(_ADDITIVE_LOW),
    high=np.array(_ADDITIVE_HIGH),
    starts=lambda additive: additive,
    parameters=(_E, _A, _SMALL_A, _B, _SMALL_B),
    repeated=False,
    source="Hoffmann et al. 2022, approach 3; Rosenfeld et al. 2020",
    best_n=_best_of_two_powers,
)
COUPLED = JointForm(
    name="coupled",
    formula="E + (A / N**a + B / D**b)**c",
    log_law=_coupled,
    low=np.array([*_ADDITIVE_LOW, 0.05]),
    high=np.array([*_ADDITIVE_HIGH, 5.0]),
    starts=lambda additive: [np.append(t, c) for t in additive[:2] for c in (1.0, 0.6)],
    parameters=(
        _E,
        Parameter("A", lambda t, c: t[1] + t[2] * c.log_n + c.log_scale / t[5], is_log=True),
        _SMALL_A,
        Parameter("B", lambda t, c: t[3] + t[4] * c.log_d + c.log_scale / t[5], is_log=True),
        _SMALL_B,
        Parameter("c", _at(5)),
    ),
    repeated=False,
    source="Kaplan et al. 2020, eq. 1.5, with an irreducible error",
    best_n=_best_of_two_powers,
)
SLIDING = JointForm(
    name="sliding",
    formula="A / (N/N0)**a + B / (N/N0)**g / (D/D0)**(b / (N/N0)**h), N0 and D0 the runs' geometric means",
    log_law=_sliding,
    low=np.array([-30.0, 1e-4, -30, -3, 1e-4, -1]),
    high=np.array([10.0, 5, 10, 3, 5, 1]),
    starts=lambda _: _SLIDING_STARTS,
    parameters=(
        Parameter("A", lambda t, c: t[0] + c.log_scale, is_log=True),
        Parameter("a", _at(1)),
        Parameter("B", lambda t, c: t[2] + c.log_scale, is_log=True),
        Parameter("g", _at(3), floor=-np.inf),
        Parameter("b", _at(4)),
        Parameter("h", _at(5), floor=-np.inf),
    ),
    repeated=False,
    source="Li et al. 2025 (Farseer), whose exponent of the data falls with size, with three parameters fewer",
)
REPEATED = JointForm(
    name="repeated",
    formula="E + A / N**a + B / D**b + C * (N/U)**h * (1 - exp(-(D/U - 1) / R))",
    log_law=_repeated,
    low=np.array([*_ADDITIVE_LOW, -30, 0, 0]),
    high=np.array([*_ADDITIVE_HIGH, 5, 4, 9]),
    starts=lambda additive: [
        np.append(t, late) for t in additive[:2] for late in ([-1.5, 1.0, 5.0], [-4, 1.0, 3.0])
    ],
    parameters=(
        _E,
        _A,
        _SMALL_A,
        _B,
        _SMALL_B,
        Parameter("C", lambda t, c: t[5] - t[6] * c.log_load + c.log_scale, is_log=True),
        Parameter("h", _at(6)),
        Parameter("R", _at(7), is_log=True),
    ),
    repeated=True,
    source="chosen here: Chinchilla's law in all data seen, with what seeing it again spoils in large models",
)
EFFECTIVE = JointForm(
    name="effective",
    formula="E + A / N**a + B / F**b, F = U * (1 + R * (1 - exp(-(D/U - 1) / R)))",
    log_law=_effective,
    low=np.array([*_ADDITIVE_LOW, -3]),
    high=np.array([*_ADDITIVE_HIGH, 9]),
    starts=lambda additive: [np.append(t, worth) for t in additive[:2] for worth in (1.0, 2.7)],
    parameters=(_E, _A, _SMALL_A, _B, _SMALL_B, Parameter("R", _at(5), is_log=True)),
    repeated=True,
    source="Muennighoff et al. 2023, eq. 5, with parameters that count in full",
)
JOINT_FORMS = {form.name: form for form in (CHINCHILLA, COUPLED, SLIDING, EFFECTIVE, REPEATED)}
