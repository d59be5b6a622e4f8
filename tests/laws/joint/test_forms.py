"""Other forms, chosen by the corner that is held out."""

from __future__ import annotations

import numpy as np
import pytest

from steepness.laws import fit_joint
from tests.laws.joint.runs import PUBLIC, many, read


def farthest(runs: dict[str, np.ndarray], share: float) -> np.ndarray:
    spent = runs["params"] * runs["data"]
    return spent > np.quantile(spent, 1 - share)


def r2(told: np.ndarray, measured: np.ndarray) -> float:
    return float(1 - ((told - measured) ** 2).sum() / ((measured - measured.mean()) ** 2).sum())


def test_a_form_is_chosen_for_farseer() -> None:
    runs = read(PUBLIC / "farseer.csv")
    held = farthest(runs, 0.1)
    columns = (runs["params"], runs["data"], runs["loss"])
    found = fit_joint(*(x[~held] for x in columns), form="auto")
    told = found.predict(runs["params"][held], runs["data"][held])
    assert r2(told, runs["loss"][held]) >= 0.93
    additive = fit_joint(*(x[~held] for x in columns)).predict(runs["params"][held], runs["data"][held])
    assert r2(additive, runs["loss"][held]) < 0.5
    assert found.choice is not None
    assert found.choice.reason.startswith(f"{found.form}: foretells held-out runs")


def test_repeated_data() -> None:
    runs = read(PUBLIC / "data_constrained.csv")
    held = farthest(runs, 0.2)
    columns, unique = (runs["params"], runs["data"], runs["loss"]), runs["unique"]
    found = fit_joint(*(x[~held] for x in columns), unique=unique[~held], form="auto")
    assert found.form == "repeated"
    told = found.predict(runs["params"][held], runs["data"][held], unique[held])
    assert r2(told, runs["loss"][held]) > 0.8
    # half of the best N's data, seen twice, is worth less than as much fresh data, and never more
    fresh, worn = found.compute_optimal(1e20), found.compute_optimal(1e20, unique=1e9)
    assert worn.error.value > fresh.error.value
    assert worn.data.value < fresh.data.value or worn.params.value < fresh.params.value


def test_the_additive_law_is_kept_where_it_is_true() -> None:
    found = fit_joint(*many(noise=0.003), form="auto")
    assert found.form == "chinchilla"
    assert "chinchilla" in found.choice.reason  # type: ignore[union-attr]


@pytest.mark.parametrize("form", ["coupled", "sliding"])
def test_units_do_not_matter(form: str) -> None:
    params, data, error = many(n=60)
    one = fit_joint(params, data, error, form=form)
    other = fit_joint(params * 1e-3, data * 7, error * 2, form=form)
    np.testing.assert_allclose(
        other.predict(params * 1e-3, data * 7), 2 * one.predict(params, data), rtol=1e-4
    )
    assert np.isfinite([v.value for v in one.parameters.values()]).all()


def test_forms_say_what_they_need() -> None:
    params, data, error = many(n=60)
    with pytest.raises(ValueError, match="--unique COLUMN"):
        fit_joint(params, data, error, form="repeated")
    with pytest.raises(ValueError, match="more than the"):
        fit_joint(params, data, error, unique=2 * data, form="repeated")
    with pytest.raises(ValueError, match="too few to hold a corner out"):
        fit_joint(params[:8], data[:8], error[:8], form="auto")
    with pytest.raises(AttributeError, match="has no E"):
        _ = fit_joint(params, data, error, form="sliding").E


@pytest.mark.parametrize("form", ["chinchilla", "coupled"])
def test_the_formula_of_the_best_split_is_the_least_error_on_a_grid(form: str) -> None:
    law = fit_joint(*many(n=60), form=form)
    best = law.compute_optimal(1e22)
    params = best.params.value * np.exp(np.linspace(-1, 1, 2001))
    errors = law.predict(params, 1e22 / 6 / params)
    assert params[errors.argmin()] == pytest.approx(best.params.value, rel=2e-3)
    assert errors.min() == pytest.approx(best.error.value)
