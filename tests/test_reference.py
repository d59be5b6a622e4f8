"""The documentation's reference misses nothing, and its pages build without a warning."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
import typer

import steepness
from steepness.cli.app import app
from steepness.domain import domain_class, domain_names
from steepness.study.presets import Preset
from steepness.training.trial import Record

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """docs/reference.py, which makes the pages."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def keys(kind: type, prefix: str = "") -> set[str]:
    """Every key that a TOML or JSON file of that kind may hold, nested ones with dots."""
    found: set[str] = set()
    for field in msgspec.structs.fields(kind):
        nested = (
            field.type if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct) else None
        )
        found |= keys(nested, f"{prefix}{field.name}.") if nested else {prefix + field.name}
    return found


def test_every_key_of_a_preset_is_there_with_its_meaning(reference: ModuleType) -> None:
    page = reference.presets()
    options = {f"options.{key}" for name in domain_names() for key in keys(domain_class(name).Options)}
    assert not [key for key in keys(Preset) | options if f"| `{key}` |" not in page]
    assert not [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")]


def test_every_field_of_a_record_is_there_with_its_meaning(reference: ModuleType) -> None:
    page = reference.records()
    _, parts = msgspec.json.schema_components([Record])
    assert {"Record", "Trial", "Evaluation", "Machine", "Timing", "Training"} <= set(parts)
    for kind, part in parts.items():
        section = page.split(f"## {kind}\n")[1].split("\n## ")[0]
        assert not [f"{kind}.{key}" for key in part["properties"] if f"| `{key}` |" not in section]
    assert not [line for line in page.splitlines() if line.startswith("| `") and line.endswith("|  |")]


def test_every_option_of_every_command_is_there_with_its_meaning(reference: ModuleType) -> None:
    page = reference.commands()
    for path, command in reference.walk(typer.main.get_command(app)):
        section = page.split(f"## `{path}`\n")[1].split("\n## ")[0]
        for parameter in command.params:
            name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.name.upper()
            assert name in section, f"{path} {name}"
            assert parameter.help, f"{path} {name} has no help"


def test_every_public_function_is_there_with_a_docstring(reference: ModuleType) -> None:
    page = reference.python()
    for name in set(steepness.__all__) - {"__version__"}:
        assert f"## `steepness.{name}`" in page
        assert getattr(steepness, name).__doc__


def test_the_pages_build_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs", reason="mkdocs is not installed: pip install 'steepness[docs]'")
    pytest.importorskip("material", reason="mkdocs-material is not installed: pip install 'steepness[docs]'")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for page in ("statistics", "troubleshooting", "reference/python", "reference/commands"):
        assert len((tmp_path / f"{page}.html").read_text()) > 10_000
