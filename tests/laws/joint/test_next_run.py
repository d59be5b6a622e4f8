"""The run that is advised narrows what it was advised for, by about what was said, and more than others do."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import JointLaw, fit_joint, joint_law, next_run
from tests.laws.joint.runs import GRID_TRUTH, grid

BUDGET = 6e21


@pytest.fixture(scope="module")
def law() -> JointLaw:
    return fit_joint(*grid(0.005, 3))


def width_with(params: float, data: float, answer: str) -> float:
    """Width of an answer once one more run, without noise, is known."""
    columns = grid(0.005, 3)
    more = float(joint_law([params], [data], **GRID_TRUTH)[0])
    law = fit_joint(*(np.append(x, v) for x, v in zip(columns, (params, data, more), strict=True)))
    told = law.compute_optimal(1e23).params if answer == "params" else getattr(law, answer)
    return float(np.log(told.high / told.low)) if answer == "params" else told.high - told.low


@pytest.mark.parametrize("answer", ["params", "b"])
def test_it_narrows_the_answer_more_than_others(law: JointLaw, answer: str) -> None:
    advised = next_run(law, BUDGET, answer, at=1e23)
    assert advised.flops <= BUDGET * (1 + 1e-6)
    before = law.compute_optimal(1e23).params if answer == "params" else law.b
    width = np.log(before.high / before.low) if answer == "params" else before.high - before.low
    narrowed = 1 - width_with(advised.params, advised.data, answer) / width
    assert narrowed == pytest.approx(advised.narrowing, abs=0.15)
    centre = width_with(3e8, 1.6e10, answer)
    assert width_with(advised.params, advised.data, answer) < centre


def test_what_can_be_trained_is_kept_to(law: JointLaw) -> None:
    advised = next_run(law, BUDGET, "b", sizes=[1e8, 1e9], data=[1e9, 1e10, 1e12])
    assert advised.params in (pytest.approx(1e8), pytest.approx(1e9))
    assert advised.data in (pytest.approx(1e9), pytest.approx(1e10), pytest.approx(1e12))
    assert "are expected to narrow b by" in advised.reason


def test_a_larger_budget_never_narrows_less(law: JointLaw) -> None:
    shares = [next_run(law, flops, "error", at=1e23).narrowing for flops in (1e20, 1e21, 1e22)]
    assert shares[0] <= shares[1] / 0.95 + 1e-9
    assert shares[1] <= shares[2] / 0.95 + 1e-9


def test_it_says_what_is_wrong(law: JointLaw) -> None:
    with pytest.raises(ValueError, match="no answer 'slope'; choose params, error, or one of E, A, a, B, b"):
        next_run(law, BUDGET, "slope")
    with pytest.raises(ValueError, match="the smallest run costs"):
        next_run(law, 1e10)
    with pytest.raises(ValueError, match="flops is 0; give a positive number"):
        next_run(law, 0)
