"""What every command shares: a user's fault is one line, and JSON is one object."""

from __future__ import annotations

import functools
import math
import os
import select
import shutil
import sys
import textwrap
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from steepness.cli.answers import Answer

EXTRAS = {
    "torch": "train", "torchvision": "train", "torchaudio": "train", "PIL": "train", "soundfile": "train",
    "sentencepiece": "train", "sacrebleu": "train", "rapidfuzz": "train", "pypi_simple": "train",
    "requests": "train", "platformdirs": "train", "ray": "ray", "pyarrow": "parquet", "tensorboard": "tensorboard",
    "mlflow": "tracking", "wandb": "tracking",
}  # fmt: skip
"""Modules that an install without extras lacks, and the extra that brings them."""


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """A user's fault is one clear line and exit code 2; ctrl-C is 130; only our own faults show a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            _check_finite(kwargs)
            command(*args, **kwargs)
        except typer.Exit:  # a RuntimeError too
            raise
        except (ValueError, RuntimeError, OSError, ImportError) as error:
            if os.environ.get("STEEPNESS_DEBUG") or _read_no_longer(error):
                raise
            fail(_remedy(error), getattr(error, "exit_code", 2))
        except KeyboardInterrupt:
            typer.echo(
                "\nInterrupted. Nothing finished is lost: the same command goes on from here.", err=True
            )
            raise typer.Exit(130) from None

    return run


def _read_no_longer(error: Exception) -> bool:
    """Whether what we print goes nowhere, as `head` or `less` has seen enough: typer then ends without a word."""
    if not isinstance(error, BrokenPipeError):
        return False
    poll = select.poll()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a stream in memory has no descriptor, and always a reader
            poll.register(stream.fileno(), 0)
    return bool(poll.poll(0))


def _check_finite(given: Mapping[str, Any]) -> None:
    """No option means anything as infinity or not a number, though "inf" and "nan" read as one."""
    for name, value in given.items():
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, float) and not math.isfinite(number):
                raise ValueError(f"--{name.replace('_', '-')} is {number}; give a finite number")


def say_doubt(doubt: str) -> None:
    """A doubt, if there is one, before long work and apart from what is asked for."""
    if doubt:
        typer.echo(f"doubt: {doubt}", err=True)


def fail(message: str, code: int = 2) -> None:
    """Say what is wrong and exit: with 2 for wrong use, 3 for a machine that cannot go on."""
    typer.echo(f"error: {' '.join(message.splitlines())}", err=True)
    raise typer.Exit(code)


def fitted_to_screen(text: str) -> str:
    """A sentence in lines that end between words where somebody looks at them, whole where a program reads it."""
    if not sys.stdout.isatty():
        return text
    width = max(shutil.get_terminal_size().columns, 40)
    return textwrap.fill(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)


def show(value: Mapping[str, Any], kind: type[Answer]) -> None:
    """Print one JSON object of that kind; what is infinite or not a number is null, since JSON has neither."""
    import msgspec

    answer = msgspec.convert(finite(value), kind)
    typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=1).decode())


def finite(value: Any) -> Any:
    """The same value with null for every number that JSON cannot hold."""
    if isinstance(value, dict):
        return {k: finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [finite(v) for v in value]
    return None if isinstance(value, float) and not abs(value) < float("inf") else value


def _remedy(error: Exception) -> str:
    if isinstance(error, ImportError):
        return _missing(error)
    if isinstance(error, OSError) and error.strerror:
        remedy = "check its permissions and the free space, or choose another folder"
        if isinstance(error, FileNotFoundError):
            remedy = "check the path"
        return f"{error.filename or 'a file'}: {error.strerror}; {remedy}"
    return str(error)


def _missing(error: ImportError) -> str:
    extra = EXTRAS.get((error.name or "").split(".")[0])
    if extra is None:
        raise error
    return f"this needs {error.name}, which is not installed: pip install 'steepness[{extra}]'"
