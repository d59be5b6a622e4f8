"""The workflows of GitHub and the images: they parse, and what they call is there."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from packaging.requirements import Requirement

from steepness.cli.app import app

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
TARGETS = set(re.findall(r"^([a-z_-]+):", (ROOT / "Makefile").read_text(), re.M))
VARIABLES = set(re.findall(r"\$\(([A-Z]+)\)", (ROOT / "Makefile").read_text()))


def workflow(path: Path) -> dict[Any, Any]:
    """A workflow as GitHub reads it; YAML 1.1 takes the key `on` for true."""
    read = yaml.safe_load(path.read_text())
    return {"on" if name is True else name: value for name, value in read.items()}


def steps(path: Path) -> Iterator[dict[str, Any]]:
    for job in workflow(path)["jobs"].values():
        yield from job["steps"]


def lines(path: Path) -> list[str]:
    """What its steps type, a line each."""
    return [
        line.strip() for step in steps(path) for line in step.get("run", "").replace("\\\n", " ").splitlines()
    ]


def called(program: str) -> list[list[str]]:
    """The words behind a program's name, wherever a workflow or .ci/run calls it."""
    typed = [
        *(ROOT / ".ci" / "run").read_text().splitlines(),
        *(line for path in WORKFLOWS for line in lines(path)),
    ]
    found = [re.search(rf"(?:^|[;&|] *)(?:exec )?{program} (.*)", line) for line in typed]
    return [shlex.split(match[1], comments=True) for match in found if match]


def test_there_are_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} == {"ci", "nightly", "pages"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_says_when_it_runs_and_each_step_does_one_thing(path: Path) -> None:
    read = workflow(path)
    assert {"name", "on", "jobs"} <= set(read)
    for job in read["jobs"].values():
        assert job["runs-on"]
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1")), step


def test_a_workflow_that_waits_for_another_names_one_that_there_is() -> None:
    names = {workflow(path)["name"] for path in WORKFLOWS}
    awaited = [
        w for path in WORKFLOWS for w in (workflow(path)["on"].get("workflow_run") or {}).get("workflows", [])
    ]
    assert awaited
    assert set(awaited) <= names


def test_an_artefact_that_is_fetched_is_one_that_is_kept() -> None:
    kept = {
        s["with"]["name"]
        for path in WORKFLOWS
        for s in steps(path)
        if "upload-artifact@" in s.get("uses", "")
    }
    asked = {
        name
        for path in WORKFLOWS
        for line in lines(path)
        for name in re.findall(r"gh run download .*--name (\S+)", line)
    }
    assert asked
    assert asked <= kept


def test_every_script_and_target_that_is_called_is_there() -> None:
    words = called("make")
    assert [w for w in words if "site" in w]
    for call in words:
        for word in call:
            name, _, value = word.partition("=")
            assert name in (VARIABLES if value else TARGETS), call
    for line in (line for path in WORKFLOWS for line in lines(path) if line.startswith((".", "/"))):
        assert (ROOT / line.split()[0]).is_file(), line


def test_every_command_of_ours_that_is_called_can_be_typed() -> None:
    group = typer.main.get_command(app)
    for words in [*called("steepness"), *called(r"\S*python\S* -m steepness"), *of_make()]:
        assert words[0] in group.commands, words  # type: ignore[attr-defined]
        group.commands[words[0]].make_context(words[0], list(words[1:]))  # type: ignore[attr-defined]


def of_make() -> list[list[str]]:
    """What the targets that workflows make call of ours, their variables set."""
    text = (ROOT / "Makefile").read_text()
    targets = {word for call in called("make") for word in call if "=" not in word}
    recipes = [text.partition(f"\n{target}:")[2].partition("\n\n")[0] for target in targets]
    found = [line for recipe in recipes for line in re.findall(r"\$\(BIN\)/python -m steepness(.*)", recipe)]
    return [shlex.split(re.sub(r"\$\(if \$\(\w+\),([^()]*)\$\(\w+\)\)", r"\1.", line)) for line in found]


@pytest.mark.parametrize("path", ["Dockerfile", ".devcontainer/install"])
def test_an_image_takes_the_torch_that_the_package_may_have(path: str) -> None:
    train = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["train"]
    asked = {text for text in train if text.startswith("torch")}
    assert set(re.findall(r'"(torch[^"]*)"', (ROOT / path).read_text())) == asked


def test_the_newest_torch_allowed_is_one_that_torchaudio_was_built_against() -> None:
    train = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["train"]
    bounds = {Requirement(text).name: str(Requirement(text).specifier) for text in train}
    assert "<" in bounds["torch"]
    assert bounds["torch"] == bounds["torchaudio"]
