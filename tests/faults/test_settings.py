"""A setting that no file of results can hold is refused where it is made, by its name."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from steepness.cli.app import app
from steepness.study.manifest import read_manifest
from steepness.study.prepare import Request
from steepness.study.presets import load_preset
from tests.conftest import TOY
from tests.faults.conftest import Run


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("shards.factor=nan", "shards.factor is nan"),
        ("search.cull_at=inf", "search.cull_at is inf"),
        ("search.usual_epochs=-inf", "search.usual_epochs is -inf"),
        ("search.grid={clip=[1.0, nan]}", "search.grid.clip.1 is nan"),
        ("options.noise=nan", "options.noise is nan"),
        ("training.weight_decay=nan", "training.weight_decay is nan"),
        ("first_seed=100000000000000000000", "first_seed has 21 digits"),
    ],
)
def test_a_preset(preset: Path, setting: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"mini.toml: {name}"):
        load_preset(TOY, str(preset), [setting])


@pytest.mark.parametrize("how", [{"budget": float("inf")}, {"precision": float("nan")}, {"budget": -1.0}])
def test_a_request(how: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="give a finite number above 0"):
        Request(domain=TOY, **how)  # type: ignore[arg-type]


def test_an_option_of_the_command() -> None:
    said = CliRunner().invoke(app, ["fit", "curve.csv", "--chance", "nan"])
    assert said.exit_code == 2
    assert said.output == "error: --chance is nan; give a finite number\n"


def test_a_manifest(run: Run) -> None:
    manifest = read_manifest(run().path)
    assert manifest
    with pytest.raises(ValueError, match=r"study.json: chance.squared_error is nan"):
        msgspec.structs.replace(manifest, chance={"squared_error": float("nan")})
