"""What a model's code is: a hash of its module and of every module of the user's that it pulls in.

Comments, docstrings and blank lines do not count, so that a study survives them; torch and other installed libraries do
not either, as a record names their versions.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import io
import sys
import sysconfig
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeGuard

OURS = "steepness"
OUR_DOMAINS = "steepness.domains."


def source_of(made: Callable[..., Any]) -> str:
    """16 hexadecimal digits that change when the code of a model does.

    Args:
        made: its class, a function that makes it, or a partial of either.
    Returns:
        Empty where there is no file to read, as for a class typed at a prompt.
    """
    files = files_of(made)
    if not files:
        return ""
    digest = hashlib.sha256(_arguments(made).encode())
    for name in sorted(files):
        digest.update(f"{name}\n{_essence(files[name])}\n".encode())
    return digest.hexdigest()[:16]


def definition_of(made: Callable[..., Any]) -> str:
    """Where a model is defined, "package.module:Class" or "file.py:Class": the code behind a hash.

    Args:
        made: as of `source_of`.
    Returns:
        Empty where there is no file to look into.
    """
    module = next(iter(files_of(made)), "")
    return f"{module}:{_bare(made).__qualname__}" if module else ""


def files_of(made: Callable[..., Any]) -> dict[str, Path]:
    """The modules that `source_of` reads, by their names; a file given by its path goes by its own name."""
    first = sys.modules.get(_bare(made).__module__)
    top = first.__name__.split(".")[0] if first else ""
    found: dict[str, Path] = {}
    ahead = [first] if first else []
    while ahead:
        module = ahead.pop()
        name, file = module.__name__, getattr(module, "__file__", None)
        name = Path(name).name if name.endswith(".py") else name
        if name in found or not file or not _counts(module.__name__, Path(file), top):
            continue
        found[name] = Path(file)
        ahead += _imported(module, Path(file))
    return found


def _bare(made: Any) -> Any:
    return _bare(made.func) if isinstance(made, functools.partial) else made


def _arguments(made: Any) -> str:
    """What a partial gives: two of one class are two models."""
    if not isinstance(made, functools.partial):
        return f"{getattr(made, '__qualname__', type(made).__qualname__)}"
    given = [*made.args, *(part for item in sorted(made.keywords.items()) for part in item)]
    return (
        f"{_arguments(made.func)}({', '.join(getattr(part, '__qualname__', repr(part)) for part in given)})"
    )


def _counts(name: str, file: Path, top: str) -> bool:
    """Whether a module is the user's, or of a domain of ours; of an installed package only if the model is in it."""
    if name.split(".")[0] == OURS:
        return name.startswith(OUR_DOMAINS)
    if "site-packages" in file.parts or "dist-packages" in file.parts:
        return name.split(".")[0] == top
    standard = {Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib")}
    return not standard & set(file.parents)


def _imported(module: ModuleType, file: Path) -> Iterator[ModuleType]:
    """The modules that a file's import statements name, wherever they stand in it."""
    if file.suffix != ".py":
        return
    package = getattr(module, "__package__", None) or ""
    for node in ast.walk(ast.parse(file.read_bytes())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names = [base, *(f"{base}.{alias.name}" for alias in node.names)]
        for name in names:
            if found := _module(name):
                yield found


def _absolute(node: ast.ImportFrom, package: str) -> str:
    above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def _module(name: str) -> ModuleType | None:
    """A module that is loaded; or, for an import not yet come to, one that merely knows its file."""
    if name in sys.modules:
        return sys.modules[name]
    parent = name.rpartition(".")[0]
    if parent and parent not in sys.modules:
        return None
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):
        return None
    return importlib.util.module_from_spec(spec) if spec and (spec.origin or "").endswith(".py") else None


def _essence(file: Path) -> str:
    """A file without comments, docstrings and blank lines; the same for every version of Python."""
    content = file.read_bytes()
    if file.suffix != ".py":
        return hashlib.sha256(content).hexdigest()
    lines = content.decode(errors="replace").splitlines()
    for token in tokenize.generate_tokens(io.StringIO("\n".join(lines)).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(content)):
        if _is_docstring(node) and not lines[node.lineno - 1][: node.col_offset].strip():
            lines[node.lineno - 1 : node.end_lineno] = [""] * (node.end_lineno - node.lineno + 1)
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _is_docstring(node: ast.AST) -> TypeGuard[Any]:
    """A string that stands alone, of a class, a function or an attribute."""
    alone = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return alone and isinstance(node.value.value, str)  # type: ignore[attr-defined]
