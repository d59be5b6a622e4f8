"""Trials on a Ray cluster: the same records as on this machine, whatever of the cluster is lost on the way."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from steepness.executors.base import Advanced, Event, Finished, MachineTrouble, Returned, Started
from steepness.executors.worker import CHECKPOINTS, Job
from steepness.study.audit import findings
from steepness.training.trial import Training, Trial
from tests.conftest import TOY
from tests.executors.conftest import SLOW, SLOWER, WITHOUT_RAY, Run, Witness, bare

pytest.importorskip("ray", reason=WITHOUT_RAY)

from steepness.executors import cluster, outpost
from steepness.executors.ray import RayExecutor

LONG = Training(max_epochs=200, evaluate_first=2, evaluate_growth=2, schedule="constant", patience=1000)
LARGEST = ("shards.start=256", "shards.count=1", SLOWER)
"""Three trials of some seconds."""
SHORT = ("shards.count=2", SLOWER)
CPUS = cluster.Cluster(device="cpu", workers=1, memory=2**28)


def trial(training: Training = LONG) -> Trial:
    return Trial(
        domain="toy", options={}, dataset="synthetic", fingerprint="toy-0.3", model="mlp", size=4, m=64,
        data_seed=0, seed=0, training=training,
    )  # fmt: skip


def job(folder: Path, **options: object) -> Job:
    (folder / "study.json").touch()  # what tells the folder from a copy of it
    return Job(domain=TOY, options=options, dataset="synthetic", cache=folder / "cache", study=folder)


def until(executor: RayExecutor, *kinds: type[Event]) -> Event:
    while True:
        for event in executor.events():
            if isinstance(event, kinds):
                return event


def outposts_workers() -> list[int]:
    """The processes that train, by what their parents are."""
    listed = subprocess.run(
        ["ps", "-wweo", "pid,ppid,args"], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    posts = {pid for pid, _, args in rows if args.startswith("ray::Outpost")}
    return [int(pid) for pid, parent, args in rows if parent in posts and "resource_tracker" not in args]


@pytest.mark.slow
def test_a_study_gives_the_records_that_it_gives_on_this_machine(run: Run, own_cluster: None) -> None:
    there = run("ray", executor="ray")
    assert bare(there) == bare(run("local"))
    assert not list(findings(there.path))
    assert not list(there.path.rglob("*.tmp"))
    assert not (there.path / CHECKPOINTS).exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("actor", "said"), [(True, "was lost"), (False, "a worker died while training (exit code -9")]
)
def test_whatever_is_killed_of_a_worker_is_replaced_and_its_trial_run_again(
    run: Run, own_cluster: None, actor: bool, said: str
) -> None:
    """The actor, which the process that trains must not outlive; or that process, while the actor lives on."""
    killed: list[int] = []

    def kill(event: Event) -> None:
        if isinstance(event, Advanced) and not killed:
            killed.append(outposts_workers()[0])
            os.kill(parent(killed[0]) if actor else killed[0], signal.SIGKILL)

    witness = Witness(kill)
    there = run("ray", *LARGEST, watcher=witness, executor="ray", workers=1)
    (reason,) = [event.reason for event in witness.events if isinstance(event, Returned)]
    assert said in reason
    assert not Path(f"/proc/{killed[0]}").exists()
    assert bare(there) == bare(run("local", *LARGEST))
    assert not list(findings(there.path))


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


@pytest.fixture
def two_nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without room for trials, and two nodes of one CPU."""
    import ray
    from ray.cluster_utils import Cluster

    for name, value in cluster.SETTINGS.items():
        monkeypatch.setenv(name, value)
    memory = {"object_store_memory": cluster.OWN_STORE_BYTES}
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False} | memory)
    for _ in range(2):
        made.add_node(num_cpus=1, **memory)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.mark.slow
