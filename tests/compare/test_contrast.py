"""Comparing a candidate with a baseline, on the made-up domain."""

from __future__ import annotations

import html
import json
import sys
import traceback
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from steepness.compare.answer import FALSE_ALARMS, rejected
from steepness.compare.arms import Versus, make_arms
from steepness.compare.contrast import contrast
from steepness.compare.ladder import match_ladder, matched_sizes
from steepness.compare.price import price_of
from steepness.compare.run import compare_and_report
from steepness.data.artefacts import Cache
from steepness.executors.base import Executor
from steepness.study import load_study
from steepness.study.calibrate import calibrate
from steepness.study.ledger import Ledger
from steepness.study.prepare import Prepared, Request, prepare
from steepness.training.cost import count_parameters
from steepness.training.records import read_records, trial_path
from tests.compare.made_up import arm
from tests.conftest import TOY
from tests.in_process import InProcess
from tests.report.test_page import Page
from tests.study.test_run import Silent
from tests.toy import FEATURES, Network, Toy


class Handicapped(Network):
    """Sees four of the eight features, which no training undoes; twice as wide at the same size."""

    def __init__(self, size: int) -> None:
        super().__init__(2 * size)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x * (torch.arange(FEATURES) > 3))


class Watching(Silent):
    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def compared(asked: Versus) -> tuple[dict[str, Any], list[Any]]:
    watchers: list[Watching] = []

    def watch() -> Watching:
        watchers.append(Watching())
        return watchers[-1]

    return compare_and_report(make_arms(asked), watch), [e for w in watchers for e in w.events]


