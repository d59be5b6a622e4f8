"""The reference pages, made from the code whenever the docs are built: commands, presets, records, public Python.

A hook of MkDocs (`mkdocs.yml` names it). What has no words of its own in the code has them in `PLAIN`, and a test
refuses a key, field or option that has neither.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import typing
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import typer

import steepness
from steepness.cli.app import app
from steepness.domain import Domain, domain_class, domain_names
from steepness.study.presets import Preset, Search, Shards
from steepness.training.trial import Evaluation, Machine, Record, Timing, Training, Trial

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

PLAIN = {
    "Preset.dataset": "What is trained on, by the domain's name for it; `folder:`, `text:` and their kin are yours.",
    "Preset.models": "Models by name, by import path or by file.",
    "Preset.shards": "The table `[shards]`.",
    "Preset.search": "The table `[search]`.",
    "Preset.training": "The table `[training]`.",
    "Shards.start": "The smallest shard, in the domain's unit.",
    "Shards.count": "How many shards.",
    "Shards.factor": "Each shard is this many times the one before.",
    "Training.optimizer": "sgd, nesterov (sgd with Nesterov's momentum), adam or adamw.",
    "Training.weight_decay": "Decoupled for adamw, a part of the gradient for the others.",
    "Training.cuts": "How often the schedule stale cuts the rate.",
    "Training.cut_factor": "The rate is multiplied by it at each cut.",
    "Training.warmup_steps": "Steps over which the rate rises from 0.",
    "Trial.domain": "By name, or import path.",
    "Trial.options": "The domain's settings, complete.",
    "Trial.dataset": "As in the preset.",
    "Trial.model": "As in the preset.",
    "Trial.size": "The model's size dial.",
    "Trial.training": "The settings it was trained with, complete.",
    "Evaluation.step": "Optimizer steps so far.",
    "Evaluation.epoch": "Passes over the shard so far, with the part of the present one.",
    "Evaluation.learning_rate": "At that step.",
    "Evaluation.validation": "What the stopping rule watches, on the validation split.",
    "Timing.train_seconds": "Of training steps.",
    "Timing.evaluate_seconds": "Of evaluations.",
    "Machine.device": "cpu or cuda, with its name.",
    "Machine.processor": "Its name.",
    "Machine.threads": "Of the process.",
    "Machine.platform": "Operating system and architecture.",
    "Machine.python": "Version.",
    "Record.schema": "Of this file; a reader refuses another one.",
    "Record.id": "Hash of the trial, and the file's name.",
    "Record.trial": "What was trained.",
    "Record.status": "done, diverged, out_of_memory or failed.",
    "Record.best_step": "Step of the lowest validation error.",
    "Record.steps": "Optimizer steps, all of them.",
    "Record.epochs": "Passes over the shard.",
    "Record.parameters": "Of the model, all that are trained.",
    "Record.parameters_without_embeddings": "Of them, those that are in no embedding table.",
    "Record.trace": "Every evaluation.",
    "Record.exhibit": "Samples that the report shows.",
    "Record.machine": "Where it ran.",
    "Record.timing": "How long it took; the one part that may differ between two runs of a trial.",
}

PRESETS = """# Presets

A preset is a TOML file: what a study trains. `--set key=value` lays a value over it, nested keys with dots:
`--set training.max_epochs=5`. `base = "name"` at its top takes the rest from a preset beside it. An unknown key is
refused with the nearest one that is known; `steepness schema preset` prints the JSON schema.
"""
RECORDS = """# Records

A study is a folder: `study.json` says what it is, `trials/<id>.json` holds a record for each trial, written by rename
and sealed by a SHA-256 in its last line. Curves, laws, verdicts and pages are made from them. Records are never
changed; what is damaged goes to `aside/`, and `steepness check STUDY` judges a folder. `steepness schema record`
prints the JSON schema.
"""


def meanings(kind: type) -> dict[str, str]:
    """What the source says of each attribute: the string that follows it, own class before its bases."""
    found: dict[str, str] = {}
    for owner in reversed(kind.__mro__):
        if issubclass(owner, msgspec.Struct) and owner is not msgspec.Struct:
            body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
            assert isinstance(body, ast.ClassDef)
            for field, after in zip(body.body, body.body[1:], strict=False):
                if isinstance(field, ast.AnnAssign) and isinstance(after, ast.Expr):
                    words = ast.literal_eval(after.value)
                    found[ast.unparse(field.target)] = " ".join(words.split())
    return found


def fields(kind: type) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, default and meaning of each field; the meaning is empty where nobody gives one."""
    said = meanings(kind)
    written = inspect.get_annotations(kind) | {
        n: a for base in kind.__mro__[1:] for n, a in getattr(base, "__annotations__", {}).items()
    }
    for field in msgspec.structs.fields(kind):
        meaning = said.get(field.name) or PLAIN.get(f"{kind.__name__}.{field.name}", "")
        yield field.name, str(written.get(field.name, field.type)), _default(field), meaning


