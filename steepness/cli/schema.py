"""`steepness schema`: JSON schemas of what we read and write, and docs/json.md, which is made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HEAD = """# What `--json` prints

Every command prints one object and nothing else on standard output. It has a `schema_version`, which grows when a key
changes its meaning; keys may be added without that. Numbers that JSON cannot hold (infinite bounds, not a number) are
`null`. `steepness schema NAME` prints the JSON schema of `fit` and its kin, of a `preset` and of a `record`. First come
the commands, then the objects within their answers, by the names that stand under type.
Exit codes: 0 answered; 1 a gate failed (a night that moved); 2 wrong use or data; 3 a machine that cannot go on (what
is finished is kept); the last two with one line on standard error.
This page is made by `steepness schema --docs`.
"""


def schema(
    name: Annotated[
        str, typer.Argument(help="preset, record, or a command whose --json it is, e.g. fit.")
    ] = "",
    docs: Annotated[bool, typer.Option("--docs", help="Print docs/json.md instead.")] = False,
) -> None:
    """Print a JSON schema: of a preset, of a trial's record, or of what a command prints with --json."""
    if docs:
        typer.echo(document(), nl=False)
        return
    import msgspec

    from steepness.domain import unknown

    known = kinds()
    if name not in known:
        raise ValueError(unknown("schema", name, known))
    typer.echo(json.dumps(msgspec.json.schema(known[name]), indent=1))


def kinds() -> dict[str, Any]:
    """What has a schema, by name: fit for `steepness fit FILE`, study for what comes of one."""
    from steepness.cli.answers import ANSWERS
    from steepness.study.presets import Preset
    from steepness.training.trial import Record

    answers = {_words(kind.__name__.removesuffix("Answer")): kind for kind in ANSWERS}
    return {"preset": Preset, "record": Record, **answers}


def _words(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).strip("-")


def document() -> str:
    """docs/json.md, from the types that the commands print."""
    import msgspec

    from steepness.cli.answers import ANSWERS

    _, parts = msgspec.json.schema_components(ANSWERS)
    top = {kind.__name__ for kind in ANSWERS}
    lines = [HEAD]
    for name, part in sorted(parts.items(), key=lambda item: _order(item[0], [k.__name__ for k in ANSWERS])):
        title = (
            part["description"]
            if name in top
            else f"{name}: {part['description'][0].lower()}{part['description'][1:]}"
        )
        lines += [f"## {title}\n", "| key | type | meaning |", "|---|---|---|"]
        lines += [
            f"| `{key}` | {_type(value)} | {_meaning(value)} |" for key, value in part["properties"].items()
        ]
        lines.append("")
    return "\n".join(lines)


def _order(name: str, tops: list[str]) -> tuple[int, str]:
    return (tops.index(name), "") if name in tops else (len(tops), name)


def _meaning(value: Mapping[str, Any]) -> str:
    return str(next(_descriptions(value), ""))


def _descriptions(value: Mapping[str, Any]) -> Iterator[str]:
    if "description" in value:
        yield value["description"]
    for part in value.get("anyOf", ()):
        yield from _descriptions(part)


def _type(value: Mapping[str, Any]) -> str:
    if "anyOf" in value:
        return " or ".join(_type(part) for part in value["anyOf"])
    if "$ref" in value:
        return str(value["$ref"]).rsplit("/", 1)[1]
    if "enum" in value:
        return ", ".join(f"`{item}`" for item in value["enum"])
    if value.get("type") == "array":
        return f"list of {_type(value.get('items', {}))}"
    if "additionalProperties" in value:
        return f"object of {_type(value['additionalProperties'])} by name"
    return str(value.get("type", "any"))
