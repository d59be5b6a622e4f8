"""An error of 0, a long name, a figure that fails: none of them costs the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from steepness.cli.app import app
from steepness.report import figures
from steepness.report.page import write_report
from steepness.study import Study
from steepness.training.trial import Record
from tests.synthetic import synthetic


def zero_from(m: int, *metrics: str) -> Callable[[Record], Record]:
    """The metrics are 0 in every trial at shards of m units and more."""

    def change(record: Record) -> Record:
        if record.trial.m < m:
            return record
        zeros = dict.fromkeys(metrics, 0.0)
        trace = [msgspec.structs.replace(e, validation=e.validation | zeros) for e in record.trace]
        return msgspec.structs.replace(record, validation=record.validation | zeros, trace=trace)

    return change


def page(study: Study) -> str:
    return write_report(study).read_text()


@pytest.mark.parametrize("metric", ["loss", "top1_error"])
def test_shards_of_error_0_are_left_out_and_the_rest_is_fitted(metric: str, tmp_path: Path) -> None:
    study = synthetic(tmp_path, metrics=("loss", "top1_error"), change=zero_from(256_000, metric))
    curve = next(c for c in study.curves if c.best_fit and c.metric == metric)
    assert curve.zeros == (256_000, 512_000)
    assert curve.fit is not None
    assert [p.m for p in curve.points] == [8_000, 16_000, 32_000, 64_000, 128_000]
    text = page(study)
    assert "is 0 at m = 256,000 and 512,000; a law in logarithms has no place for these shards" in text
    assert "Unfinished" not in text
    assert "could not be drawn" not in text


@pytest.mark.parametrize("m", [8_000, 64_000])
def test_a_shard_of_error_0_anywhere_leaves_the_others_fitted(m: int, tmp_path: Path) -> None:
    def here(record: Record) -> Record:
        return zero_from(m, "loss")(record) if record.trial.m == m else record

    study = synthetic(tmp_path, change=here)
    (curve,) = (c for c in study.curves if c.best_fit)
    assert (curve.zeros, len(curve.points)) == ((m,), 6)
    assert curve.fit is not None
    text = page(study)
    assert "no joint law: error" not in text
    assert "could not be drawn" not in text
    said = CliRunner().invoke(app, ["joint", str(tmp_path)])
    assert said.exit_code == 0, said.output
    assert "rows without them" in said.output


def test_a_run_of_error_0_is_averaged_with_the_others_of_its_shard(tmp_path: Path) -> None:
    def one_of_three(record: Record) -> Record:
        return zero_from(512_000, "loss")(record) if record.trial.seed == 2 else record

    study = synthetic(tmp_path, change=one_of_three)
    curve = next(c for c in study.curves if c.best_fit)
    assert curve.zeros == ()
    last = curve.points[-1]
    assert last.m == 512_000
    assert last.errors[1] == 0
    assert last.error == pytest.approx(last.errors[0] / 2)
    assert last.low == last.errors[0]
    assert curve.fit is not None
    assert curve.fit.shards.error[-1] == pytest.approx(last.error)
    assert "could not be drawn" not in page(study)


def test_a_metric_that_cannot_err_has_no_curve_and_is_explained(tmp_path: Path) -> None:
    study = synthetic(tmp_path, metrics=("loss", "top5_error"), change=zero_from(0, "top5_error"))
    text = page(study)
    assert "top5 error is 0 at every shard, so it has no curve" in text
    assert "could not be drawn" not in text
    assert not list((tmp_path / "figures").glob("*top5*"))


def test_everything_0_is_still_a_page(tmp_path: Path) -> None:
    assert "loss is 0 at every shard" in page(synthetic(tmp_path, change=zero_from(0, "loss")))


@pytest.mark.parametrize("length", [50, 400])
def test_a_long_model_path_is_shortened_beside_its_line(length: int, tmp_path: Path) -> None:
    model = f"/{'folder/' * (length // 7)}my_models.py:ARatherLongNameOfAModelThatSomebodyChose"
    text = page(synthetic(tmp_path, models=(model,)))
    assert "ARatherLongN…" in text
    assert "could not be drawn" not in text


def test_a_figure_that_fails_says_so_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError("float division by zero")

    monkeypatch.setattr(figures, "size_laws", fails)
    text = page(synthetic(tmp_path))
    assert "figure could not be drawn" in text
    assert "ZeroDivisionError" in text
    assert (tmp_path / "figures" / "learning-curve-net-loss.svg").is_file()
