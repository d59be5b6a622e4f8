"""How long the same data pays, on public runs of up to 3,000 epochs."""

from __future__ import annotations

import json

import numpy as np
import pytest

from steepness.laws import JointLaw, epochs, fit_joint
from tests.laws.joint.runs import PUBLIC, many, read


@pytest.fixture(scope="module")
def law() -> JointLaw:
    runs = read(PUBLIC / "data_constrained.csv")
    return fit_joint(runs["params"], runs["data"], runs["loss"], unique=runs["unique"], form="repeated")


def test_the_least_error_is_where_it_says(law: JointLaw) -> None:
    found = epochs(law, 1e9, 1e9)
    around = found.least.value * np.array([0.8, 1.0, 1.25])
    errors = law.predict(np.full(3, 1e9), 1e9 * around, np.full(3, 1e9))
    assert errors[1] < min(errors[0], errors[2])
    assert errors[1] == pytest.approx(found.error)
    assert found.fresh_error < found.error
    assert found.pay.value < found.least.value
    assert found.least.low < found.least.value < found.least.high


def test_small_models_and_much_data_bear_more_epochs(law: JointLaw) -> None:
    pay = {(n, u): epochs(law, n, u).pay.value for n in (3e8, 1e9) for u in (1e8, 1e9)}
    assert pay[1e9, 1e8] < pay[3e8, 1e8] < pay[3e8, 1e9]
    assert pay[1e9, 1e8] < pay[1e9, 1e9]


def test_what_never_stops_paying_is_null_in_json(law: JointLaw) -> None:
    told = epochs(law, 1e7, 1e11).as_dict()
    assert told["least"]["value"] is None
    json.dumps(told, allow_nan=False)


def test_a_law_of_fresh_data_is_refused() -> None:
    with pytest.raises(ValueError, match="knows no repeated data"):
        epochs(fit_joint(*many(n=60)), 1e9, 1e9)
