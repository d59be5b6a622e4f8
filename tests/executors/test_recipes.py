"""The commands of docs/many-machines.md that are not `steepness` alone: parsed by what reads them; and why not run."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer

from steepness.cli.app import app
from tests.executors.conftest import WITHOUT_RAY

PAGE = Path(__file__).parents[2] / "docs" / "many-machines.md"
NOT_RUN = {
    "sbatch": "needs Slurm",
    "srun": "needs Slurm; what it runs is parsed here",
    "scontrol": "needs Slurm",
    "kubectl": "needs a cluster of Kubernetes with the KubeRay operator; the file it applies is parsed here",
    "ray": "starts and stops servers of the whole machine; tests/executors/test_ray.py has clusters of its own",
}
"""Programs on the page, and why no test runs them."""


def blocks(kind: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(), re.S | re.M)
    return [text for name, text in found if name == kind]


def commands() -> list[list[str]]:
    """All that can be typed, words with their continuation lines joined."""
    lines = "\n".join([*blocks(""), *blocks("bash")]).replace("\\\n", " ").splitlines()
    typed = [line for line in lines if line.strip() and not line.startswith(("#", "export ", "head="))]
    return [shlex.split(line) for line in typed]


def check_steepness(words: list[str]) -> None:
    command = typer.main.get_command(app).commands[words[1]]  # type: ignore[attr-defined]
    command.make_context(words[1], words[2:])


def test_every_program_on_the_page_is_run_by_a_test_or_says_why_not() -> None:
    assert {words[0] for words in commands()} - {"steepness"} <= NOT_RUN.keys()


def test_the_slurm_script_is_one_and_what_it_runs_can_be_typed() -> None:
    (script,) = [block for block in blocks("bash") if block.startswith("#!")]
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert all(
        re.fullmatch(r"#SBATCH( --[\w-]+(=\S+)?)+", line) for line in script.splitlines() if "SBATCH" in line
    )
    (run,) = [words for words in commands() if words[0] == "srun"]
    check_steepness(run[run.index("--") + 1 :])


def test_what_is_said_to_ray_is_what_it_takes() -> None:
    """By its own parsers, without starting anything."""
    scripts = pytest.importorskip("ray.scripts.scripts", reason=WITHOUT_RAY)
    said = [words[1:] for words in commands() if words[0] == "ray"]
    said += [words[2 : words.index("--")] for words in commands() if words[0] == "srun"]
    assert {words[0] for words in said} == {"start", "stop", "symmetric-run"}
    for words in said:
        options = {option for parameter in scripts.cli.commands[words[0]].params for option in parameter.opts}
        options |= {o for parameter in scripts.cli.commands["start"].params for o in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_the_ray_job_is_one_and_what_it_runs_can_be_typed() -> None:
    yaml = pytest.importorskip("yaml", reason="needs PyYAML, which MkDocs and Ray bring")
    (job,) = [yaml.safe_load(block) for block in blocks("yaml")]
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    check_steepness(shlex.split(job["spec"]["entrypoint"]))
    cluster = job["spec"]["rayClusterSpec"]
    head, (gpus,) = cluster["headGroupSpec"], cluster["workerGroupSpecs"]
    assert head["rayStartParams"] == {"num-cpus": "0"}, "trials run on workers alone"
    for group in (head, gpus):
        pod = group["template"]["spec"]
        (container,) = pod["containers"]
        assert {mount["name"] for mount in container["volumeMounts"]} == {v["name"] for v in pod["volumes"]}
    assert gpus["template"]["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] * gpus[
        "maxReplicas"
    ] == int(shlex.split(job["spec"]["entrypoint"])[-1]), "as many workers as GPUs"
