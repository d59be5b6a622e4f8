"""A node of a two-node Ray cluster killed in the middle of a study: a row for each domain.

    python -m benchmarks.ray_node [DOMAIN ...] [--preset smoke]

Each domain's preset is trained by the local executor, then on a cluster of this machine (`ray.cluster_utils.Cluster`: a
head without room for trials, two nodes of one CPU), of which one node is killed, with all its processes, when a third
of the trials is done and it has a trial. The records are held against each other: all fields but timing.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import ray
from ray.cluster_utils import Cluster

from benchmarks.faults import verdict
from steepness.domain import domain_names
from steepness.executors.base import Event, Finished, Returned, Started
from steepness.executors.cluster import OWN_STORE_BYTES, SETTINGS
from steepness.study import Study
from steepness.study.audit import findings
from steepness.study.plan import Plan
from steepness.study.prepare import Request, prepare
from steepness.study.run import Unwatched, run_study
from steepness.training.trial import Record

SHARE = 3
"""One in so many trials is done before the node dies."""
WATCH_SECONDS = 0.3
HEAD = (
    "| domain | trials | done when the node died | attempts lost | records | `check` | seconds: local, Ray |"
)


class Killer:
    """Sees a study run, and kills a node of its cluster in the middle."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.finished = self.at_death = 0
        self.trials = 0
        self.lost: list[str] = []

    def planned(self, plan: Plan, done: Sequence[Record]) -> None:
        """How many trials there will be."""
        self.trials = plan.trials

    def __call__(self, event: Event) -> None:
        """Count, and kill once, a node that trains."""
        self.finished += isinstance(event, Finished)
        if isinstance(event, Returned):
            self.lost.append(event.reason)
        due = isinstance(event, Started) and self.finished >= self.trials / SHARE
        if due and not self.at_death:
            self.at_death = self.finished
            self.cluster.remove_node(busier(self.cluster.worker_nodes), allow_graceful=False)


def busier(nodes: Iterable[Any]) -> Any:
    """The node that computes."""
    raylets = {node: node.all_processes["raylet"][0].process.pid for node in nodes}
    before = {node: ticks(pid) for node, pid in raylets.items()}
    time.sleep(WATCH_SECONDS)
    return max(raylets, key=lambda node: ticks(raylets[node]) - before[node])


def ticks(pid: int) -> int:
    """That a process and all below it have computed, in the kernel's units."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    below = [
        int(p) for path in Path(f"/proc/{pid}/task").glob("*/children") for p in path.read_text().split()
    ]
    return int(fields[11]) + int(fields[12]) + sum(map(ticks, below))


@contextmanager
def two_nodes() -> Iterator[Cluster]:
    """A head without room for trials, and two nodes of one CPU, on this machine."""
    os.environ.update(SETTINGS)
    store: dict[str, Any] = {"object_store_memory": OWN_STORE_BYTES}
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False} | store
    )
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1, **store)
        yield cluster
    finally:
        ray.shutdown()
        cluster.shutdown()


def bare(study: Study) -> dict[str, Any]:
    """Records without what may differ between two runs."""
    return {r.id: msgspec.structs.replace(r, timing=None) for r in study.records}


def row(domain: str, preset: str, place: Path) -> list[str]:
    """What came of one domain."""

    def request(folder: str, **how: Any) -> Request:
        return Request(domain=domain, preset=preset, results=place / folder, device="cpu", workers=2, **how)

    clock = [time.monotonic()]
    local = run_study(prepare(request("local")), Unwatched())
    clock.append(time.monotonic())
    with two_nodes() as cluster:
        killer = Killer(cluster)
        there = run_study(prepare(request("ray", executor="ray", address=cluster.address)), killer)
        left = len(cluster.worker_nodes)
    clock.append(time.monotonic())
    ours, theirs = bare(local), bare(there)
    wrong = [i for i in ours.keys() | theirs.keys() if ours.get(i) != theirs.get(i)]
    found = [line for line in findings(there.path) if line not in findings(local.path)]
    assert left == 1
    took = ", ".join(f"{b - a:.0f}" for a, b in itertools.pairwise(clock))
    return [
        domain, str(len(ours)), str(killer.at_death), str(len(killer.lost)), verdict(len(ours), wrong),
        "; ".join(found) or "as local", took,
    ]  # fmt: skip


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("domains", nargs="*", metavar="DOMAIN")
    parser.add_argument("--preset", default="smoke")
    words = parser.parse_args()
    logging.disable()
    print(HEAD + "\n|" + "---|" * (HEAD.count("|") - 1), flush=True)
    for domain in words.domains or domain_names():
        with tempfile.TemporaryDirectory() as place:
            print(f"| {' | '.join(row(domain, words.preset, Path(place)))} |", flush=True)


if __name__ == "__main__":
    main()
