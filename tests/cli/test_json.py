"""What every command prints with --json: one object, of the JSON schema that `steepness schema` prints for it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
import typer
from typer.testing import CliRunner

from steepness.cli.answers import CompareAnswer
from steepness.cli.app import app
from steepness.cli.command import finite
from steepness.cli.schema import document, kinds
from steepness.data.artefacts import Artefact, Url
from tests.conftest import PRESET, TOY
from tests.synthetic import synthetic
from tests.toy import Toy

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "results" / "published"
STUDY = PUBLISHED / "word_lm-cpu"
MINE = "from tests.toy import Network\n\n\nclass Mine(Network):\n    pass\n"
ORDER = ("--target", "0.05", "--price", "0.001", "--penalty", "1e4")
PLAN = ("--preset", "mini.toml", "--workers", "1", "--device", "cpu")
ARMS = ("--baseline", "mlp", "--candidate", "mine.py:Mine")
CASES = {
    "fit": ("fit", "curve.csv"),
    "study": ("fit", STUDY),
    "forecast": ("forecast", "curve.csv", "--target", "0.1"),
    "backtest": ("backtest", "curve.csv"),
    "buy": ("buy", "curve.csv", *ORDER),
    "joint": (
        "joint",
        "repeated.csv",
        "--flops",
        "1e21",
        "--next-flops",
        "1e21",
        "--n",
        "params",
        "--d",
        "data",
    ),
    "checklist": ("checklist", STUDY),
    "paper": ("paper", "--page", "paper.html"),
    "plan": ("plan", TOY, *PLAN),
    "design": ("plan", TOY, *PLAN, "--half-width", "0.05", "--like", "like"),
    "status": ("status", STUDY),
    "report": ("report", "studies/own"),
    "check": ("check", TOY, "--preset", "mini.toml"),
    "findings": ("check", PUBLISHED / "char_lm-cpu"),
    "compare-plan": ("compare", TOY, *ARMS, *PLAN, "--plan", "--like", "like"),
    "compare-table": ("compare-table", PUBLISHED),
    "check-model": ("check-model", TOY, "mlp", "--preset", "mini.toml"),
    "site": ("site", "studies", "--out", "site"),
    "domains": ("domains", "--names"),
    "artefacts": ("data", "list"),
    "added": ("data", "add", "own.bin"),
    "fetched": ("data", "get", TOY),
}
ELSEWHERE = {
    "compare",
    "nightly",
    "baselines",
}  # below, in test_compare.py and in tests/nightly/test_night.py


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the commands name: a curve, runs of many sizes, a preset, a study, a file of a data set."""
    folder = tmp_path_factory.mktemp("json")
    rows = "".join(f"{100 * 2**i},{0.9 * 2 ** (-0.3 * i) * (1 + 0.01 * (-1) ** i)}\n" for i in range(9))
    (folder / "curve.csv").write_text(f"m,error\n{rows}")
    shutil.copy(ROOT / "docs" / "tutorial" / "repeated.csv", folder)
    (folder / "mini.toml").write_text(PRESET)
    (folder / "mine.py").write_text(MINE)
    shutil.copytree(STUDY, folder / "studies" / "own", ignore=shutil.ignore_patterns("figures", "report.*"))
    synthetic(folder / "like", domain="toy")
    (folder / "own.bin").write_bytes(b"a data set")
    return folder


@pytest.fixture
def there(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    own = Artefact(
        name="own.bin",
        sha256=hashlib.sha256(b"a data set").hexdigest(),
        size=10,
        licence="ours",
        sources=(Url("https://example.org/own.bin"),),
    )
    monkeypatch.chdir(place)
    monkeypatch.setenv("STEEPNESS_CACHE", str(place / "cache"))
    monkeypatch.setattr("steepness.training.speed.CALIBRATION_SECONDS", 0.0)
    monkeypatch.setattr("steepness.cli.data.known_artefacts", lambda: [own])
    monkeypatch.setattr(Toy, "artefacts", (own,))
    return place


def told(*words: object) -> Any:
    """The one object on standard output."""
    ran = CliRunner().invoke(app, [*map(str, words), "--json"])
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.usefixtures("there")
def test_what_a_command_prints_is_what_its_schema_says(name: str) -> None:
    found = told(*CASES[name])
    schema = json.loads(CliRunner().invoke(app, ["schema", name]).stdout)
    jsonschema.validate(found, schema)
    assert found["schema_version"] == 1


def test_no_kind_of_answer_is_left_out_and_every_command_has_one() -> None:
    assert set(CASES) | ELSEWHERE == set(kinds()) - {"preset", "record"}
    group: Any = typer.main.get_command(app)
    data = group.commands["data"].commands
    silent = [
        n for n, c in (group.commands | data).items() if "--json" not in {o for p in c.params for o in p.opts}
    ]
    assert silent == ["schema", "data"]  # a schema is JSON as it is


@pytest.mark.parametrize("path", sorted(PUBLISHED.rglob("compare.json")), ids=lambda path: path.parent.name)
def test_every_stored_comparison_is_what_the_schema_says(path: Path) -> None:
    """What `compare` prints is what it stores."""
    found = json.loads(path.read_text())
    jsonschema.validate(found, msgspec.json.schema(CompareAnswer))
    assert finite(found) == found
    assert set(found) >= set(CompareAnswer.__struct_fields__) - {"zeros"}  # which older ones lack


def test_the_documented_keys_are_those_of_the_types_and_each_has_its_meaning() -> None:
    page = (ROOT / "docs" / "json.md").read_text()
    assert page == document()
    assert not [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")]
    assert "| any |" not in page
    assert not [line for line in page.splitlines() if "| object |" in line or "list of object |" in line]


def test_a_record_is_what_its_schema_says_and_a_misspelt_name_is_met_with_the_nearest() -> None:
    schema = json.loads(CliRunner().invoke(app, ["schema", "record"]).stdout)
    jsonschema.validate(json.loads(next((STUDY / "trials").glob("*.json")).read_text()), schema)
    refused = CliRunner().invoke(app, ["schema", "presets"])
    assert refused.exit_code == 2
    assert 'did you mean "preset"' in refused.output
