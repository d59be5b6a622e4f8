"""The commands that end in a decision, on tables and on a stored study."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from msgspec.structs import replace

from steepness.study import load_study
from steepness.training.trial import Record
from tests.cli.test_laws import STUDY, answer, said
from tests.synthetic import MakeStudy

M = 1000 * 2.0 ** np.arange(8)


@pytest.fixture
def curve(tmp_path: Path) -> Path:
    path = tmp_path / "curve.csv"
    error = 2 * M**-0.3 * np.exp(0.01 * np.random.default_rng(0).standard_normal(8))
    path.write_text("m,error\n" + "".join(f"{a},{b}\n" for a, b in zip(M, error, strict=True)))
    return path


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Runs of E 1.7, A 400, a .34, B 410, b .28 with 1 % noise, under names that people use."""
    rng, rows = np.random.default_rng(0), []
    for n in (2e7, 8e7, 3e8, 1e9):
        for d in (1e9, 4e9, 1.6e10, 6.4e10, 2.5e11):
            loss = (1.7 + 400 / n**0.34 + 410 / d**0.28) * np.exp(0.01 * rng.standard_normal())
            rows.append(f"{n},{d},{loss}")
    path = tmp_path / "grid.csv"
    path.write_text("\n".join(["params_total,tokens_trained,val_loss", *rows, "1e9,1e9,"]) + "\n")
    return path


def valid(name: str, found: Any) -> Any:
    jsonschema.validate(found, json.loads(said("schema", name)))
    return found


def test_backtest_says_how_past_forecasts_came_out(curve: Path, tmp_path: Path) -> None:
    found = valid("backtest", answer("backtest", curve))
    assert len(found["forecasts"]) == 15
    assert found["reaches"][-1]["up_to"] is None  # however far
    assert found["reaches"][-1]["coverage"] > 0.8
    output = said("backtest", curve, "--plot", tmp_path / "back.svg")
    assert "Inside 95 %" in output
    assert "m = 128k, measured" in output
    assert (tmp_path / "back.svg").exists()


def test_forecasts_rest_on_counts_and_weights_as_the_fit_does(tmp_path: Path) -> None:
    zeros, weighed = tmp_path / "zeros.csv", tmp_path / "weighed.csv"
    rows = [(m, round(200 * 8 * m**-0.5) / 200 * (m < 6e4), 200) for m in M.tolist()]
    zeros.write_text("m,error,n_test\n" + "".join(f"{m},{e},{n}\n" for m, e, n in rows))
    assert "--counts COLUMN" in said("forecast", zeros, code=2)
    (fitted,), (ahead,) = (answer(c, zeros, "--counts", "n_test")["curves"] for c in ("fit", "forecast"))
    assert ahead["forecast"][0]["value"] < fitted["error"][-1]
    assert ahead["warnings"] == fitted["warnings"]
    spend = ("--target", 1e-4, "--price", 1, "--penalty", 1e7)
    assert answer("buy", zeros, "--counts", "n_test", *spend)["have"] == M[-1]
    assert answer("backtest", zeros, "--counts", "n_test")["forecasts"]
    rows = [(m, 2 * m**-0.3 * off, w) for m in M.tolist() for off, w in ((1, 99), (1 + m / M[-1], 1))]
    weighed.write_text("m,error,runs\n" + "".join(f"{m},{e},{w}\n" for m, e, w in rows))
    light, even = (
        answer("forecast", weighed, "--at", 256e3, o, "runs")["curves"][0] for o in ("--weights", "--seed")
    )
    truth = 2 * 256e3**-0.3
    assert abs(light["forecast"][0]["value"] - truth) < abs(even["forecast"][0]["value"] - truth) / 5
    assert light["newest_point"]["ratio"]["low"] > 0
    first, second = (answer("backtest", weighed, o, "runs")["forecasts"][0] for o in ("--weights", "--seed"))
    assert first["measured"] < second["measured"]


def test_a_rising_curve_is_forecast_and_what_has_no_answer_says_why(tmp_path: Path) -> None:
    path = tmp_path / "rising.csv"
    path.write_text("m,error\n" + "".join(f"{m},{0.01 * m**0.2}\n" for m in M))
    (found,) = valid("forecast", answer("forecast", path, "--target", 0.01))["curves"]
    assert len(found["forecast"]) == 3
    unanswered = ("data_for_target", "gain_of_doubling", "trusted_up_to", "newest_point")
    assert {found[name]["reason"] for name in unanswered} == {"the error rises with m"}
    assert "pass a metric where lower is better" in found["warnings"][0]
    assert "`steepness forecast`" in said("fit", path, code=2)
    assert "forecast it" not in said("forecast", path)


