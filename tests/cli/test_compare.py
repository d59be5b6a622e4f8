"""`steepness compare` and `steepness check-model` from the command line; entry points of a made-up distribution."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from typer.testing import CliRunner

from steepness.cli.answers import CompareAnswer
from steepness.cli.app import app
from steepness.domain import get_domain
from tests.cli.test_app import steepness
from tests.conftest import TOY

MINE = "from tests.toy import Network\n\n\nclass Mine(Network):\n    pass\n"
STATIC = MINE + "\n    def __init__(self, size: int) -> None:\n        super().__init__(8)\n"


def here(*words: object) -> Any:
    """The command in this process, which has torch loaded already."""
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.mark.slow  # it starts worker processes for both arms
def test_compare_takes_a_class_from_a_file_outside_the_repository(preset: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE)
    words = ["compare", TOY, "--baseline", "mlp", "--candidate", f"{tmp_path / 'mine.py'}:Mine"]
    words += [
        "--preset",
        preset,
        "--set",
        "shards.count=3",
        "--results",
        tmp_path,
        "--workers",
        1,
        "--device",
        "cpu",
    ]
    said = json.loads(steepness(*words, "--json").stdout)
    jsonschema.validate(said, msgspec.json.schema(CompareAnswer))
    assert said["candidate"]["label"] == "Mine"
    again = here(*words).stdout.splitlines()
    assert again[-1] == f"verdict: {said['title']}"
    assert said["words"][0] in again
    assert not any(line.startswith("[") for line in again), "nothing is trained again"


def test_a_preset_for_a_gpu_says_first_that_this_is_a_cpu() -> None:
    words = ("compare", TOY, "--baseline", "mlp", "--candidate", "mlp", "--preset", "gpu", "--device", "cpu")
    assert "doubt: preset gpu is meant for a GPU, and this is a CPU" in here(*words).stderr


def test_check_model_passes_and_refuses_by_exit_code(preset: Path, tmp_path: Path) -> None:
    (tmp_path / "static.py").write_text(STATIC)
    passed = here("check-model", TOY, "mlp", "--preset", preset)
    assert passed.exit_code == 0
    assert "size 16: 161 parameters" in passed.stdout
    refused = here("check-model", TOY, f"{tmp_path / 'static.py'}:Mine", "--preset", preset, "--json")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: ")
    assert "its size dial does nothing" in refused.stderr
    assert json.loads(refused.stdout)["passed"] is False


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("class Mine(:\n", "SyntaxError"),
        ("raise KeyError('x')\n", "KeyError"),
        ("", "no attribute 'Mine'"),
        ("import sys\nsys.exit(3)\n", "as scripts do. Put what is to run under `if __name__"),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_clear_line(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "mine.py").write_text(content)
    with pytest.raises(ValueError, match=rf"cannot import model .*{said}"):
        get_domain(TOY).model_class(f"{tmp_path / 'mine.py'}:Mine")


def test_two_files_of_one_name_are_two_modules_that_dataclasses_work_in(tmp_path: Path) -> None:
    code = "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass Mine:\n    a: {}\n"
    found = []
    for kind in ("int", "str"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "mine.py").write_text(code.format(kind))
        found.append(get_domain(TOY).model_class(f"{tmp_path / kind / 'mine.py'}:Mine"))
    assert [c.__annotations__["a"] for c in found] == ["int", "str"]
    assert found[0].__module__ != found[1].__module__


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A made-up distribution that registers a model."""
    (tmp_path / "madeup.py").write_text(MINE)
    metadata = tmp_path / "madeup-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: madeup\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[steepness.models]\nmine = madeup:Mine\ngone = madeup:Gone\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "madeup", raising=False)


@pytest.mark.usefixtures("installed")
def test_a_model_of_an_entry_point_is_found_by_name() -> None:
    assert get_domain(TOY).model_class("mine").__name__ == "Mine"
    with pytest.raises(ValueError, match='did you mean "mine"'):
        get_domain(TOY).model_class("mien")
    with pytest.raises(ValueError, match="cannot import model"):
        get_domain(TOY).model_class("gone")
