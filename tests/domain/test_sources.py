"""What of a model's code is part of a trial, and that an edited one is trained again."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from steepness.domain import domain_names, get_domain, import_object
from steepness.domain.sources import files_of, source_of
from steepness.study import load_study
from steepness.study.account import provenance
from steepness.study.prepare import Request, prepare
from steepness.study.run import run_study
from steepness.training.trial import Training, Trial
from tests.conftest import TOY
from tests.synthetic import synthetic

MODEL = '''"""A model."""
from tests.toy import Network
from mine_pkg.parts import layers
from . import extra


class Model(Network):
    def __init__(self, size):
        super().__init__(size)
        self.factor = layers.FACTOR * extra.ONE

    def forward(self, x):
        from .late import shift
        return shift(super().forward(x) * self.factor)
'''


class Nobody:
    def planned(self, plan: object, done: object) -> None: ...
    def __call__(self, event: object) -> None: ...


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """mine_pkg: a model, a helper two folders down, one imported by a function, and a file that nobody imports."""
    folder = tmp_path / "mine_pkg"
    for name, text in {
        "__init__.py": "", "model.py": MODEL, "extra.py": "ONE = 1\n", "parts/__init__.py": "",
        "parts/layers.py": "FACTOR = 1.0\n", "late.py": "def shift(x):\n    return x\n", "unrelated.py": "A = 1\n",
    }.items():  # fmt: skip
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "mine_pkg"]:
        del sys.modules[name]


def source() -> str:
    """As a fresh process would find it."""
    for name in [name for name in sys.modules if name.split(".")[0] == "mine_pkg"]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return source_of(import_object("mine_pkg.model:Model", "model"))


@pytest.mark.parametrize("file", ["model.py", "extra.py", "parts/layers.py", "parts/__init__.py", "late.py"])
def test_whatever_the_model_pulls_in_counts(package: Path, file: str) -> None:
    before = source()
    (package / file).write_text((package / file).read_text() + "\nADDED = 2\n")
    assert source() != before


def test_what_it_does_not_pull_in_and_what_is_only_said_do_not_count(package: Path) -> None:
    before = source()
    (package / "unrelated.py").write_text("A = 2\n")
    (package / "extra.py").write_text('"""One."""\n\n# the least\nONE = 1  # really\n"""As in 1."""\n')
    assert source() == before


def test_a_string_in_the_code_is_no_docstring(package: Path) -> None:
    before = source()
    (package / "extra.py").write_text("ONE = 1\nNAME = 'a # b'\n")
    changed = source()
    (package / "extra.py").write_text("ONE = 1\nNAME = 'a # c'\n")
    assert len({before, changed, source()}) == 3


def test_a_file_by_its_path_is_followed_too(package: Path, tmp_path: Path) -> None:
    file = tmp_path / "alone.py"
    file.write_text("from mine_pkg.model import Model\n\nclass Mine(Model):\n    pass\n")
    names = files_of(import_object(f"{file}:Mine", "model"))
    assert {"alone.py", "mine_pkg.model", "mine_pkg.parts.layers", "mine_pkg.late"} <= set(names)
    assert not any(name.startswith(("torch", "steepness", "dataclasses")) for name in names)


def test_partials_of_one_class_are_different_models() -> None:
    made = import_object("tests.toy:Network", "model")
    assert len({source_of(functools.partial(made, size=size)) for size in (2, 3)} | {source_of(made)}) == 3


def test_our_own_models_rest_on_their_files_and_on_no_data_or_harness() -> None:
    for name in domain_names():
        domain = get_domain(name)
        for model in domain.models:
            files = files_of(domain.model_class(model))
            assert files
            assert all(n.startswith("steepness.domains.") for n in files)
            assert not any(part in n for n in files for part in ("sources", "prepare", "corpus", "folders"))


def test_our_own_models_are_found_where_they_are_said_to_be() -> None:
    for name in domain_names():
        domain = get_domain(name)
        for model in domain.models:
            found = import_object(domain.definition(model), "model")
            assert files_of(found) == files_of(domain.model_class(model))
            assert domain.definition(model).startswith("steepness.domains.")


def test_a_page_says_where_the_code_is_or_that_it_was_not_recorded(tmp_path: Path) -> None:
    study = synthetic(tmp_path)
    (model,) = study.manifest.preset.models
    assert dict(provenance(study))["Source of the model"] == f"{model}: not recorded"
    hashed = [
        msgspec.structs.replace(r, trial=msgspec.structs.replace(r.trial, source="0123456789abcdef"))
        for r in study.records
    ]
    known = dataclasses.replace(study, records=tuple(hashed))
    assert dict(provenance(known))["Source of the model"] == f"{model}: file not recorded, hash 01234567"
    told = msgspec.structs.replace(study.manifest, definitions={model: "my_net.py:Net"})
    known = dataclasses.replace(known, manifest=told)
    assert dict(provenance(known))["Source of the model"] == f"{model}: my_net.py:Net, hash 01234567"


def test_a_trial_without_a_source_is_what_it_was() -> None:
    trial = Trial(
        domain="toy", options={}, dataset="d", fingerprint="f", model="mlp", size=2, m=4, data_seed=0, seed=0,
        training=Training(),
    )  # fmt: skip
    assert trial.id == "465fdd42ba3de144"
    assert b"source" not in msgspec.json.encode(trial)
    assert msgspec.structs.replace(trial, source="abc").id != trial.id


def test_an_edited_helper_is_trained_again_and_old_records_are_left_out(
    package: Path, preset: Path, tmp_path: Path
) -> None:
    settings = ("models=['mine_pkg.model:Model']", "seeds=1", "search.trials=1", "shards.count=2")
    request = Request(
        domain=TOY,
        preset=str(preset),
        settings=settings,
        results=tmp_path / "results",
        device="cpu",
        workers=1,
    )
    first = run_study(prepare(request), Nobody())
    assert first.counts()["done"] == 2
    (package / "unrelated.py").write_text("A = 3\n")
    assert [r.id for r in run_study(prepare(request), Nobody()).records] == [r.id for r in first.records]
    (package / "parts" / "layers.py").write_text("FACTOR = 0.5\n")
    source()  # as another process would import it
    second = run_study(prepare(request), Nobody())
    assert second.counts()["done"] == 2
    assert not {r.id for r in first.records} & {r.id for r in second.records}
    assert load_study(first.path).manifest.sources == {"mine_pkg.model:Model": second.records[0].trial.source}
    assert load_study(first.path).manifest.definitions == {"mine_pkg.model:Model": "mine_pkg.model:Model"}
