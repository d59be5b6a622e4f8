from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import steepness
import steepness.laws
from steepness.cli import app as cli

ROWS = "m,error,seed\n" + "".join(
    f"{100 * 2**i},{0.9 * 2 ** (-0.3 * i) * (1 + 0.01 * (-1) ** i)},0\n" for i in range(9)
)


@pytest.fixture
def curve(tmp_path: Path) -> Path:
    path = tmp_path / "curve.csv"
    path.write_text(ROWS)
    return path


def said(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(cli.app, [str(a) for a in arguments])
    assert result.exit_code == code, result.output
    return result.output


def test_fit_csv(curve: Path) -> None:
    found = json.loads(said("fit", curve, "--json"))
    assert found["recommended"]["beta_g"]["value"] == pytest.approx(-0.3, abs=0.01)
    text = said("fit", curve)
    assert text.count("beta_g") == 4
    assert "> power " in text
    assert "> power_constant" in said("fit", curve, "--form", "power_constant")


def test_forecast(curve: Path) -> None:
    found = json.loads(said("forecast", curve, "--at", 51200, "--target", 0.1, "--json"))
    assert found["forecast"][0]["low"] < 0.9 * 2**-2.7 < found["forecast"][0]["high"]
    assert found["gain_of_doubling"]["value"] == pytest.approx(2**-0.3 - 1, abs=0.04)
    assert found["data_for_0.1"]["value"] > 25600
    assert "data for 0.1" in said("forecast", curve, "--target", 0.1)


def test_what_the_data_cannot_say_is_refused_in_words(curve: Path) -> None:
    assert "cannot say: the curve is already at" in said("forecast", curve, "--target", 0.8)


@pytest.mark.parametrize("columns", ["curve", "model,metric"])
def test_of_several_curves_in_one_file_one_has_to_be_named(tmp_path: Path, columns: str) -> None:
    path = tmp_path / "curves.csv"
    first, second = ("a", "b") if columns == "curve" else ("small,loss", "large,loss")
    rows = [
        f"{label},{i},{100 * 2**i},{0.9 * 2 ** (slope * i) * (1 + 0.01 * (-1) ** i)}"
        for label, slope in ((first, -0.3), (second, -0.5))
        for i in range(8)
    ]
    path.write_text("\n".join([f"{columns},row,m,error", *rows]) + "\n")
    first, second = first.replace(",", "/"), second.replace(",", "/")
    for command in ("fit", "forecast"):
        refused = said(command, path, code=2)
        assert f"holds 2 curves; choose one with --curve: {first}, {second}" in refused
    found = json.loads(said("fit", path, "--curve", second, "--json"))
    assert found["recommended"]["beta_g"]["value"] == pytest.approx(-0.5, abs=0.02)
    assert f"choose one with --curve: {first}" in said("forecast", path, "--curve", "c", code=2)
    whole = CliRunner().invoke(cli.app, ["fit", str(path), "--curve", second])
    assert "beta_g -0.5" in whole.output


def test_a_column_of_row_numbers_names_no_curves(tmp_path: Path) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(
        "id,model,m,error\n" + "".join(f"{i},a,{2**i},{0.9 * 2 ** (-0.3 * i)}\n" for i in range(6))
    )
    assert "beta_g -0.3 " in said("fit", path)


def test_paper(tmp_path: Path) -> None:
    page = tmp_path / "paper.html"
    assert "word_lm/lstm-2" in said("paper", "--page", page)
    assert page.exists()
    assert len(json.loads(said("paper", "--json"))["curves"]) == 13


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shard,error\n1,2\n", "no column m (columns: shard, error); name them m,error[,seed]"),
        ("m,error\n1,0.9\n2,high\n4,0.5\n", 'curve.csv:3: error is "high", not a number'),
        ("m,error\n1,0.9\n2\n", 'curve.csv:3: error is "", not a number'),
        ("m,error\n1,0.9\n2,0.8\n", "2 distinct m cannot show a law"),
        ("m,error\n1,0.2\n2,0.4\n4,0.8\n8,1.6\n", "the error rises with m"),
        ("", "no column m or error (columns: none)"),
    ],
)
def test_a_users_fault_is_one_line_and_exit_code_2(tmp_path: Path, text: str, expected: str) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(text)
    output = said("fit", path, code=2)
    assert expected in output
    assert output.strip().count("\n") == 0


def test_missing_file_and_bad_options(curve: Path, tmp_path: Path) -> None:
    assert "No such file or directory; check the path" in said("fit", tmp_path / "absent.csv", code=2)
    assert "choose auto" in said("fit", curve, "--form", "cubic", code=2)
    assert "level" in said("fit", curve, "--level", "95", code=2)


def test_every_law_is_public_from_the_package() -> None:
    questions = ("data_for", "gain_of_doubling", "compute_for", "trust", "off_the_line")
    for name in ("fit", "extrapolate", "fit_size", "fit_joint", "same_steepness", *questions):
        assert getattr(steepness, name) is getattr(steepness.laws, name)
        assert name in dir(steepness)


def test_laws_never_import_torch() -> None:
    program = "import sys, steepness.laws, steepness.cli.laws; print('torch' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "False"
