"""A candidate of a user's package: an edited helper is trained anew, an unrelated file is not; the page says which."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steepness.compare.arms import Versus, make_arms
from steepness.compare.run import compare_and_report
from steepness.study import load_study
from steepness.study.run import Unwatched
from tests.conftest import TOY
from tests.in_process import InProcess

MODEL = """
from tests.toy import Network
from .layers import half

class Model(Network):
    def forward(self, x):
        return super().forward(half(x))
"""


class Nobody(Unwatched):
    def __enter__(self) -> Nobody:
        return self

    def __exit__(self, *_: object) -> None: ...


def forgotten() -> None:
    """As in a fresh process, where nothing is imported."""
    for name in [name for name in sys.modules if name.split(".")[0] == "their_pkg"]:
        del sys.modules[name]
    importlib.invalidate_caches()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "their_pkg"
    folder.mkdir()
    for name, text in {
        "__init__.py": "", "model.py": MODEL, "unrelated.py": "A = 1\n",
        "layers.py": "def half(x):\n    return x * 0.5\n",
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    forgotten()


def test_an_edited_helper_trains_anew_and_an_unrelated_file_does_not(
    package: Path, preset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steepness.study.run.LocalExecutor", InProcess)
    monkeypatch.setattr("steepness.training.speed.CALIBRATION_SECONDS", 0.0)
    asked = Versus(
        domain=TOY, baseline="mlp", candidate="their_pkg.model:Model", preset=str(preset), device="cpu", workers=1,
        results=tmp_path / "results", settings=("shards.count=3", "search.trials=1"),
    )  # fmt: skip

    def compared() -> tuple[dict[str, Any], set[str], set[str]]:
        """The answer, the ids of the candidate's trials, and the source they were trained with."""
        forgotten()
        said = compare_and_report(make_arms(asked), Nobody)
        study = load_study(Path(said["candidate"]["study"]))
        return said, {r.id for r in study.records}, {r.trial.source for r in study.records}

    first, trials, (source,) = compared()
    (package / "unrelated.py").write_text("A = 2\n")
    (package / "model.py").write_text(MODEL + "# said, not done\n")
    again, the_same, _ = compared()
    assert again["candidate"]["study"] == first["candidate"]["study"]
    assert the_same == trials
    (package / "layers.py").write_text("def half(x):\n    return x * 0.25\n")
    edited, others, (other,) = compared()
    assert edited["baseline"]["study"] == first["baseline"]["study"]
    assert not others & trials
    assert other != source
    for said, ran in ((first, source), (edited, other)):
        assert f"their_pkg.model:Model, hash {ran[:8]}" in Path(said["report"]).read_text()
