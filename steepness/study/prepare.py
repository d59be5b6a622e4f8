"""What a user asked for, made ready: the preset read, the data there, the device known. Once per study."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from steepness.data.artefacts import Cache
from steepness.domain import Data, Domain, get_domain
from steepness.study.presets import Preset, load_preset

if TYPE_CHECKING:
    import torch

GIBIBYTES_PER_WORKER = 8
"""Of GPU memory that a packed trial is expected to need at most."""


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        domain: name or import path.
        preset: name, or path of a TOML file.
        settings: "key=value" laid over the preset.
        results: folder that holds studies.
        device: auto, cpu, cuda, cuda:0.
        workers: parallel trials; None for as many as fit.
        offline: never open a connection.
        retry: forget failed trials first, so that they run again.
        folder: the study's own below `results`; empty for domain-preset.
        typed: what to type to run this again, if it is not `steepness run`.
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

    @property
    def command(self) -> str:
        """What to type to run this again."""
        if self.typed:
            return self.typed
        words = ["steepness", "run", self.domain, "--preset", self.preset]
        words += [word for setting in self.settings for word in ("--set", setting)]
        return shlex.join(words)


@dataclass(frozen=True)
class Prepared:
    """A request whose preset is read, whose data is there and whose device is known.

    Attributes:
        data: on the device.
        workers: parallel trials.
    """

    request: Request
    preset: Preset
    domain: Domain[Any, Any, Any]
    data: Data
    device: torch.device
    workers: int

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


def prepare(request: Request, progress: Callable[[str, int, int], None] | None = None) -> Prepared:
    """Read the preset, fetch and prepare the data, check that the study is possible.

    Args:
        progress: told how downloads advance.
    Raises:
        ValueError: anything wrong with preset, data, models or device, naming the remedy.
    """
    from steepness.training.device import pick_device, set_up_process

    preset = load_preset(request.domain, request.preset, request.settings)
    domain = get_domain(request.domain, preset.options)
    for model in preset.models:
        domain.model_class(model)
    device = pick_device(request.device)
    set_up_process(device)
    data = domain.load(preset.dataset, Cache.default(offline=request.offline, progress=progress))
    largest = preset.shard_sizes()[-1]
    if largest > data.train_units:
        raise ValueError(
            f"the largest shard wants {largest:,} {domain.unit}, but {preset.dataset} has {data.train_units:,} to "
            "train on; lower shards.count or shards.start with --set"
        )
    data.to(device)
    return Prepared(request, preset, domain, data, device, request.workers or default_workers(device))


def default_workers(device: torch.device) -> int:
    """As many trials as there are cores, and on a GPU no more than its memory is likely to hold."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if device.type != "cuda":
        return cores
    fitting = torch.cuda.get_device_properties(device).total_memory // (GIBIBYTES_PER_WORKER * 2**30)
    return int(max(1, min(cores, fitting)))