def _default(field: Any) -> str:
    if field.required:
        return "required"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if isinstance(value, msgspec.Struct):
        return "its defaults"
    if value is msgspec.UNSET:
        return "missing"
    return f"`{msgspec.json.encode(value).decode()}`"


def table(kind: type, title: str, prefix: str = "") -> str:
    """A struct as a table."""
    rows = [
        f"| `{prefix}{name}` | `{type_}` | {default} | {meaning} |".replace(" | None`", "` or null")
        for name, type_, default, meaning in fields(kind)
    ]
    about = " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())
    return "\n".join(
        [f"## {title}", "", about, "", "| key | type | default | meaning |", "|---|---|---|---|", *rows, ""]
    )


def presets() -> str:
    """Every key of a preset, the domains' own options among them."""
    parts = [
        PRESETS,
        table(Preset, "A preset"),
        table(Shards, "`[shards]`", "shards."),
        table(Search, "`[search]`", "search."),
        table(Training, "`[training]`", "training."),
    ]
    for name in domain_names():
        options = domain_class(name).Options
        parts.append(table(options, f"`[options]` of {name}", "options."))
    return "\n".join(parts)


def records() -> str:
    """Every field of a record."""
    kinds = (Record, Trial, Training, Evaluation, Machine, Timing)
    return "\n".join([RECORDS, *(table(kind, kind.__name__) for kind in kinds)])


def walk(group: Any, path: str = "steepness") -> Iterator[tuple[str, Any]]:
    """Every command with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from walk(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def commands() -> str:
    """Every command with its arguments and options."""
    group = typer.main.get_command(app)
    parts = [
        f"# Commands\n\n{app.info.help}\n\nExit codes: 0 answered; 1 a gate failed; 2 wrong use or data, with one "
        "line on standard error; 3 the machine failed. `steepness --install-completion` teaches the shell.\n"
    ]
    for path, command in walk(group):
        rows = [_option(parameter) for parameter in command.params]
        parts += [f"## `{path}`\n", f"{inspect.cleandoc(command.help or '')}\n"]
        parts += ["| | default | meaning |", "|---|---|---|", *rows, ""] if rows else []
    return "\n".join(parts)


def _option(parameter: Any) -> str:
    argument = parameter.param_type_name == "argument"
    names = parameter.name.upper() if argument else ", ".join(parameter.opts + parameter.secondary_opts)
    default = "required" if parameter.required else parameter.default
    shown = "" if default in (None, False, "", ()) else f"`{default}`" if default != "required" else default
    return f"| `{names}` | {shown} | {(parameter.help or '').replace('|', '&#124;')} |"


def public() -> dict[str, list[str]]:
    """Import path of each public function, and of what it returns, by the name a user writes."""
    found: dict[str, list[str]] = {}
    for name in (n for n in steepness.__all__ if n != "__version__"):
        thing = getattr(steepness, name)
        returned = typing.get_type_hints(thing).get("return") if inspect.isfunction(thing) else None
        kinds = [k for k in (returned, *typing.get_args(returned)) if inspect.isclass(k)]
        ours = [k for k in kinds if k.__module__.startswith("steepness")]
        found[name] = list(dict.fromkeys(_path(each) for each in (thing, *ours)))
    return found


def _path(thing: Any) -> str:
    return f"{thing.__module__}.{thing.__qualname__}"


def python() -> str:
    """Every public function, with what it returns, and a domain's contract."""
    parts = ["# Python\n\nNames load on first use; the laws need numpy and scipy alone.\n"]
    seen: set[str] = set()
    for name, paths in public().items():
        parts.append(f"## `steepness.{name}`\n")
        parts += [f"::: {path}\n" for path in paths if path not in seen]
        seen |= set(paths)
    parts.append(f"## A domain's contract\n\n::: {_path(Domain)}\n")
    parts.append("## A comparison\n\n::: steepness.compare.run.compare\n")
    parts.append("## Models of other libraries\n\n::: steepness.adapters\n")
    return "\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "reference/commands.md": commands,
    "reference/presets.md": presets,
    "reference/records.md": records,
    "reference/python.md": python,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """MkDocs asks for the files: add ours."""
    from mkdocs.structure.files import File

    for path, page in PAGES.items():
        files.append(File.generated(config, path, content=page()))
    return files
