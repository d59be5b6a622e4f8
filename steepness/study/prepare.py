"""What a user asked for, made ready: the preset read, the data there, the device known. Once per study."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from steepness.data.artefacts import Cache
from steepness.domain import Data, Domain, get_domain
from steepness.study.presets import Preset, load_preset
from steepness.training.device import cores, devices_like, pick_device, set_up_process

if TYPE_CHECKING:
    from steepness.executors.cluster import Cluster

EXECUTORS = ("local", "ray")
GIBIBYTES_PER_WORKER = 8
"""Of GPU memory that a packed trial is expected to need at most."""
GPU_PRESETS = ("gpu", "paper")


@dataclass(kw_only=True, frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        domain: name or import path.
        preset: name, or path of a TOML file.
        settings: "key=value" laid over the preset.
        results: folder that holds studies.
        device: auto, cpu, cuda (all of them), cuda:0.
        workers: parallel trials; None for as many as fit.
        offline: never open a connection.
        retry: forget failed trials first, and what hangs on them, so that they run again.
        folder: the study's own below `results`; empty for domain-preset.
        typed: what to type to run this again, if it is not `steepness run`.
        budget: minutes that the study may take in all; None goes on with the budget it has, or trains the preset's
            shards and seeds and no more.
        trial_limit: minutes that one attempt at a trial may take before its worker is taken to hang; None for any.
        precision: half-width of the exponent's interval at which a study with a budget is done before it is spent.
        executor: what runs trials: one of `EXECUTORS`.
        address: of a Ray cluster; empty for RAY_ADDRESS's, or one of this machine's own.
    """

    domain: str
    preset: str = "cpu"
    settings: tuple[str, ...] = ()
    results: Path = Path("results")
    device: str = "auto"
    workers: int | None = None
    offline: bool = False
    retry: bool = False
    folder: str = ""
    typed: str = ""
    budget: float | None = None
    precision: float | None = None
    trial_limit: float | None = None
    executor: str = "local"
    address: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for what leads nowhere."""
        if self.executor not in EXECUTORS:
            raise ValueError(f'unknown executor "{self.executor}": use {" or ".join(EXECUTORS)}')
        if self.address and self.executor != "ray":
            raise ValueError("an address is that of a Ray cluster: add --executor ray")
        for name in ("budget", "precision", "trial_limit"):
            number = getattr(self, name)
            if number is not None and not 0 < number < math.inf:
                raise ValueError(f"{name.replace('_', ' ')} is {number}; give a finite number above 0")

    @property
    def command(self) -> str:
        """What to type to run this again."""
        if self.typed:
            return self.typed
        words = ["steepness", "run", self.domain, "--preset", self.preset]
        words += [word for setting in self.settings for word in ("--set", setting)]
        return shlex.join(words)


@dataclass(kw_only=True, frozen=True)
class Prepared:
    """A request whose preset is read, whose data is there and whose devices are known.

    Attributes:
        data: on the device.
        device: where speed is measured: the first of the workers'; the CPU, if they are a cluster's.
        devices: one for each worker, spread over all that the request allows.
        cluster: that runs trials, once it is connected to; None for this machine.
    """

    request: Request
    preset: Preset
    domain: Domain[Any, Any, Any]
    data: Data
    device: torch.device
    devices: tuple[str, ...]
    cluster: Cluster | None = None

    @property
    def workers(self) -> int:
        """Trials that run at once."""
        return len(self.devices)

    @property
    def folder(self) -> Path:
        """The study's own."""
        usual = f"{self.domain.name}-{Path(self.request.preset).stem}"
        return self.request.results / (self.request.folder or usual)

    def but(self, **changes: Any) -> Prepared:
        """The same data for a request that differs in what the data does not depend on: sizes, or the folder.

        Raises:
            ValueError: as `load_preset`.
        """
        request = replace(self.request, **changes)
        return replace(
            self, request=request, preset=load_preset(request.domain, request.preset, request.settings)
        )


def doubt_of_device(preset: str, device: str) -> str:
    """What is to be said before anything is done: that a preset for a GPU is about to run on a CPU; else nothing."""
    if Path(preset).stem not in GPU_PRESETS or pick_device(device).type != "cpu":
        return ""
    return f"preset {preset} is meant for a GPU, and this is a CPU, where it takes days to weeks; here try --preset cpu"


def prepare(request: Request, progress: Callable[[str, int, int], None] | None = None) -> Prepared:
    """Read the preset, fetch and prepare the data, check that the study is possible.

    Args:
        progress: told how downloads advance.
    Raises:
        ValueError: anything wrong with preset, data, models or device, naming the remedy.
    """
    preset = load_preset(request.domain, request.preset, request.settings)
    domain = get_domain(request.domain, preset.options)
    for model in preset.models:
        domain.model_class(model)
    here = "cpu" if request.executor == "ray" else request.device
    devices = worker_devices(pick_device(here), request.workers)
    device = torch.device(devices[0])
    set_up_process(device)
    data = domain.load(preset.dataset, Cache.default(offline=request.offline, progress=progress))
    largest = preset.shard_sizes()[-1]
    if largest > data.train_units:
        raise ValueError(
            f"the largest shard wants {largest:,} {domain.unit}, but {preset.dataset} has {data.train_units:,} to "
            "train on; lower shards.count or shards.start with --set"
        )
    data.to(device)
    return Prepared(request=request, preset=preset, domain=domain, data=data, device=device, devices=devices)


def worker_devices(device: torch.device, workers: int | None) -> tuple[str, ...]:
    """A device for each worker: all that are meant, in turn.

    Args:
        device: one, or "cuda" for all of the machine's.
        workers: None for as many as there are cores, and on GPUs no more than their memory is likely to hold.
    """
    places = devices_like(device)
    count = workers or max(1, min(cores(), sum(map(_fitting, places))))
    return tuple(str(places[i % len(places)]) for i in range(count))


def _fitting(device: torch.device) -> int:
    """Workers that a device is likely to hold."""
    if device.type != "cuda":
        return cores()
    memory = int(torch.cuda.get_device_properties(device).total_memory)
    return max(1, memory // (GIBIBYTES_PER_WORKER * 2**30))
