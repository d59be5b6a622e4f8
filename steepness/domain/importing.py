"""A stranger's classes by import path or file, and the sentence for a name that is not there."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def unknown(kind: str, name: str, known: Iterable[str], where: str = "") -> str:
    """The sentence for a name that is not there: what is near it, and what there is."""
    known = sorted(known)
    near = difflib.get_close_matches(name, known, n=1)
    hint = f'; did you mean "{near[0]}"?' if near else "."
    return f'unknown {kind} "{name}" {where}'.rstrip() + f"{hint} Known: {', '.join(known) or 'none'}."


def import_object(path: str, kind: str) -> Any:
    """The object at "package.module:Name" or "/path/file.py:Name".

    Raises:
        ValueError: if the module or the name is not there.
    """
    module_name, _, attribute = path.rpartition(":")
    try:
        module = (
            _import_file(module_name) if module_name.endswith(".py") else importlib.import_module(module_name)
        )
        return getattr(module, attribute)
    except SystemExit as error:
        raise ValueError(
            f'cannot import {kind} "{path}": it ends the program while it is imported, as scripts do. Put what is '
            'to run under `if __name__ == "__main__":`.'
        ) from error
    except Exception as error:  # a stranger's module may raise anything while it is imported
        raise ValueError(
            f'cannot import {kind} "{path}": {type(error).__name__}: {error}. Give '
            '"package.module:Name" with the package importable '
            "(installed, or its folder on PYTHONPATH), or a file: /path/file.py:Name."
        ) from error


def _import_file(path: str) -> Any:
    name = str(Path(path).resolve())  # lest a file random.py, or another folder's model.py, be taken for it
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and inspect look a class's module up there
    spec.loader.exec_module(module)
    return module
