"""The laws themselves: power, power + constant, the size law, the joint law in data and parameters."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Form = Literal["power", "power_constant"]
FORMS: tuple[Form, ...] = ("power", "power_constant")


def power_law(m: ArrayLike, alpha: float, beta_g: float, gamma: float = 0.0) -> Floats:
    """Error after training on m units of data: alpha * m**beta_g + gamma.

    Args:
        m: shard sizes, shape (n,), in the curve's unit, > 0.
        alpha: error at m = 1 above gamma, in the metric's unit, > 0.
        beta_g: steepness, dimensionless, < 0.
        gamma: irreducible error, in the metric's unit, >= 0.
    Returns:
        Errors, shape (n,), in the metric's unit.
    Raises:
        ValueError: if any m is not positive.
    Source: Hestness et al. 2017, eq. 1.
    """
    return alpha * _positive(m, "m") ** beta_g + gamma


def size_law(m: ArrayLike, alpha: float, beta_p: float) -> Floats:
    """Parameters of the best-fit model for m units of data: alpha * m**beta_p.

    Args:
        m: shard sizes, shape (n,), in the curve's unit, > 0.
        alpha: parameters at m = 1, > 0.
        beta_p: exponent, dimensionless, usually 0.5 to 1.
    Returns:
        Parameter counts, shape (n,).
    Raises:
        ValueError: if any m is not positive.
    Source: Hestness et al. 2017, section 3 (sublinear model growth).
    """
    return alpha * _positive(m, "m") ** beta_p


def joint_law(params: ArrayLike, data: ArrayLike, E: float, A: float, a: float, B: float, b: float) -> Floats:
    """Error of N parameters trained on D units of data: E + A / N**a + B / D**b.

    Args:
        params: parameter counts N, shape (n,), > 0.
        data: units of data D, shape (n,), > 0.
        E: irreducible error, in the metric's unit, >= 0.
        A: error at N = 1 that more parameters remove, in the metric's unit, > 0.
        a: exponent of the parameters, dimensionless, > 0.
        B: error at D = 1 that more data removes, in the metric's unit, > 0.
        b: exponent of the data, dimensionless, > 0.
    Returns:
        Errors, shape (n,), in the metric's unit.
    Raises:
        ValueError: if any N or D is not positive.
    Source: Hoffmann et al. 2022, eq. 10; Rosenfeld et al. 2020.
    """
    return E + A * _positive(params, "params") ** -a + B * _positive(data, "data") ** -b


def _positive(x: ArrayLike, name: str) -> Floats:
    values = np.asarray(x, dtype=np.float64)
    if not (values > 0).all():
        raise ValueError(f"{name} must be positive everywhere; drop the points with {name} <= 0")
    return values