def test_buy_orders_more_where_a_miss_costs_more(curve: Path) -> None:
    asked = ("buy", curve, "--target", 0.04, "--price", 0.001, "--rounds", 2)
    dear, cheap = (valid("buy", answer(*asked, "--penalty", penalty)) for penalty in (1e6, 3e3))
    assert dear["totals"][-1] > cheap["totals"][-1]
    assert dear["miss"] < cheap["miss"]
    assert dear["have"] == M[-1]
    assert "probability of missing even so" in said(*asked, "--penalty", 1e6)


def test_joint_fits_splits_a_budget_and_names_the_next_run(grid: Path, tmp_path: Path) -> None:
    plot = tmp_path / "joint.svg"
    words = ("joint", grid, "--form", "chinchilla", "--flops", 1e22, "--next-flops", 1e21, "--plot", plot)
    found = valid("joint", answer(*words))
    assert found["read"].startswith("20 runs of")
    assert found["read"].endswith(
        "N = params_total, D = tokens_trained, error = val_loss, 1 row without them or not asked for"
    )
    assert found["parameters"]["a"]["low"] < 0.34 < found["parameters"]["a"]["high"]
    (split,) = found["compute_optimal"]
    assert 6 * split["params"]["value"] * split["data"]["value"] == pytest.approx(1e22)
    assert found["next_run"]["flops"] <= 1e21
    assert found["next_run"]["narrowing"] > 0
    assert ">next run<" in plot.read_text()
    output = " ".join(said(*words).split())
    assert "next run:" in output
    assert "times those of the largest run: a forecast" in output
    refused = said("joint", grid, "--n", "nothing", code=2)
    assert 'no column "nothing" (columns: params_total, tokens_trained, val_loss)' in refused


def test_joint_of_a_study_and_of_its_traces() -> None:
    found = valid("joint", answer("joint", STUDY, "--form", "chinchilla"))
    assert f"runs of {STUDY}" in found["read"]
    assert found["n"] >= 20
    traced = answer("joint", STUDY, "--form", "chinchilla", "--along-run")
    assert traced["n"] > 2 * found["n"]
    records = [r for r in load_study(STUDY).records if r.status == "done"]
    paid = [r.flops / r.parameters / r.trial.m for r in records]
    assert min(paid) < found["flops_per_parameter"] < max(paid)  # every epoch counted, on the model
    assert traced["flops_per_parameter"] < min(6, found["flops_per_parameter"])  # embeddings are looked up
    refused = said("joint", STUDY, "--form", "chinchilla", "--flops", 1e15, code=2)
    assert (
        "add runs that differ more in their parameters" in refused
    )  # a search that looks at two sizes a shard


def test_joint_of_a_study_refuses_what_it_would_pass_over() -> None:
    for options, message in (
        (("--m", "foo", "--as-is"), "a study has no use for --m, --as-is"),
        (("--n", "parameters"), "a study has no use for --n"),
        (("--where", "lr=0.1"), "--where takes model=NAME"),
        ((STUDY / "curves.csv",), "give one study, or tables"),
    ):
        assert message in said("joint", STUDY, *options, code=2)


def test_the_best_split_of_a_study_spends_what_it_was_given(make_study: MakeStudy) -> None:
    def of_both(record: Record) -> Record:
        size, m = record.parameters, record.trial.m
        return replace(record, validation={"loss": 0.5 + 40 * size**-0.4 + 30 * m**-0.4})

    study = make_study(change=of_both, sizes=[8, 16, 32, 64])
    found = answer("joint", study.path, "--form", "chinchilla", "--flops", 1e15)
    (split,) = found["compute_optimal"]
    spent = split["params"]["value"] * split["data"]["value"] * found["flops_per_parameter"]
    assert spent == pytest.approx(1e15)


def test_checklist_answers_from_the_records_and_names_what_is_missing() -> None:
    found = valid("checklist", answer("checklist", STUDY))
    items = {item["question"]: item for item in found["items"]}
    assert "enwik8" in items["data"]["answer"]
    assert items["trained models"]["answer"] is None
    output = said("checklist", STUDY)
    assert "missing: trained models: records hold no weights" in output
    assert {i["section"] for i in found["items"]} == {"Hypothesis", "Training", "Measurement", "Fit"}


def test_a_page_that_a_study_stands_behind_has_its_checklist_folded(curve: Path, tmp_path: Path) -> None:
    said("fit", STUDY, "--page", tmp_path / "study.html")
    said("fit", curve, "--page", tmp_path / "table.html")
    page = (tmp_path / "study.html").read_text()
    assert page.count("<details><summary>What to report (") == 1
    assert "enwik8 (fingerprint" in page
    assert "What to report" not in (tmp_path / "table.html").read_text()
