"""What `pip install steepness` brings, without any extra: built, installed into a fresh environment and used."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
BUILD = "from setuptools.build_meta import {0}; print({0}('{1}'))"
STUDY = ROOT / "results" / "published" / "word_lm-cpu"

pytestmark = pytest.mark.slow


def needed(requirements: list[str], found: dict[str, Distribution]) -> dict[str, Distribution]:
    """The distributions that requirements call for, extras left out, from those installed here."""
    for text in requirements:
        asked = Requirement(text)
        name = re.sub(r"[-_.]+", "-", asked.name).lower()
        if name not in found and (asked.marker is None or asked.marker.evaluate({"extra": ""})):
            found[name] = distribution(name)
            needed(found[name].requires or [], found)
    return found


def built(source: Path, what: str, folder: Path) -> Path:
    """An sdist or a wheel, as pip would build it."""
    ran = subprocess.run(
        [sys.executable, "-c", BUILD.format(f"build_{what}", folder)], cwd=source, text=True, capture_output=True
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return folder / ran.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, as an installer does that finds no wheel."""
    folder = tmp_path_factory.mktemp("build")
    tree = folder / "tree"
    for name in ("steepness", "domains", "baselines"):
        shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    with tarfile.open(built(tree, "sdist", folder)) as archive:
        archive.extractall(folder, filter="data")
    return built(next(folder.glob("steepness-*/")), "wheel", folder)


def test_the_wheel_holds_everything_under_one_name(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in names} == {"steepness"}
    for path in (*ROOT.glob("domains/*/presets/*.toml"), *ROOT.glob("baselines/*/*")):
        assert f"steepness/{path.relative_to(ROOT)}" in names
    for path in (*ROOT.glob("steepness/*/templates/*"), *ROOT.glob("domains/**/*.py")):
        assert str(path.relative_to(ROOT)).replace("domains/", "steepness/domains/", 1) in names


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with the wheel, and of all else only what its metadata asks for."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "pip", "install", "--quiet", "--no-index", "--no-deps", wheel]
    subprocess.run(pip, check=True)
    site = next(folder.glob("lib/*/site-packages"))
    metadata = next(site.glob("steepness-*.dist-info/METADATA")).read_text()
    for entry in needed(re.findall("^Requires-Dist: (.*)$", metadata, re.M), {}).values():
        for top in tops(entry):
            if not (site / top.name).exists():
                (site / top.name).symlink_to(top)
    return folder


def tops(entry: Distribution) -> Iterator[Path]:
    """The files and folders that a distribution puts into site-packages."""
    for name in {path.parts[0] for path in entry.files or () if path.parts[0] not in ("..", "__pycache__")}:
        yield Path(str(entry.locate_file(name))).resolve()


def use(environment: Path, *words: object, code: int = 0) -> subprocess.CompletedProcess[str]:
    """The installed command, far from the repository."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    ran = subprocess.run(
        [environment / "bin" / "steepness", *map(str, words)],
        cwd=environment, capture_output=True, text=True, env=clean,
    )  # fmt: skip
    assert ran.returncode == code, ran.stderr
    return ran


def test_laws_pages_and_stored_studies_work_without_torch(environment: Path) -> None:
    gone = subprocess.run([environment / "bin" / "python", "-c", "import torch"], capture_output=True)
    assert gone.returncode, "torch must not come with the plain install"
    study = environment / "study"
    shutil.copytree(STUDY, study)
    (study / "report.html").unlink()
    assert json.loads(use(environment, "fit", study, "--json").stdout)["curves"]
    assert use(environment, "report", study).stdout.startswith("report: ")
    assert (study / "report.html").stat().st_size > 50_000
    (environment / "curve.csv").write_text(
        "m,error\n" + "".join(f"{2**i},{2 ** (-0.3 * i)}\n" for i in range(9))
    )
    assert "−0.3000" in use(environment, "fit", "curve.csv").stdout
    assert "gain of doubling" in use(environment, "forecast", "curve.csv").stdout
    use(environment, "paper", "--page", "paper.html")
    assert (environment / "paper.html").exists()


def test_decisions_too_need_no_torch(environment: Path) -> None:
    rows = "".join(f"{2**i},{2 ** (-0.3 * i) * (1 + 0.01 * (-1) ** i)}\n" for i in range(9))
    (environment / "curve.parquet").write_bytes(b"PAR1 of any content")
    (environment / "own.csv").write_text(f"m,error\n{rows}")
    use(environment, "fit", "own.csv", "--plot", "own.svg", "--page", "own.html")
    assert "Inside 95 %" in use(environment, "backtest", "own.csv").stdout
    assert (
        "order" in use(environment, "buy", "own.csv", "--target", 0.1, "--price", 1, "--penalty", 1e5).stdout
    )
    assert "E + A" in use(environment, "joint", STUDY, "--form", "chinchilla").stdout
    assert "verdict: " in use(environment, "status", STUDY).stdout
    assert "items are answered" in use(environment, "checklist", STUDY).stdout
    use(environment, "joint", STUDY, "--form", "chinchilla", "--next-flops", 1e13, "--plot", "joint.png")
    use(environment, "backtest", "own.csv", "--plot", "back.svg")
    assert (environment / "joint.png").exists()
    assert (environment / "back.svg").exists()
    assert json.loads(use(environment, "forecast", STUDY, "--json").stdout)["curves"]
    assert use(environment, "schema", "fit").stdout.startswith("{")
    assert use(environment, "--version").stdout.startswith("steepness ")
    assert use(environment, "compare-table", STUDY.parent).stdout.count("against") >= 2
    assert "pip install 'steepness[parquet]'" in use(environment, "fit", "curve.parquet", code=2).stderr


def test_a_command_that_needs_an_extra_says_so_in_one_line(environment: Path) -> None:
    for words in (("run", "word_lm"), ("plan", "image"), ("domains",), ("data", "list")):
        said = use(environment, *words, code=2).stderr
        assert said.count("\n") == 1
        assert "pip install 'steepness[train]'" in said
