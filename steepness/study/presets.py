"""Presets: what a study trains, as TOML beside its domain. An unknown key is an error naming the nearest known."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from steepness.domain import Domain, domain_class, unknown
from steepness.study.wanted import wanted
from steepness.training.records import unwritable
from steepness.training.trial import Count, Training

OneOrMore = Annotated[int, Meta(ge=1)]


class Shards(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Shard sizes: start, start * factor, ..., in the domain's unit."""

    start: OneOrMore
    count: Annotated[int, Meta(ge=1, le=1000)]
    """How many of them; with a budget, the budget decides, up to all the data."""
    factor: Annotated[float, Meta(gt=1)] = 2.0


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the best fit is looked for at each shard."""

    trials: OneOrMore = 4
    """Explored per model and shard, on the first seed."""
    finalists: OneOrMore = 1
    """Best of them that are trained to their end; the best of these is trained on the remaining seeds."""
    every_seed: bool = False
    """Each seed searches for itself, instead of the first for all: seeds then show the luck of the search too."""
    window: OneOrMore = 2
    """Neighbouring sizes tried at a shard, around what the size law predicts."""
    grid: dict[str, list[Any]] = {}
    """Any field of [training] -> the values to search over, ascending."""
    cull_at: Annotated[float, Meta(gt=0)] = 1.0
    """Share of its expected steps after which all but the finalists stop; 1 trains all of them to their end."""
    squeeze: bool = False
    """Whether losers are told by a whole annealed schedule in so many steps, not by its first part: rates and sizes
    then rank as at their ends, where a high rate has come down. No schedule is squeezed below `training.min_steps`. A
    winner begins anew."""
    tie: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    """Relative gain for which no larger size is taken where losers stop early: by their ends, larger ones gain more."""
    usual_epochs: Annotated[float, Meta(gt=0)] = 12.0
    """Epochs a trial that may stop early usually takes, as long as no shard of the study has shown it."""


OF_THE_SEARCH = ("stop_step", "squeezed")
"""Settings of a trial that no preset gives."""


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An experiment: data, models, shards, search, training."""

    dataset: str
    models: list[str]
    shards: Shards
    search: Search = Search()
    training: Training = Training()
    seeds: OneOrMore = 2
    """Seeds of each best-fit point."""
    first_seed: Count = 0
    """The seeds are this one and those that follow it; the first explores. Another one gives independent runs."""
    data_seeds: OneOrMore | None = None
    """Permutations of the training set, each with all seeds; null: a permutation of its own for each seed."""
    options: dict[str, Any] = {}
    """The domain's own settings."""
    sizes: dict[str, list[OneOrMore]] = {}
    """Size ladder per model, ascending; the domain's own where missing."""
    about: str = ""
    """One sentence for the head of the report."""

    def __post_init__(self) -> None:
        """With a trial's own end in a preset, every trial would be a loser.

        Raises:
            ValueError: naming the setting.
        """
        for name in OF_THE_SEARCH:
            if getattr(self.training, name) or name in self.search.grid:
                raise ValueError(f"training.{name} is the search's own: set search.cull_at or search.squeeze")

    def shard_sizes(self, units: int | None = None) -> list[int]:
        """The shard sizes, ascending, in the domain's unit.

        Args:
            units: as many as there are to train on, for all the shards that fit; None for `shards.count`.
        """
        start, factor = self.shards.start, self.shards.factor
        if units is None:
            return ladder(start, self.shards.count, factor)
        fitting = int(math.log(max(units / start, 1), factor) + 1e-9) + 1
        return [m for m in ladder(start, fitting, factor) if m <= units]

    def planned(self, shards: int) -> int:
        """Trials that so many shards of one model call for at the least, if none diverges and sizes are enough."""
        points = 1 + sum(2 for values in self.search.grid.values() if len(values) > 1)
        explored = min(self.search.trials, self.search.window * points)
        finals = self.search.finalists if explored > 1 and self.search.cull_at < 1 else 0
        searches = self.seeds if self.search.every_seed else 1
        seeds = 0 if self.search.every_seed else self.seeds - 1
        return shards * (self.data_seeds or 1) * (searches * (explored + min(finals, explored)) + seeds)

    def ladder(self, domain: Domain[Any, Any, Any], model: str) -> list[int]:
        """The sizes that may be tried for a model, ascending."""
        return sorted(self.sizes.get(model) or domain.size_ladder(model))


