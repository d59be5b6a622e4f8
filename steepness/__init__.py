"""steepness: learning curves as power laws, reproduced, fitted and forecast.

Names are loaded on first use, so that `import steepness` costs nothing and the laws never pull in torch.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_EXPORTS = {
    "fit": "steepness.laws",
    "read": "steepness.laws.reading",
    "extrapolate": "steepness.laws",
    "fit_size": "steepness.laws",
    "fit_joint": "steepness.laws",
    "next_run": "steepness.laws",
    "epochs": "steepness.laws",
    "buy": "steepness.laws",
    "backtest": "steepness.laws",
    "same_steepness": "steepness.laws",
    "data_for": "steepness.laws",
    "gain_of_doubling": "steepness.laws",
    "compute_for": "steepness.laws",
    "trust": "steepness.laws",
    "off_the_line": "steepness.laws",
    "get_domain": "steepness.domain",
    "load_study": "steepness.study",
}

__all__ = [*_EXPORTS, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'steepness' has no attribute {name!r}")
    return getattr(import_module(_EXPORTS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
