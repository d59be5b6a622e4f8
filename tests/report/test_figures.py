"""What the figures show: the paper's line only where it belongs, every shard, nothing cut off."""

from __future__ import annotations

import re
from dataclasses import replace

import msgspec
import pytest

from steepness.domain import Metric
from steepness.press.canvas import NARROW, SERIES, WIDE
from steepness.press.files import svg
from steepness.report import compute_figures, figures
from steepness.report.marks import fitted_range
from steepness.report.plots import plots
from steepness.study import Study
from steepness.study.names import error_axis
from steepness.study.outlook import joint
from steepness.training.trial import Record
from tests.synthetic import MakeStudy


def groups(study: Study) -> set[str]:
    return {p.group for p in plots(study, [c for c in study.curves if c.best_fit])}


def test_the_papers_line_is_drawn_beside_ours_in_the_same_unit(reported: Study) -> None:
    curve = next(c for c in reported.curves if c.best_fit)
    text = svg(figures.learning_curve(reported, curve, SERIES[0], WIDE))
    assert "Hestness et al. 2017" in text
    assert "(read off the figure)" in text
    assert "paper" in groups(reported)


def test_the_papers_line_is_left_out_in_another_unit(make_study: MakeStudy) -> None:
    study = make_study(domain="word_lm", models=["lstm-2"], metrics=["cross_entropy_nats"], unit="bytes")
    curve = next(c for c in study.curves if c.best_fit)
    assert curve.claim is not None
    assert "Hestness" not in svg(figures.learning_curve(study, curve, SERIES[0], WIDE))
    assert "paper" not in groups(study)


def test_the_law_is_drawn_over_the_shards_it_was_fitted_to_and_the_rest_is_shaded(
    make_study: MakeStudy,
) -> None:
    def flat_at_first(record: Record) -> Record:
        lift = (max(record.trial.m, 32_000) / record.trial.m) ** -0.2
        values = {name: value * lift for name, value in record.validation.items()}
        return msgspec.structs.replace(record, validation=values)

    study = make_study(change=flat_at_first, beta_g=-0.2, chance={"loss": 12 * 32_000**-0.2 * 1.03})
    curve = next(c for c in study.curves if c.best_fit)
    assert curve.fit is not None
    assert curve.fit.regions[0] == "small_data"
    first, last = fitted_range(curve)
    assert first > curve.points[0].m
    assert last == 512_000
    assert ">small data<" in svg(figures.learning_curve(study, curve, SERIES[0], WIDE))


def test_axes_carry_units(reported: Study) -> None:
    curve = next(c for c in reported.curves if c.best_fit)
    text = svg(figures.learning_curve(reported, curve, SERIES[0], NARROW))
    assert "training data, m (words)" in text
    assert "validation cross entropy (nats)" in text


def test_a_metric_called_after_its_unit_is_said_once(make_study: MakeStudy) -> None:
    unit = (Metric("bits_per_character", "bits per character"),)
    study = make_study(metrics=["bits_per_character"])
    named = msgspec.structs.replace(study.manifest, metrics=unit)
    assert error_axis(replace(study, manifest=named), "bits_per_character") == "validation bits per character"


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_all_best_fits_are_inside_the_axes(reported: Study, width: int) -> None:
    curve = next(c for c in reported.curves if c.best_fit)
    axes = figures.learning_curve(reported, curve, SERIES[0], width).axes
    for point in curve.points:
        assert axes.get_xlim()[0] < point.m < axes.get_xlim()[1]
        assert axes.get_ylim()[0] < point.low <= point.high < axes.get_ylim()[1]


def test_a_hopeless_trial_does_not_squeeze_the_curve(make_study: MakeStudy) -> None:
    def hopeless(record: Record) -> Record:
        far = record.trial.training.learning_rate == 0.008
        return msgspec.structs.replace(record, validation={"loss": 400.0, "loss_se": 0.1}) if far else record

    study = make_study(change=hopeless)
    curve = next(c for c in study.curves if c.best_fit)
    drawn = figures.learning_curve(study, curve, SERIES[0], WIDE)
    assert drawn.axes.get_ylim()[1] < 2 * max(p.error for p in curve.points)
    assert any("400" in text for texts in drawn.tips.values() for text in texts)


def test_the_compute_optimal_frontier_lies_where_the_joint_law_has_its_optimum(make_study: MakeStudy) -> None:
    def of_both(record: Record) -> Record:
        size, m = record.parameters, record.trial.m
        return msgspec.structs.replace(record, validation={"loss": 0.5 + 40 * size**-0.4 + 30 * m**-0.4})

    study = make_study(change=of_both, sizes=[8, 16, 32, 64])
    curve = next(c for c in study.curves if c.best_fit)
    found = joint(study, curve)
    splits = found.frontier.value or ()
    assert len(splits) > 2
    drawn = compute_figures.compute_optimal(study, curve, found, NARROW)
    told = [n for n in drawn.numbers if n.series == "compute-optimal"]
    for budget, number in zip(splits, told, strict=True):
        assert budget.params.value * budget.data.value * found.flops_per_parameter == pytest.approx(
            budget.flops
        )
        assert (number.x, number.y) == pytest.approx((budget.data.value, budget.params.value), rel=1e-5)
    assert "frontier-net" in {p.name for p in plots(study, [curve], [found])}


def test_of_very_many_trials_those_on_one_spot_are_one_dot_that_says_so(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study()
    curve = next(c for c in study.curves if c.best_fit)
    whole = figures.learning_curve(study, curve, SERIES[0], WIDE)
    monkeypatch.setattr("steepness.report.marks.MOST_DOTS", 10)
    few = figures.learning_curve(study, curve, SERIES[0], WIDE)
    trials, spots = (next(iter(drawn.tips.values())) for drawn in (whole, few))
    said = [re.search(r"and (\d+) more on this spot", text) for text in spots]
    assert len(spots) < len(trials) == len(spots) + sum(int(match[1]) for match in said if match)
    assert few.aside == whole.aside, "the files have every trial"