@pytest.fixture
def asked(preset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Versus:
    monkeypatch.setattr("steepness.study.run.LocalExecutor", InProcess)
    monkeypatch.setattr("steepness.training.speed.CALIBRATION_SECONDS", 0.0)
    return Versus(
        domain=TOY,
        baseline="mlp",
        candidate="mlp",
        preset=str(preset),
        results=tmp_path / "results",
        device="cpu",
        workers=2,
    )


def test_a_worse_candidate_is_called_worse_with_every_figure_bounded(asked: Versus) -> None:
    said, _ = compared(replace(asked, candidate=f"{__name__}:Handicapped"))
    assert said["verdict"].startswith(("worse", "flatter"))
    shift = said["shift_percent"]
    assert shift["value"] > 0
    assert shift["low"] < shift["value"] < shift["high"]
    assert [at["m"] for at in shift["shards"]] == [32, 64, 128, 256]
    for figure in (said["steepness_difference"], said["crossing"], said["expected_at_10x"]["candidate"]):
        assert figure["reason"] or figure["low"] <= figure["value"] <= figure["high"]
    for name in ("parameters", "flops", "seconds"):
        ratio = said["cost"][name]["ratio"]
        assert ratio["reason"] or ratio["low"] <= ratio["value"] <= ratio["high"]
    assert 0 <= said["p_value"] <= 1
    folder = Path(said["report"]).parent
    kept = json.loads((folder / "compare.json").read_text())
    whose = ("baseline", "candidate", "report")  # in which the file names what lies beside it, not where
    assert {name: kept[name] for name in kept if name not in whose} == {
        n: said[n] for n in said if n not in whose
    }
    assert str(folder.parents[1]) not in json.dumps(kept)
    page = Page((folder / "compare.html").read_text())
    assert page.loads == [], "one file, offline"
    assert len(page.ids) == len(set(page.ids)) > 20
    assert said["words"][0] in html.unescape((folder / "compare.html").read_text())
    assert {"compare.html", "compare.md", "compare.json", "figures"} == {p.name for p in folder.iterdir()}


def test_a_model_against_itself_takes_other_seeds_and_is_no_difference(asked: Versus) -> None:
    said, events = compared(asked)
    assert said["verdict"] == "cannot tell"
    assert ": cannot tell: " in said["title"]
    assert said["title"].endswith(" % would not be seen here")
    assert said["shift_percent"]["low"] < 0 < said["shift_percent"]["high"]
    assert said["take"].startswith("Nothing here is a reason to leave")
    assert said["notes"] == [
        "Both arms are the same model and settings, so the candidate is trained on the seeds from 2 on."
    ]
    assert "no more than seed noise explains" in said["words"][0]
    again, trained = compared(replace(asked, candidate_settings=("training.batch_size=16",)))  # as it is
    assert events
    assert not trained, "nothing is trained twice"
    assert again["notes"] == said["notes"]


def test_a_second_candidate_costs_its_own_training_only(asked: Versus) -> None:
    asked = replace(asked, settings=("shards.count=3",))
    compared(replace(asked, candidate_settings=("training.optimizer=sgd",)))
    _, events = compared(replace(asked, candidate_settings=("training.optimizer=nesterov",)))
    trials = [event.trial for event in events]
    assert {trial.training.optimizer for trial in trials} == {"nesterov"}


def test_arms_share_shards_seeds_and_budget(asked: Versus) -> None:
    searched = "search.grid={learning_rate=[0.05,0.1]}"
    said, _ = compared(replace(asked, candidate_settings=("training.optimizer=sgd", searched)))
    a, b = (load_study(said[side]["study"]) for side in ("baseline", "candidate"))
    assert len(a.records) == len(b.records)
    for name in ("m", "data_seed", "seed"):
        values = [sorted({getattr(r.trial, name) for r in study.records}) for study in (a, b)]
        assert values[0] == values[1]
    assert said["candidate"]["label"] == "mlp (training.optimizer=sgd)"


@pytest.mark.parametrize(
    ("setting", "named"),
    [("seeds=3", "seeds"), ("shards.start=64", "shards"), ("search.trials=1", "search.trials")],
)
def test_arms_that_are_not_alike_are_refused(asked: Versus, setting: str, named: str) -> None:
    with pytest.raises(ValueError, match=f"the arms differ in {named}"):
        make_arms(replace(asked, candidate_settings=(setting,)))


def test_arms_of_other_data_are_refused(asked: Versus) -> None:
    with pytest.raises(ValueError, match="different data or held-out splits"):
        make_arms(replace(asked, candidate_settings=("options.noise=0.2",)))


def test_a_candidate_with_a_fault_is_refused_before_anything_is_trained(asked: Versus) -> None:
    with pytest.raises(
        ValueError, match=r"test_check:NoDial cannot be a model of toy: its size dial does nothing"
    ):
        compared(replace(asked, candidate="tests.compare.test_check:NoDial"))
    assert not asked.results.exists()


def test_a_candidate_without_a_ladder_gets_one_of_the_same_parameters(preset: Path) -> None:
    ready = prepare(Request(domain=TOY, preset=str(preset), device="cpu"))

    def parameters(model: str, size: int) -> int:
        return count_parameters(ready.domain.build(model, size, ready.data))["parameters"]

    wanted = [parameters("mlp", size) for size in (4, 8, 16)]
    wide = f"{__name__}:Handicapped"
    sizes = match_ladder(ready.domain, ready.data, wide, wanted, 1)
    assert sizes == [2, 4, 8]
    assert [parameters(wide, size) for size in sizes] == wanted


def test_an_edited_model_is_trained_anew(asked: Versus, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from tests.toy import Network\nclass Mine(Network): pass\n")
    yours = replace(asked, candidate=f"{file}:Mine")
    before, same = (make_arms(yours)[1].ready.folder for _ in range(2))
    file.write_text(file.read_text() + "EDITED = True\n")
    baseline, after = make_arms(yours)
    assert before == same != after.ready.folder
    assert after.label == "Mine"
    assert baseline.ready.folder.name.startswith("mlp-")


def test_an_arm_that_never_finishes_a_trial_says_why(asked: Versus) -> None:
    settings = ("search.grid={learning_rate=[1e30]}", "search.trials=1", "shards.count=1")
    with pytest.raises(ValueError, match=r"no trial is done \(diverged: loss not finite"):
        compared(replace(asked, settings=settings))


def test_pairs_are_those_of_one_data_seed_and_rank(asked: Versus) -> None:
    said, _ = compared(replace(asked, settings=("data_seeds=2", "shards.count=3")))
    a, b = (load_study(said[side]["study"]) for side in ("baseline", "candidate"))
    found = contrast(a, b, ("a", "b"))
    assert found.shift.value is not None
    assert len(found.baseline.runs) == len(found.candidate.runs) == 3 * 2 * 2
    assert {r.trial.data_seed for r in found.baseline.runs} == {0, 1}
    assert contrast(a, a, ("a", "a")).verdict == "no difference"


def test_both_questions_share_one_false_alarm_rate() -> None:
    half = FALSE_ALARMS / 2
    assert rejected([1.1 * half, 1.1 * half]) == [False, False]
    assert rejected([0.9 * half, 0.5]) == [True, False]
    assert rejected([1.4 * half, 0.9 * half]) == [True, True], "the second is held to all of it"
    assert rejected([2.1 * half, 0.9 * half]) == [False, True]


def test_without_a_candidate_there_is_nothing_to_compare() -> None:
    with pytest.raises(ValueError, match=r"name a candidate \(--candidate MODEL\)"):
        Versus(domain=TOY, baseline="mlp")
    assert (
        Versus(domain=TOY, baseline="mlp", candidate_settings=("training.optimizer=sgd",)).candidate == "mlp"
    )


class Wasteful(Network):
    """Ten times as wide as its size says, so that no size is as small as the smallest of the baseline."""

    def __init__(self, size: int) -> None:
        super().__init__(10 * size)


def test_a_ladder_that_cannot_be_met_is_doubted(preset: Path) -> None:
    ready = prepare(Request(domain=TOY, preset=str(preset), device="cpu"))
    found = matched_sizes(ready, f"{__name__}:Wasteful", "mlp")
    assert "could not be matched to those of mlp" in found.doubt
    assert "times as many" in found.doubt
    assert matched_sizes(ready, "mlp", "mlp").doubt == ""


def test_the_cost_of_both_arms_is_said_before_anything_is_trained_and_measured_once(
    asked: Versus, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = replace(asked, settings=("shards.count=3",), candidate_settings=("training.optimizer=sgd",))
    arms = make_arms(asked)
    price = price_of(arms)
    assert not asked.results.exists()
    assert [a.plan.trials for a in price.arms if a.plan] == [12, 12]
    assert price.in_words().splitlines()[0].startswith("mlp: 12 trials, about ")
    assert price.in_words().splitlines()[-1].startswith("both arms: about ")
    seen = price_of(arms, arm(asked.results.parent / "like")).in_words().splitlines()[-1]
    assert seen.startswith("80 % of such comparisons would see a shift of ")
    said: list[str] = []
    measured: list[Prepared] = []

    def measure(ready: Prepared, executor: Executor) -> Ledger:
        measured.append(ready)
        return calibrate(ready, executor)

    monkeypatch.setattr("steepness.study.run.calibrate", measure)
    compare_and_report(arms, Watching, say=said.append)
    assert len(measured) == 2, "each arm once"
    assert said[0].startswith("mlp: 12 trials")
    whole = price.arms[0].plan
    assert "nothing left to train (12 trials there)" in price_of(arms).in_words()
    folder = arms[0].ready.folder
    lost = [trial_path(folder, i) for i, r in read_records(folder).items() if r.trial.m > 32]
    for path in lost:
        path.unlink()
    left = price_of(arms).arms[0]
    assert left.in_words().startswith(f"mlp: {len(lost)} trials more, {12 - len(lost)} are there, about ")
    assert whole
    workers, seconds = 2, sum(shard.seconds for shard in whole.shards if shard.m > 32)
    assert 0.5 < left.minutes * 60 * workers / seconds < 2


def test_each_arm_is_prepared_once_and_its_data_loaded_once(
    asked: Versus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the check of the candidate to the report; what the workers load for themselves is not counted."""
    prepared, loaded, load = [], [], Toy.load

    def counted(request: Request, *rest: Any) -> Prepared:
        prepared.append(request)
        return prepare(request, *rest)

    def loaded_by(domain: Toy, dataset: str, cache: Cache) -> Any:
        callers = {frame.filename for frame in traceback.extract_stack()}
        loaded.append("worker" if any(name.endswith("worker.py") for name in callers) else "parent")
        return load(domain, dataset, cache)

    for module in [m for m in sys.modules.values() if getattr(m, "prepare", None) is prepare]:
        if module.__name__.startswith("steepness."):
            monkeypatch.setattr(module, "prepare", counted)
    monkeypatch.setattr(Toy, "load", loaded_by)
    asked = replace(asked, settings=("shards.count=3",), candidate_settings=("training.optimizer=sgd",))
    compare_and_report(make_arms(asked), Watching, say=lambda text: None)
    assert len(prepared) == 2
    assert loaded.count("parent") == 2
    assert "worker" in loaded
