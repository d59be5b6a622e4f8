"""Which device, how many threads, and what machine this is."""

from __future__ import annotations

import ctypes
import functools
import gc
import os
import platform
import resource
import subprocess
from pathlib import Path

import numpy as np
import torch

import steepness
from steepness.training.trial import Machine

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_KEPT_BYTES = 1 << 30


def pick_device(name: str = "auto") -> torch.device:
    """CUDA when there is one, else the CPU; or the device named.

    Raises:
        ValueError: the named device is not on this machine.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f'unknown device "{name}": use cpu, cuda or cuda:0') from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ValueError(
            f'no device "{name}": this machine has {torch.cuda.device_count()} CUDA devices; use cpu'
        )
    return device


def devices_like(device: torch.device) -> list[torch.device]:
    """All of the machine's CUDA devices if "cuda" is meant without a number, else the device itself."""
    if str(device) != "cuda":
        return [device]
    return [torch.device("cuda", index) for index in range(torch.cuda.device_count())]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_up_process(device: torch.device) -> None:
    """One thread: on a busy machine, trials run side by side and threads of one only fight those of another."""
    torch.set_num_threads(1)
    _keep_freed_memory()
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.backends.cudnn.allow_tf32 = True


def _keep_freed_memory() -> None:
    """Have glibc keep what a step frees for the next step, where it would give it back and fault it in again.

    A step's activations are of the same sizes as the last one's. Elsewhere than on glibc this does nothing.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    if mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES):  # older ones refuse so much; the other alone would do harm
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def seed_generators(device: torch.device, seed: int) -> None:
    """Seed the global generators that a step on this device draws from.

    `torch.manual_seed` would do, but without CUDA it formats a stack trace and queues a call, every time.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.manual_seed(seed)


def synchronize(device: torch.device) -> None:
    """Wait for the device, so that a clock read next tells the truth."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def release_memory(device: torch.device) -> None:
    """Give back what nothing uses any more, after memory has run out: to other processes, too."""
    gc.collect()
    if device.type == "cuda":
        with torch.cuda.device(device):
            torch.cuda.empty_cache()


def peak_memory(device: torch.device) -> int:
    """Bytes: the most this process has held on the CUDA device, or in memory of its own on the CPU.

    Files that are mapped, libraries among them, are left out: how much of them is resident is the page cache's
    doing.
    """
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    status = Path("/proc/self/status")
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines()) if status.exists() else {}
    if {"VmHWM", "RssFile"} <= lines.keys():
        most, mapped = (int(lines[name].split()[0]) for name in ("VmHWM", "RssFile"))
        return (most - mapped) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def describe_machine(device: torch.device) -> Machine:
    """Where and with what this process runs."""
    return Machine(
        device=torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        processor=_processor(),
        threads=torch.get_num_threads(),
        platform=platform.platform(),
        python=platform.python_version(),
        versions={
            "steepness": steepness.__version__,
            "torch": str(torch.__version__),
            "numpy": np.__version__,
        },
        commit=commit(),
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


@functools.cache
def commit(of: Path = Path(__file__)) -> str:
    """Commit of the checkout that a file belongs to, "-dirty" if code in it has local changes, "unknown" without one.

    A package installed below somebody's own repository does not go by that one's commit. Stored runs are no code: to
    make one again must not mark the next.
    """
    stored = (":(top,exclude)baselines", ":(top,exclude)results")
    try:
        _git(of, "ls-files", "--error-unmatch", of.name)
        found = _git(of, "describe", "--always", "--abbrev=12", "--exclude=*")
        changed = _git(of, "status", "--porcelain", "--untracked-files=no", "--", ":/", *stored)
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{found}-dirty" if changed else found


def _git(of: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=of.parent, capture_output=True, text=True, timeout=10, check=True
    )
    return done.stdout.strip()
