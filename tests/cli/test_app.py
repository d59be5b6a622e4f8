from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest

from steepness import __version__
from steepness.nightly.night import again
from steepness.study.prepare import Request
from tests.conftest import TOY

ROOT = Path(__file__).parents[2]


def steepness(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "steepness", *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=250, env=os.environ | environment,
    )  # fmt: skip


def test_help_needs_no_heavy_import() -> None:
    heavy = "('torch', 'numpy', 'matplotlib')"
    code = f"import sys; from steepness.cli import app; print([m for m in {heavy} if m in sys.modules])"
    started = time.perf_counter()
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
    assert time.perf_counter() - started < 3  # 0.3 s on an idle machine; the import list is the real check


def test_version_short_help_and_completion() -> None:
    assert steepness("--version").stdout == f"steepness {__version__}\n"
    assert steepness("fit", "-h").stdout == steepness("fit", "--help").stdout
    assert "0 answered; 1 a gate failed; 2 wrong use or data" in steepness("-h").stdout
    assert "_STEEPNESS_COMPLETE" in steepness("--show-completion", "bash").stdout


def test_printed_commands_survive_a_shell() -> None:
    settings = ("dataset=text:/my data/*.txt", "models=['lstm-2']")
    words = shlex.split(Request(domain="word_lm", settings=settings).command)
    assert words == [
        "steepness",
        "run",
        "word_lm",
        "--preset",
        "cpu",
        "--set",
        settings[0],
        "--set",
        settings[1],
    ]
    night = shlex.split(again(["my package:Mine"], "--draw", "7"))
    assert night == ["steepness", "nightly", "--draw", "7", "--domain", "my package:Mine"]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A finished study of the made-up domain, and what `run` printed."""
    from tests.conftest import PRESET

    folder = tmp_path_factory.mktemp("cli")
    (folder / "mini.toml").write_text(PRESET)
    ran = steepness("run", TOY, "--preset", folder / "mini.toml", "--results", folder, "--workers", 2)
    assert ran.returncode == 0, ran.stderr
    return folder / "toy-mini", ran.stdout


def test_run_plans_reports_progress_and_ends_with_the_verdict(study: tuple[Path, str]) -> None:
    path, output = study
    lines = output.splitlines()
    assert "12 trials" in output
    assert any(line.startswith("[12/12] mlp size") for line in lines)
    assert lines[-1].startswith("verdict: mlp squared_error: beta_g -")
    assert {"report.html", "report.md", "curves.csv", "figures", "study.json"} <= {
        p.name for p in path.iterdir()
    }


def test_fit_status_and_report_of_a_study(study: tuple[Path, str]) -> None:
    path, _ = study
    summary = json.loads(steepness("fit", path, "--json").stdout)
    assert {"study", "domain", "preset", "dataset", "curves", "sizes", "trials"} <= summary.keys()
    best = summary["curves"][0]
    assert best["best_fit"]
    assert {"form", "range", "alpha", "beta_g", "gamma"} <= best["fits"][0].keys()
    status = json.loads(steepness("status", path, "--json").stdout)
    assert (status["left"], status["counts"]["done"]) == (0, 12)
    (path / "report.html").unlink()
    assert steepness("report", path).returncode == 0
    assert (path / "report.html").exists()
    assert steepness("fit", path).stdout.split("\n\n")[-1].startswith("verdict: ")


def test_a_half_finished_study_can_be_looked_at(study: tuple[Path, str], tmp_path: Path) -> None:
    half = tmp_path / "half"
    (half / "trials").mkdir(parents=True)
    (half / "study.json").write_bytes((study[0] / "study.json").read_bytes())
    for path in list((study[0] / "trials").glob("*.json"))[:3]:
        (half / "trials" / path.name).write_bytes(path.read_bytes())
    assert "9 left" in steepness("status", half).stdout
    assert steepness("report", half).returncode == 0
    assert json.loads(steepness("fit", half, "--json").stdout)["trials"]["done"] == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "word_ml"), 'did you mean "word_lm"'),
        (("run", "word_lm", "--preset", "smok"), 'did you mean "smoke"'),
        (("run", "word_lm", "--preset", "smoke", "--set", "training.clap=1"), 'did you mean "training.clip"'),
        (("run", "word_lm", "--preset", "smoke", "--set", "models=['lstm-3']"), 'did you mean "lstm-'),
        (("run", "word_lm", "--preset", "smoke", "--set", "dataset=text:/nowhere/*.txt"), "/nowhere/*.txt"),
        (("run", "word_lm", "--preset", "smoke", "--device", "cuda:9"), "use cpu"),
        (("run", "word_lm", "--preset", "smoke", "--offline"), "steepness data add"),
        (("fit", "nowhere.csv"), "nowhere.csv"),
        (("report", "nowhere"), "no study at nowhere"),
    ],
)  # fmt: skip
def test_a_users_fault_is_one_clear_message_and_exit_code_2(
    words: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    empty = {"STEEPNESS_CACHE": str(tmp_path / "cache")}
    ran = steepness(*words, *(["--results", tmp_path / "results"] if words[0] == "run" else []), **empty)
    assert ran.returncode == 2
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert not list(tmp_path.glob("results/*"))


def test_a_reader_that_has_seen_enough_ends_a_command_without_a_word() -> None:
    """As `steepness domains | head -1` does; it is no fault of a file's."""
    reads, writes = os.pipe()
    os.close(reads)
    ran = subprocess.run(
        [sys.executable, "-m", "steepness", "domains"],
        cwd=ROOT,
        stdout=writes,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writes)
    assert ran.returncode == 1
    assert ran.stderr == ""


def test_a_results_folder_that_cannot_be_written(preset: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    ran = steepness("run", TOY, "--preset", preset, "--results", tmp_path / "file")
    assert ran.returncode == 2
    assert "choose another folder" in ran.stderr
    assert "Traceback" not in ran.stderr
