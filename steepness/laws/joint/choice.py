"""Which form to believe: fit each to the cheaper runs and see how it does on the corner held out, the dearest ones.

Fit to all runs says little: a law is wanted where nobody has trained yet, and a form that bends wrongly shows it first
where N * D is largest.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from steepness.laws.amounts import as_percent
from steepness.laws.forms import Floats
from steepness.laws.joint.fit_form import fit_form
from steepness.laws.joint.forms import JointForm, Runs

CORNERS = (0.1, 0.2, 0.35)  # shares of the runs held out, the largest N * D
TIE = 1.1  # a form with fewer parameters wins while its miss is at most so many times the least


@dataclass(frozen=True)
class CornerScore:
    """How a form did on held-out corners.

    Attributes:
        form: its name.
        miss: root mean square relative error of the held-out runs, geometric mean over the corners.
        r2: share of the held-out errors' variance that it foretold, for each corner; negative is worse than their mean.
    """

    form: str
    miss: float
    r2: tuple[float, ...]


@dataclass(frozen=True)
class Choice:
    """The form chosen, and why.

    Attributes:
        form: the winner's name.
        scores: of every form tried, best first.
        reason: a sentence for people.
    """

    form: str
    scores: tuple[CornerScore, ...]
    reason: str


def choose(forms: list[JointForm], runs: Runs, log_error_n: Floats) -> Choice:
    """Hold out the corners of largest N * D, fit the forms to the rest, and take the one that misses least.

    Raises:
        ValueError: too few runs to hold any out.
    """
    spent = runs.n + runs.d
    most = max(form.size for form in forms)
    dearest = (spent > np.quantile(spent, 1 - share) for share in CORNERS)
    corners = [held for held in dearest if held.sum() >= 2 and (~held).sum() >= most + 3]
    if not corners:
        raise ValueError(
            f"{len(log_error_n)} runs are too few to hold a corner out and choose a form; name one, such as "
            "the form chinchilla"
        )
    scores = sorted(
        (_score(form, runs, log_error_n, corners) for form in forms), key=lambda score: score.miss
    )
    sizes = {form.name: form.size for form in forms}
    tied = [score for score in scores if score.miss <= TIE * scores[0].miss]
    best = min(tied, key=lambda score: (sizes[score.form], score.miss))
    return Choice(best.form, tuple(scores), _reason(best, scores))


def _score(form: JointForm, runs: Runs, log_error_n: Floats, corners: list[NDArray[np.bool_]]) -> CornerScore:
    misses, r2 = [], []
    for held in corners:
        law = fit_form(form, runs.where(~held), log_error_n[~held])
        foretold, measured = form.log_law(law.theta, runs.where(held)), log_error_n[held]
        misses.append(float(np.mean((foretold - measured) ** 2)))
        off, spread = np.exp(foretold) - np.exp(measured), np.exp(measured) - np.exp(measured).mean()
        r2.append(1 - float((off**2).sum()) / max(float((spread**2).sum()), 1e-300))
    return CornerScore(form.name, float(np.exp(np.mean(np.log(np.maximum(misses, 1e-12))) / 2)), tuple(r2))


def _reason(best: CornerScore, scores: list[CornerScore]) -> str:
    others = ", ".join(f"{s.form} {as_percent(s.miss, 2)}" for s in scores if s is not best)
    tie = "" if best is scores[0] else ", which is as good as the best and has fewer parameters"
    said = f"{best.form}: foretells held-out runs of largest N * D within {as_percent(best.miss, 2)}{tie}"
    return f"{said} ({others})" if others else said
