"""The made-up domain, told to go wrong: by option, always or the first time only."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import torch
from torch import Tensor, nn

from steepness.data.artefacts import Cache
from tests.toy import Network, Toy, ToyData, ToyOptions

FAULTY = "tests.faults.faulty:Faulty"


def kill() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def stop() -> None:
    """Frozen, as by a debugger or a file system that hangs."""
    os.kill(os.getpid(), signal.SIGSTOP)


def lose_context() -> NoReturn:
    raise RuntimeError("CUDA error: device-side assert triggered")


def fail_to_read() -> NoReturn:
    raise OSError(errno.EIO, "Input/output error", "/data/shard-7")


def open_the_wrong_file() -> NoReturn:
    raise FileNotFoundError(errno.ENOENT, "No such file or directory", "weights.pt")


def say_nothing() -> NoReturn:
    raise type("Odd", (Exception,), {"__str__": lambda self: 1 / 0})()


def say_what_no_file_holds() -> NoReturn:
    raise RuntimeError("bad \udc80 text")


def run_out_of_memory() -> NoReturn:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def ask_for_too_much() -> None:
    torch.empty(2**60, dtype=torch.uint8)


TRAINING: dict[str, Callable[[], object]] = {
    "kill": kill, "stop": stop, "lost context": lose_context, "unreadable": fail_to_read, "silent": say_nothing,
    "wrong file": open_the_wrong_file, "surrogate": say_what_no_file_holds, "memory": run_out_of_memory,
    "memory of the CPU": ask_for_too_much, "exit": lambda: sys.exit(3), "slow": lambda: time.sleep(0.01),
}  # fmt: skip


class FaultyOptions(ToyOptions, frozen=True, kw_only=True):
    """fault: what goes wrong; at_size: with the models of that size; token: a file, if it is to go wrong only while
    the file is there, and remove it; rows: if only with larger batches."""

    fault: str = ""
    at_size: int = 4
    token: str = ""
    rows: int = 0


class Faulty(Toy):
    """Goes wrong while it is loaded in a worker, trains, evaluates or exhibits."""

    Options = FaultyOptions
    options: FaultyOptions

    def _is_time(self, *faults: str) -> bool:
        if self.options.fault not in faults:
            return False
        if self.options.token:
            try:
                Path(self.options.token).unlink()
            except FileNotFoundError:
                return False
        return True

    def load(self, dataset: str, cache: Cache) -> ToyData:
        if multiprocessing.parent_process() is not None:
            if self._is_time("kill while loading"):
                kill()
            if self._is_time("unreadable while loading"):
                fail_to_read()
        return super().load(dataset, cache)

    def loss(self, model: nn.Module, batch: Any, state: Any) -> tuple[Tensor, Any]:
        too_many = len(batch[0]) > self.options.rows
        if model.training and too_many and self._at_size(model) and self._is_time(*TRAINING):
            TRAINING[self.options.fault]()
        return super().loss(model, batch, state)

    def evaluate(self, model: nn.Module, data: ToyData, split: str) -> dict[str, float]:
        errors = super().evaluate(model, data, split)
        if split == "test" and self._at_size(model) and self._is_time("nan test"):
            errors["absolute_error"] = float("nan")
        return errors

    def exhibit(self, model: nn.Module, data: ToyData) -> dict[str, Any]:
        if self._at_size(model) and self._is_time("strange exhibit"):
            return {"samples": [object()]}
        if self._at_size(model) and self._is_time("kill while exhibiting"):
            kill()
        return {}

    def _at_size(self, model: nn.Module) -> bool:
        assert isinstance(model, Network)
        first = model.layers[0]
        assert isinstance(first, nn.Linear)
        return first.out_features == self.options.at_size
