"""The best split of a training budget under any joint law: where on the line N * D = budget the error is least.

Suffixes: k parameter vectors at once, g points of a grid.
"""

from dataclasses import dataclass

import numpy as np

from steepness.laws.forms import Floats
from steepness.laws.joint.forms import Centre, JointForm, Runs

_REACH = 16.0  # natural logs to either side of the centre
_GRID, _ZOOMS = 65, 4


@dataclass(frozen=True)
class Frontier:
    """A budget under a form.

    Attributes:
        log_budget: log of N * D.
        log_unique: log of the distinct data, or None where all data is fresh.
    """

    form: JointForm
    centre: Centre
    log_budget: float
    log_unique: float | None

    def runs(self, log_n: Floats) -> Runs:
        """What training N parameters on the whole budget looks like to the form."""
        log_d = self.log_budget - log_n
        log_u = log_d if self.log_unique is None else np.minimum(self.log_unique, log_d)
        return Runs(
            log_n - self.centre.log_n,
            log_d - self.centre.log_d,
            np.expm1(np.minimum(log_d - log_u, 30.0)),
            log_n - log_u - self.centre.log_load,
        )

    def log_params(self, theta_pk: Floats) -> Floats:
        """Log of the best N, shape (k,): by the form's own formula, or a grid that closes in on the least error."""
        if self.form.best_n is not None:
            budget = self.log_budget - self.centre.log_n - self.centre.log_d
            return self.form.best_n(theta_pk, budget) + self.centre.log_n
        vectors = theta_pk.shape[1]
        middle_k, reach = np.full(vectors, self.centre.log_n), _REACH
        for _ in range(_ZOOMS):
            log_n_kg = middle_k[:, None] + np.linspace(-reach, reach, _GRID)
            error_kg = self.form.log_law(theta_pk[:, :, None], self.runs(log_n_kg))
            at = np.clip(error_kg.argmin(axis=1), 1, _GRID - 2)
            gap = 2 * reach / (_GRID - 1)
            middle_k = log_n_kg[np.arange(vectors), at] + gap * _vertex(error_kg, at)
            reach = 2 * gap
        return middle_k

    def log_error(self, theta_pk: Floats) -> Floats:
        """Log of the error at the best N, less the runs' mean log error, shape (k,)."""
        log_n_k = self.log_params(theta_pk)
        return self.form.log_law(theta_pk[:, :, None], self.runs(log_n_k[:, None]))[:, 0]

    def is_bounded(self, theta: Floats) -> bool:
        """Whether the law has a best split at all within reach."""
        return abs(float(self.log_params(theta[:, None])[0]) - self.centre.log_n) < 0.95 * _REACH


def _vertex(error_kg: Floats, at: Floats) -> Floats:
    """Of the parabola through three neighbours, in grid steps from the middle one."""
    row = np.arange(len(error_kg))
    left, here, right = (error_kg[row, at + i] for i in (-1, 0, 1))
    bend = left - 2 * here + right
    shift: Floats = np.where(bend > 1e-300, (left - right) / (2 * np.maximum(bend, 1e-300)), 0.0)
    return np.clip(shift, -1.0, 1.0)