def test_a_node_that_is_killed_in_the_middle_costs_no_trial(
    run: Run, two_nodes: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def kill(event: Event) -> None:
        if sum(isinstance(e, Finished) for e in witness.events) == 3 and len(two_nodes.worker_nodes) == 2:
            two_nodes.remove_node(next(iter(two_nodes.worker_nodes)), allow_graceful=False)

    witness = Witness(kill)
    there = run("ray", SLOW, watcher=witness, executor="ray", address=two_nodes.address)
    assert any("was lost" in event.reason for event in witness.events if isinstance(event, Returned))
    assert len(two_nodes.worker_nodes) == 1
    assert "raylet" not in capsys.readouterr().out, "that is where JSON goes"
    assert bare(there) == bare(run("local", SLOW))
    assert not list(findings(there.path))


@pytest.mark.slow
def test_a_worker_that_does_not_see_the_folder_sends_what_it_would_write(
    tmp_path: Path, own_cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped in the middle, the trial goes on from the checkpoint that came to the driver; then its record comes."""
    cluster.connect(workers=1)
    monkeypatch.setattr("steepness.executors.ray.landmark", lambda study: None)
    work = job(tmp_path, seconds_per_batch=0.005)
    with RayExecutor(work, CPUS) as executor:
        executor.submit(trial())
        until(executor, Advanced)
    saved = work.checkpoint(trial()).path
    assert saved.exists(), "leaving, the worker saved its trial, and sent it"
    with RayExecutor(work, CPUS) as executor:
        executor.submit(trial())
        finished = until(executor, Finished, Returned)
    assert isinstance(finished, Finished)
    assert finished.record.timing
    assert finished.record.timing.resumed == 1
    assert (tmp_path / "trials" / f"{trial().id}.json").exists()
    assert not saved.exists(), "it has a record now"


@pytest.mark.slow
def test_time_limits_and_cancelling_are_as_on_this_machine(tmp_path: Path, own_cluster: None) -> None:
    cluster.connect(workers=1)
    work = job(tmp_path, seconds_per_batch=0.05)
    with RayExecutor(work, CPUS, seconds_per_trial=3.0) as executor:
        executor.submit(trial())
        assert "longer than 3 s" in until(executor, Returned).reason  # type: ignore[union-attr]
        executor.submit(trial())
        assert isinstance(until(executor, Started, Finished), Started)
        executor.cancel(trial().id)
        assert not executor.events()
    assert not outposts_workers()


@pytest.mark.slow
def test_a_cluster_without_room_or_with_another_version_ends_in_a_sentence(
    tmp_path: Path, own_cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.connect(workers=1)
    huge = cluster.Cluster(device="cuda:0", workers=1)
    with monkeypatch.context() as patch, RayExecutor(job(tmp_path), huge) as executor:
        patch.setattr("steepness.executors.ray.ROOM_SECONDS", 3.0)
        executor.submit(trial())
        with pytest.raises(
            MachineTrouble, match=r"no room for a worker: it has .* and a worker takes 1 CPU, 1 GPU"
        ):
            until(executor, Finished, Returned)
    monkeypatch.setattr("steepness.executors.ray.Orders", other_version)
    with RayExecutor(job(tmp_path), CPUS) as executor:
        executor.submit(trial())
        assert "install the same" in until(executor, Returned).reason  # type: ignore[union-attr]


def other_version(**orders: Any) -> outpost.Orders:
    return outpost.Orders(**orders, version="0.0.1")


@pytest.mark.slow
def test_ctrl_c_keeps_what_was_trained_and_leaves_no_process(run: Run, preset: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "steepness", "run", TOY, "--preset", str(preset), "--device", "cpu"]
    command += [
        "--workers",
        "1",
        "--executor",
        "ray",
        "--results",
        str(tmp_path / "stopped"),
        *(word for setting in SHORT for word in ("--set", setting)),
    ]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 200
    while not list(tmp_path.rglob("stopped/*/trials/*.json")) and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of them
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130, said
    assert "Nothing finished is lost" in said
    (folder,) = (tmp_path / "stopped").iterdir()
    assert list((folder / CHECKPOINTS).iterdir()), "the trial that was at work is saved"
    assert not list((folder / "leases").iterdir())
    assert not outposts_workers()
    assert bare(run("stopped", *SHORT)) == bare(run("local", *SHORT))


def test_a_share_of_a_node_is_what_fits_in_its_cores_its_memory_and_its_gpus() -> None:
    node = {"CPU": 16.0, "memory": 64.0 * 2**30, "GPU": 2.0}
    small = cluster.Cluster(device="cpu", memory=2**30)
    assert small._fitting(node) == 16
    assert cluster.Cluster(device="cpu", memory=20 * 2**30)._fitting(node) == 3
    shared = cluster.Cluster(device="cuda:0", memory=2**30, per_gpu=3)
    assert shared._fitting(node) == 6
    assert math.isclose(shared.gpus, 1 / 3)
    assert small.takes()["num_gpus"] == 0
