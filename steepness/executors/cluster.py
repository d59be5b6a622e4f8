"""A Ray cluster: connected to, asked what it holds, and made to run functions."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import ray
import ray.exceptions
import torch

from steepness.executors.base import MachineTrouble, Question
from steepness.executors.outpost import job_here
from steepness.executors.worker import Job, Worker
from steepness.training.device import cores, peak_memory
from steepness.training.learner import Learner
from steepness.training.speed import time_steps
from steepness.training.trial import Trial

OWN_STORE_BYTES = 100 * 2**20
"""Of shared memory, for a cluster of this machine's own: nothing but messages goes through it."""
SETTINGS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
"""For a cluster that is started here: it tells nobody, and its workers have the priority of any other process."""
ROOM_SECONDS = 600.0
"""After which a cluster that gives no worker room is given up: time for one that grows to do so."""
SPARE_MEMORY = 1.25
"""What a worker gets, times what the largest trial took for a few steps."""
_kept: list[Worker] = []
"""What this process of a cluster was asked with last."""
T = TypeVar("T")
_log = logging.getLogger(__name__)


@dataclass(kw_only=True, frozen=True)
class Cluster:
    """Ray, connected to until this process ends, and a worker's share of it.

    Attributes:
        device: that a worker trains on: cpu, or cuda:0 of what it is given.
        workers: that run at once; 0 until it is known what one takes.
        memory: bytes of a node's memory that a worker takes.
        per_gpu: workers that share one GPU.
    """

    device: str
    workers: int = 0
    memory: int = 0
    per_gpu: int = 1

    @property
    def gpus(self) -> float:
        """That a worker takes."""
        return 1 / self.per_gpu if self.device != "cpu" else 0.0

    def takes(self, **also: Any) -> dict[str, Any]:
        """Ray's options for what takes a worker's share, wherever there is most room."""
        share = {"num_cpus": 1, "num_gpus": self.gpus, "memory": self.memory or None}
        return share | {"scheduling_strategy": "SPREAD"} | also

    def run(self, function: Callable[..., T], calls: Iterable[tuple[Any, ...]], **options: Any) -> list[T]:
        """What a module's function returns for each tuple of arguments, called in workers' shares side by side.

        Raises:
            MachineTrouble: the cluster has no room for them, or their workers fail again and again.
        """
        remote = ray.remote(**self.takes(**options))(function)
        refs = [remote.remote(*arguments) for arguments in calls]
        try:
            ready, _ = ray.wait(refs, timeout=ROOM_SECONDS)
            if not ready:
                raise MachineTrouble(self.no_room())
            found: list[T] = ray.get(refs)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, ValueError | MachineTrouble):
                raise error.cause from None
            raise MachineTrouble(f"a worker of the cluster failed: {in_short(error)}") from error
        except ray.exceptions.RayError as error:
            raise MachineTrouble(f"workers of the cluster fail: {in_short(error)}") from error
        return found

    def measured(self, job: Job, trials: Iterable[Trial], workers: int | None) -> Cluster:
        """The cluster with a worker's share known: what the most demanding of the trials takes.

        Args:
            workers: that are asked for; None for as many as there is room for now.
        Raises:
            MachineTrouble: there is no room for any.
        """
        seen = self.run(needs, [(job, self.device, trial) for trial in trials], max_calls=1)
        memory = int(max(need for need, _, _ in seen) * SPARE_MEMORY)
        crowds = [int(total / (taken * SPARE_MEMORY)) for _, taken, total in seen if taken]
        share = replace(self, memory=memory, per_gpu=max(1, min(crowds, default=1)))
        count = workers or share.room()
        if not count:
            raise MachineTrouble(f"{share.no_room()}; with --workers N it is waited for")
        return replace(share, workers=count)

    def room(self) -> int:
        """Workers that all nodes together hold."""
        return sum(map(self._fitting, (n["Resources"] for n in ray.nodes() if n["Alive"])))

    def _fitting(self, has: dict[str, float]) -> int:
        gpus = has.get("GPU", 0.0) * self.per_gpu if self.device != "cpu" else math.inf
        return int(min(has.get("CPU", 0.0), has.get("memory", 0.0) / max(self.memory, 1), gpus))

    def no_room(self) -> str:
        """A sentence for the user, without the full stop."""
        has = ray.cluster_resources()
        told = ", ".join(f"{has.get(name, 0):g} {name}" for name in ("CPU", "GPU"))
        gpu = f", {self.gpus:g} GPU" if self.gpus else ""
        return (
            f"the cluster has no room for a worker: it has {told}, and a worker takes 1 CPU{gpu} and "
            f"{self.memory / 2**30:.1f} GiB of memory"
        )


def connect(address: str = "", device: str = "auto", workers: int | None = None) -> Cluster:
    """The cluster at an address, or at RAY_ADDRESS, or one of this machine's own, started for this process.

    Args:
        address: as Ray has it: HOST:PORT, or "auto" for the one that runs on this machine.
        device: auto for GPUs if the cluster has any; cpu; cuda.
        workers: CPUs that one of this machine's own is to have, if they are more than the cores.
    Raises:
        ValueError: nothing answers there, or there is no such device.
    """
    if not ray.is_initialized():
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        known = address or os.environ.get("RAY_ADDRESS", "")
        own = {
            "address": "local", "num_cpus": max(workers or 0, cores()), "include_dashboard": False,
            "object_store_memory": OWN_STORE_BYTES,
        }  # fmt: skip
        try:
            ray.init(**({"address": known} if known else own), log_to_driver=False, logging_level="error")
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ValueError(
                f"no Ray cluster at {known or 'this machine'}: {in_short(error)}; start one with: ray start --head"
            ) from error
        _quieten()
    gpus = ray.cluster_resources().get("GPU", 0)
    if device.startswith("cuda") and not gpus:
        raise ValueError("the cluster has no GPU; use --device cpu")
    return Cluster(device="cuda:0" if gpus and device != "cpu" else "cpu")


def _quieten() -> None:
    """Ray prints what its servers have to say of lost workers on standard output, where our JSON goes, and has no
    switch for it; what it means comes as events."""
    if hasattr(ray._private.worker, "print_to_stdstream"):
        ray._private.worker.print_to_stdstream = lambda data, **how: _log.info("%s", data)


def needs(job: Job, device: str, trial: Trial) -> tuple[int, int, int]:
    """Measured in a fresh process: bytes of memory of a worker that trains a trial, then bytes it takes of its GPU,
    and that this one has; both 0 on the CPU. A trial that fails says so in its record."""
    idle = peak_memory(torch.device("cpu"))
    worker = Worker(job_here(job), device)
    try:
        learner = Learner(trial, worker.domain, worker.data, worker.device)
        time_steps(learner, 0.0)
        learner.evaluate()
    except (Exception, SystemExit):  # a stranger's model may raise anything
        pass
    memory = idle + peak_memory(torch.device("cpu"))  # an outpost's own process, and its worker's
    if worker.device.type == "cpu":
        return memory, 0, 0
    free, total = torch.cuda.mem_get_info(worker.device)
    return memory, total - free, total


def asked(job: Job, device: str, question: Question, trial: Trial) -> Any:
    """An answer of a process of the cluster, which keeps its worker for the next question of the same study."""
    here = job_here(job)
    if not _kept or _kept[0].job != here:
        _kept[:] = [Worker(here, device)]
    return question(_kept[0], trial)


def in_short(error: BaseException) -> str:
    """What an error says in one line: its first, or the last of a trace that came from elsewhere."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return lines[-1 if "Traceback" in str(error) or "ray::" in lines[0] else 0][:300]
