"""Which run to train next: the one within a budget that narrows a stated answer most.

What a run would teach is known before it is trained: its noise is the others' scatter, and how it bears on the answer
follows from the law as fitted. Suffixes: p parameters, c candidates.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steepness.laws import checks
from steepness.laws.amounts import as_percent
from steepness.laws.forms import Floats
from steepness.laws.joint.fit_form import jacobian
from steepness.laws.joint.forms import Runs
from steepness.laws.joint.frontier import Frontier
from steepness.laws.joint.law import FLOPS_PER_PARAMETER, JointLaw
from steepness.laws.joint.region import Answer, gradient, information

BEYOND = 4.0  # times the largest and smallest size and data of the runs so far: how far candidates reach
AS_GOOD = 0.95  # a cheaper candidate is taken while it narrows by this share of the most
_GRID = 33


@dataclass(kw_only=True, frozen=True)
class NextRun:
    """The run to train next.

    Attributes:
        params: its parameters N.
        data: units of data D to train it on, all distinct.
        flops: what it costs.
        error: the error to expect of it, in the metric's unit.
        answer: what it is for.
        narrowing: share by which the answer's interval is expected to shrink, 0 to 1.
        reason: a sentence for people.
    """

    params: float
    data: float
    flops: float
    error: float
    answer: str
    narrowing: float
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return asdict(self)


def next_run(
    law: JointLaw,
    flops: float,
    answer: str = "params",
    *,
    at: float | None = None,
    sizes: ArrayLike | None = None,
    data: ArrayLike | None = None,
    flops_per_parameter: float = FLOPS_PER_PARAMETER,
) -> NextRun:
    """The run of at most `flops` that narrows the answer's interval most; the cheapest of those that are as good.

    Args:
        law: fitted to the runs so far.
        flops: the most that the run may cost, > 0.
        answer: "params" or "error" of the best split of `at` FLOPs, or a parameter of the law's formula, such as "b".
        at: the budget that "params" and "error" are asked for, > 0; ten times that of the largest run where it is None.
        sizes: parameter counts that could be trained, shape (i,); a grid about those so far where it is None.
        data: amounts of data that it could be trained on, shape (j,); likewise.
        flops_per_parameter: FLOPs per parameter and unit of data, > 0.
    Raises:
        ValueError: an answer the law has not, numbers not positive, no candidate within the budget.
    Source: c-optimal design, one run ahead (Atkinson, Donev and Tobias 2007, chapter 10).
    """
    for name, value in (("flops", flops), ("at", at or 1.0), ("flops_per_parameter", flops_per_parameter)):
        if not value > 0:
            raise ValueError(f"{name} is {value:g}; give a positive number")
    params_c, data_c = _candidates(law, flops / flops_per_parameter, sizes, data)
    asked, called = _answer(law, answer, at, flops_per_parameter)
    narrowing_c = _narrowing(law, asked, Runs.of(params_c, data_c, None, law.centre))
    good = np.flatnonzero(narrowing_c >= AS_GOOD * narrowing_c.max())
    best = int(good[np.argmin((params_c * data_c)[good])])
    n, d, share = float(params_c[best]), float(data_c[best]), float(narrowing_c[best])
    cost = n * d * flops_per_parameter
    said = f"{n:.3g} parameters on {d:.3g} units of data ({cost:.2g} FLOPs) are expected to narrow {called}"
    expected = float(law.predict([n], [d])[0])
    return NextRun(
        params=n,
        data=d,
        flops=cost,
        error=expected,
        answer=called,
        narrowing=share,
        reason=f"{said} by {as_percent(share)}",
    )


def _candidates(
    law: JointLaw, budget: float, sizes: ArrayLike | None, data: ArrayLike | None
) -> tuple[Floats, Floats]:
    """Params and data of every pair within the budget, shape (c,) each."""
    runs, centre = law.fitted.runs, law.centre
    log_n = _about(runs.n + centre.log_n) if sizes is None else np.log(checks.positive_column(sizes, "sizes"))
    log_d = _about(runs.d + centre.log_d) if data is None else np.log(checks.positive_column(data, "data"))
    n_c, d_c = (x.ravel() for x in np.meshgrid(log_n, log_d))
    within = n_c + d_c <= np.log(budget) + 1e-9
    if not within.any():
        least = np.exp(float((n_c + d_c).min())) / budget
        raise ValueError(
            f"the smallest run costs {least:.3g} times the budget; raise flops, or give smaller sizes"
        )
    return np.exp(n_c[within]), np.exp(d_c[within])


def _about(log_x: Floats) -> Floats:
    return np.linspace(log_x.min() - np.log(BEYOND), log_x.max() + np.log(BEYOND), _GRID)


def _answer(law: JointLaw, name: str, at: float | None, flops_per_parameter: float) -> tuple[Answer, str]:
    """The answer as a function of theta, and what to call it."""
    form, centre = law.fitted.form, law.centre
    if name in ("params", "error"):
        spent = float((law.fitted.runs.n + law.fitted.runs.d).max()) + centre.log_n + centre.log_d
        log_budget = spent + np.log(10) if at is None else float(np.log(at / flops_per_parameter))
        frontier = Frontier(form, centre, log_budget, None)
        asked: Answer = frontier.log_params if name == "params" else frontier.log_error
        return asked, f"the best {name} at {np.exp(log_budget) * flops_per_parameter:.2g} FLOPs"
    known = {parameter.name: parameter for parameter in form.parameters}
    if name not in known:
        raise ValueError(f"there is no answer {name!r}; choose params, error, or one of {', '.join(known)}")
    return lambda theta: known[name].of(theta, centre), name


def _narrowing(law: JointLaw, asked: Callable[[Floats], Floats], runs: Runs) -> Floats:
    """The share by which each candidate would shrink the answer's standard error, shape (c,)."""
    theta = law.fitted.theta
    inverse = np.linalg.pinv(information(law.fitted), hermitian=True)
    across, teaches_cp = gradient(asked, theta), jacobian(law.fitted.form, runs, theta)
    before = float(across @ inverse @ across)
    bears_c = (teaches_cp @ inverse @ across) ** 2
    own_c = 1 + np.einsum("cp,pq,cq->c", teaches_cp, inverse, teaches_cp)
    left_c: Floats = np.maximum(1 - bears_c / own_c / max(before, 1e-300), 0.0)
    narrowing_c: Floats = 1 - np.sqrt(left_c)
    return narrowing_c
