"""Where the search for a joint law begins: for fixed exponents the additive law is linear, so a grid finds its basins.

Suffixes: n runs, k exponents of the grid, g pairs of exponents.
"""

import numpy as np

from steepness.laws.forms import Floats
from steepness.laws.joint.forms import Runs

_EXPONENTS = np.geomspace(0.02, 2.0, 32)
_NOTHING = 1e-6  # a term that least squares would rather have negative


def additive_starts(runs: Runs, log_error_n: Floats) -> list[Floats]:
    """The grid's best basins of E + A / N**a + B / D**b by relative least squares: its thetas, best first."""
    gram, right = _normal_equations(runs, np.exp(log_error_n))
    k = len(_EXPONENTS)
    i, j = (v.ravel() for v in np.mgrid[0:k, 0:k])
    index_g3 = np.stack([np.zeros_like(i), i + 1, j + 1 + k], axis=1)
    found = []
    for kept, count in (([0, 1, 2], 2), ([1, 2], 1)):
        cost_g, solution_g = _solve(gram, right, index_g3[:, kept])
        for at in np.argsort(cost_g)[:: max(k // 4, 1)][:count]:
            if np.isfinite(cost_g[at]):
                share = np.full(3, _NOTHING)
                share[kept] = solution_g[at]
                log_a, log_b = np.log(share[1:])
                found.append(np.array([share[0], log_a, _EXPONENTS[i[at]], log_b, _EXPONENTS[j[at]]]))
    return found or [np.array([0.4, -1.0, 0.3, -1.0, 0.3])]


def _normal_equations(runs: Runs, error_n: Floats) -> tuple[Floats, Floats]:
    """Of all columns at once, each divided by the error: products with one another, and with 1."""
    powers = [np.exp(-np.outer(_EXPONENTS, x)) for x in (runs.n, runs.d)]
    columns = np.concatenate([[np.ones_like(runs.n)], *powers]) / error_n
    return columns @ columns.T, columns.sum(axis=1)


def _solve(gram: Floats, right: Floats, index_g: np.ndarray) -> tuple[Floats, Floats]:
    """Relative squares left, up to a constant, and shares of the terms; infinite where a share is not positive."""
    matrix = gram[index_g[:, :, None], index_g[:, None, :]] + 1e-10 * np.eye(index_g.shape[1])
    solution_g = np.linalg.solve(matrix, right[index_g][:, :, None])[:, :, 0]
    cost_g = np.where((solution_g > 0).all(axis=1), -(solution_g * right[index_g]).sum(axis=1), np.inf)
    return cost_g, solution_g
