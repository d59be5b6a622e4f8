"""What commands that read a curve share: the options that say what a table holds, and a study in a table's place."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from steepness.laws.reading import Asked, Reading

Files = Annotated[
    list[Path],
    typer.Argument(
        help="A study's folder; or tables: CSV and its kin, JSON, JSON Lines, Parquet, - for standard input."
    ),
]

OF_COLUMNS = ("m", "error", "accuracy", "seed", "by", "best_of", "counts", "weights", "decimal", "as_is")
"""Fields of `Asked` that say what a table holds; a study says so itself."""


def asked(
    m: Annotated[str | None, typer.Option("--m", help="Column of the training-set sizes.")] = None,
    error: Annotated[str | None, typer.Option("--error", help="Column of the errors.")] = None,
    accuracy: Annotated[str | None, typer.Option("--accuracy", help="Column of accuracies: error is 1 - it.")] = None,
    seed: Annotated[str | None, typer.Option("--seed", help="Column that names the runs.")] = None,
    by: Annotated[list[str] | None, typer.Option("--by", help="Column that tells curves apart; repeatable.")] = None,
    where: Annotated[list[str] | None, typer.Option("--where", help="column=value: rows to take; repeatable.")] = None,
    best_of: Annotated[list[str] | None, typer.Option("--best-of", help="Setting: its best per m; repeatable.")] = None,
    counts: Annotated[str | None, typer.Option("--counts", help="Column of held-out examples per error.")] = None,
    weights: Annotated[str | None, typer.Option("--weights", help="Column of how many runs each counts as.")] = None,
    first: Annotated[float | None, typer.Option("--from", help="Smallest m to take.")] = None,
    last: Annotated[float | None, typer.Option("--to", help="Largest m to take.")] = None,
    curve: Annotated[str | None, typer.Option("--curve", help="One of a study's curves, by name.")] = None,
    decimal: Annotated[str | None, typer.Option("--decimal", help="The decimal mark, . or , where unclear.")] = None,
    along_run: Annotated[bool, typer.Option("--along-run", help="Take steps of one run for sizes.")] = False,
    as_is: Annotated[bool, typer.Option("--as-is", help="Take columns that look wrong as they are.")] = False,
) -> Any:  # fmt: skip
    """What the options say of a table, as `Asked`."""
    from steepness.laws.reading import Asked

    return Asked(
        m=m, error=error, accuracy=accuracy, seed=seed, by=tuple(by or ()), where=tuple(where or ()),
        best_of=tuple(best_of or ()), counts=counts, weights=weights, first=first, last=last, curve=curve,
        decimal=decimal, along_run=along_run, as_is=as_is,
    )  # fmt: skip


def reads_tables(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command with a parameter `table` the options of `asked` in its place."""
    own = inspect.signature(command, locals={"Asked": Any}, eval_str=True).parameters
    extra = inspect.signature(asked, eval_str=True).parameters

    @functools.wraps(command)
    def run(**given: Any) -> None:
        command(table=asked(**{name: given.pop(name) for name in extra}), **given)

    kept = [p for name, p in own.items() if name != "table"]
    parameters = sorted([*kept, *extra.values()], key=lambda p: p.default is not inspect.Parameter.empty)
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    del run.__wrapped__
    return run


def read_curves(paths: Sequence[Path], table: Asked) -> Reading:
    """The curves of tables, or of a study, which its own export gives again to the last digit.

    Raises:
        ValueError: as `steepness.read` and `load_study`; a study beside other files, or options that say what is in a
            table of its own.
    """
    if not any(path.is_dir() for path in paths):
        from steepness.laws.reading import read

        return read(*paths, asked=table)
    if len(paths) > 1:
        raise ValueError(f"{len(paths)} paths, among them a folder; give one study, or tables")
    from steepness.laws.reading import Reading
    from steepness.study import load_study
    from steepness.study.export import read_study

    table.refuse((*OF_COLUMNS, "where", "along_run"), "a study")
    found = read_study(load_study(paths[0]), table.curve)
    ends = [f", m {word} {m:g}" for word, m in (("from", table.first), ("to", table.last)) if m is not None]
    return Reading(
        tuple(c.between(table.first, table.last) for c in found.curves), found.said + "".join(ends)
    )
