"""What a study's quantities are called on a page: its metrics, and the axes of its curves."""

from __future__ import annotations

from steepness.press.words import plain
from steepness.study.claims import Claim
from steepness.study.curves import Curve
from steepness.study.study import Study

LONGEST_NAME = 24
"""Characters of a name beside its line."""


def metric_unit(study: Study, metric: str) -> str:
    """The unit of one of the study's metrics."""
    return next(m.unit for m in study.manifest.metrics if m.name == metric)


def metric_name(study: Study, metric: str) -> str:
    """A metric in words, without a unit that its name ends in: cross_entropy_nats (nats per word) -> cross entropy."""
    unit = metric_unit(study, metric).split()
    return plain(metric).removesuffix(f" {unit[0]}" if unit else "")


def model_name(model: str) -> str:
    """A model as a label has room for: the class of an import path, cut where it is long."""
    return cut(model.rpartition(":")[2])


def cut(name: str) -> str:
    """A name as a label has room for, its middle left out where it is long."""
    return (
        name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME // 2]}…{name[-LONGEST_NAME // 2 + 1 :]}"
    )


def data_axis(study: Study) -> str:
    """The x axis of every curve."""
    also = study.manifest.shown_as
    return f"training data, m ({study.manifest.unit}" + (f"; {also[0]} = m / {also[1]:,g})" if also else ")")


def error_axis(study: Study, metric: str) -> str:
    """The y axis of a metric's curves; a metric that is called after its unit needs no other."""
    name, unit = metric_name(study, metric), metric_unit(study, metric)
    return f"validation {name}" + f" ({unit})" * (name != unit)


def claim_scale(study: Study, curve: Curve, other: Claim | None = None) -> float | None:
    """How many of our units of data make one of the claim's; None where unit or metric cannot be set side by side.

    Args:
        other: another claim than the one that the curve is held against.
    """
    claim, also = other or curve.claim, study.manifest.shown_as
    if claim is None or claim.metric != curve.metric:
        return None
    if claim.unit == study.manifest.unit:
        return 1.0
    return float(also[1]) if also and also[0] == claim.unit else None