def ladder(start: int, count: int, factor: float = 2.0) -> list[int]:
    """Shard sizes growing geometrically: start, start * factor, ...

    Raises:
        ValueError: if the sizes would not start at one unit or more and grow, or grow beyond all numbers.
    """
    if start < 1 or count < 1 or factor <= 1:
        raise ValueError(f"shards need start >= 1, count >= 1, factor > 1; got {start}, {count}, {factor}")
    try:
        return [round(start * factor**i) for i in range(count)]
    except OverflowError:
        raise ValueError(f"{count} shards that grow by {factor} go beyond all numbers; give fewer") from None


def preset_names(domain: str) -> list[str]:
    """Names of the presets that a domain ships."""
    return sorted(path.stem for path in domain_class(domain).preset_folder().glob("*.toml"))


def load_preset(domain: str, name: str, settings: Sequence[str] = ()) -> Preset:
    """The preset of that name, or at that path, with `key=value` settings laid over it.

    Args:
        domain: name or import path.
        name: one of `preset_names(domain)`, or the path of a TOML file.
        settings: e.g. "dataset=text:/data/*.txt", "training.max_epochs=5"; values are TOML, else taken as text.
    Raises:
        ValueError: unknown preset, key or model, or a wrong type, naming the file and the nearest known name.
    """
    path = Path(name) if name.endswith(".toml") else domain_class(domain).preset_folder() / f"{name}.toml"
    if not path.exists():
        raise ValueError(unknown("preset", name, preset_names(domain), f"of {domain}; or give a .toml file"))
    table = _read(path)
    for setting in settings:
        _lay_over(table, setting)
    where = name if name.endswith(".toml") else f"{path.parent.parent.name}/presets/{path.name}"
    _check_keys(table, Preset, where)
    if fault := next(unwritable(table, ""), None):
        raise ValueError(f"{where}: {fault}")
    try:
        preset = msgspec.convert(table, Preset)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {wanted(str(error), table)}") from error
    _check_values(preset, where)
    return preset


def _read(path: Path) -> dict[str, Any]:
    """A TOML table; `base = "name"` lays it over the preset of that name beside it."""
    try:
        table = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not valid TOML: {error}") from error
    base = table.pop("base", None)
    return _merge(_read(path.with_name(f"{base}.toml")), table) if base else table


def _merge(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in above.items():
        both = isinstance(value, dict) and isinstance(below.get(name), dict)
        below[name] = _merge(below[name], value) if both else value
    return below


def _lay_over(table: dict[str, Any], setting: str) -> None:
    path, separator, text = setting.partition("=")
    if not separator:
        raise ValueError(f'--set takes key=value, not "{setting}"; for example --set training.max_epochs=5')
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, name = path.strip().split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
    table[name] = value


def _check_keys(table: Mapping[str, Any], struct: type[msgspec.Struct], where: str, prefix: str = "") -> None:
    fields = {field.name: field.type for field in msgspec.structs.fields(struct)}
    for name, value in table.items():
        if name not in fields:
            known = [prefix + field for field in fields if field not in OF_THE_SEARCH]
            raise ValueError(f"{where}: {unknown('key', prefix + name, known)}")
        nested = fields[name]
        if isinstance(value, dict) and isinstance(nested, type) and issubclass(nested, msgspec.Struct):
            _check_keys(value, nested, where, f"{prefix}{name}.")


def _check_values(preset: Preset, where: str) -> None:
    for name, values in preset.search.grid.items():
        if name not in Training.__struct_fields__:
            known = set(Training.__struct_fields__) - set(OF_THE_SEARCH)
            raise ValueError(f"{where}: {unknown('key', name, known, 'in search.grid')}")
        if not values:
            raise ValueError(f"{where}: search.grid.{name} is empty; give it a value, or leave it out")
        for value in values:
            with_setting(preset.training, {name: value}, where)
    if not preset.models:
        raise ValueError(f"{where}: models is empty; name at least one")


def with_setting(training: Training, values: Mapping[str, Any], where: str = "search.grid") -> Training:
    """The training settings with some replaced, types checked."""
    try:
        return msgspec.convert({**msgspec.to_builtins(training), **values}, Training)
    except msgspec.ValidationError as error:
        raise ValueError(f"{where}: {error}") from error
