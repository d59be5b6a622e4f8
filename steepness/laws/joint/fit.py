"""Fit a joint law to runs: what is asked of them, and which form."""

import numpy as np
from numpy.typing import ArrayLike

from steepness.laws import checks
from steepness.laws.forms import Floats
from steepness.laws.joint.choice import choose
from steepness.laws.joint.fit_form import fit_form
from steepness.laws.joint.forms import JOINT_FORMS, Centre, JointForm, Runs
from steepness.laws.joint.law import JointLaw

AUTO = "auto"
COLLINEAR = 0.99  # correlation of log N and log D from which their effects cannot be told apart


def fit_joint(
    params: ArrayLike,
    data: ArrayLike,
    error: ArrayLike,
    level: float = 0.95,
    *,
    unique: ArrayLike | None = None,
    form: str = "chinchilla",
) -> JointLaw:
    """Fit a law of error in parameters and data, by default E + A / N**a + B / D**b.

    A Huber loss on log residuals, bent at twice the runs' own scatter. Intervals are the range of each answer over all
    laws whose loss is not significantly worse: benchmarks/laws/joint_coverage.md says how often they hold the truth.

    Args:
        params: parameter counts N, shape (n,), > 0.
        data: units of data D trained on, shape (n,), > 0.
        error: errors, shape (n,), > 0.
        level: confidence of the intervals, between 0 and 1.
        unique: distinct units of data U among D, shape (n,), 0 < U <= D, where some were seen more than once.
        form: a key of `JOINT_FORMS`, or "auto": the one that best foretells the runs of largest N * D from the others;
            `JointLaw.choice.reason` says why.
    Raises:
        ValueError: fewer runs than the form has parameters and one more, fewer than 3 distinct N or D, N and D that
            rise together, values not finite and positive, U above D, lengths that differ, a form that is not known.
    Source: Hoffmann et al. 2022, approach 3; Besiroglu et al. 2024 on its intervals.
    """
    level = checks.level_of(level)
    named = {"params": params, "data": data, "error": error}
    N, D, y, *U = checks.columns(named if unique is None else {**named, "unique": unique})
    forms = _forms(form, bool(U))
    _refuse_poor_designs(N, D, max(f.size for f in forms) if form != AUTO else 5)
    distinct = _distinct(D, U[0]) if U else D
    centre = Centre(*(float(np.log(x).mean()) for x in (N, D, N / distinct, y)))
    runs, log_error = Runs.of(N, D, distinct, centre), np.log(y) - centre.log_scale
    choice = choose(forms, runs, log_error) if form == AUTO else None
    best = JOINT_FORMS[choice.form] if choice else forms[0]
    return JointLaw(fit_form(best, runs, log_error), centre, level, choice)


def _forms(form: str, repeats: bool) -> list[JointForm]:
    """The form asked for, or all that suit the runs."""
    if form == AUTO:
        return [f for f in JOINT_FORMS.values() if f.repeated == repeats or f.name == "chinchilla"]
    if form not in JOINT_FORMS:
        raise ValueError(f"there is no form {form!r}; choose one of {', '.join((*JOINT_FORMS, AUTO))}")
    if JOINT_FORMS[form].repeated and not repeats:
        raise ValueError(
            f"form {form!r} is about data seen more than once; say how much of each run's data is distinct "
            "(unique in Python, --unique COLUMN in a command)"
        )
    return [JOINT_FORMS[form]]


def _refuse_poor_designs(N: Floats, D: Floats, size: int) -> None:
    if len(N) < size + 1 or len(np.unique(N)) < 3 or len(np.unique(D)) < 3:
        raise ValueError(
            f"{size} parameters need at least {size + 1} runs over at least 3 sizes and 3 amounts of data; there are "
            f"{len(N)} over {len(np.unique(N))} and {len(np.unique(D))}"
        )
    together = float(np.corrcoef(np.log(N), np.log(D))[0, 1])
    if abs(together) > COLLINEAR:
        raise ValueError(
            f"N and D {'rise together' if together > 0 else 'trade one for one'} (correlation of the logs "
            f"{together:.3f}), so the runs cannot tell what each brings; add runs with 4 times more or less data at "
            "some of the sizes"
        )


def _distinct(D: Floats, U: Floats) -> Floats:
    wrong = np.flatnonzero(U > D * (1 + 1e-6))
    if wrong.size:
        i = int(wrong[0])
        raise ValueError(
            f"unique[{i}] is {U[i]:g}, more than the {D[i]:g} trained on; swap the columns or mend the row"
        )
    return np.minimum(U, D)
