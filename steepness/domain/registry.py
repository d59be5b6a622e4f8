"""How a domain is found: ours through the `steepness.domains` entry-point group, like anyone's, or by import path."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

import msgspec

from steepness.domain.contract import Domain, Metric, Options
from steepness.domain.importing import import_object, unknown

GUIDE = "docs/own-domain.md goes through all of them"
_ATTRIBUTES = {
    "name": "a short word",
    "unit": "the plural that m counts",
    "metrics": "a tuple of Metric",
    "models": "a dict of name: class",
}


def domain_names() -> list[str]:
    """Names of the installed domains."""
    return sorted(entry.name for entry in entry_points(group="steepness.domains"))


def domain_class(name: str) -> type[Domain[Any, Any, Any]]:
    """The domain class of that name, or at that import path.

    Raises:
        ValueError: there is none, or what is there lacks pieces of the contract: all of them in one sentence.
    """
    if ":" in name:
        found_class = import_object(name, "domain")
        if lacking := missing_pieces(found_class):
            raise ValueError(f"{name} is no domain yet: {'; '.join(lacking)}. {GUIDE}")
        return found_class  # type: ignore[no-any-return]
    found = {entry.name: entry for entry in entry_points(group="steepness.domains")}
    if name not in found:
        raise ValueError(unknown("domain", name, found) + ' Or give an import path, "package.module:Class".')
    return found[name].load()  # type: ignore[no-any-return]


def missing_pieces(cls: Any) -> list[str]:
    """What of the contract a class lacks, a phrase each; empty if it can be used."""
    if not (isinstance(cls, type) and issubclass(cls, Domain)):
        return [f"it is {cls!r}, not a subclass of steepness.domain.Domain"]
    found = [f"it lacks the method {name}{_arguments(cls, name)}" for name in sorted(cls.__abstractmethods__)]
    found += [
        f"it lacks {name}, {what}" for name, what in _ATTRIBUTES.items() if not getattr(cls, name, None)
    ]
    if (said := str(getattr(cls, "name", ""))) and not re.fullmatch(r"[\w-]+", said):
        found.append(f"its name is {said!r}, and folders are called by it: letters, digits, - and _ alone")
    if not all(isinstance(metric, Metric) for metric in getattr(cls, "metrics", ())):
        found.append("its metrics are not all Metric(name, unit)")
    if not issubclass(getattr(cls, "Options", object), Options):
        found.append("its Options is no subclass of steepness.domain.Options")
    return found


def _arguments(cls: type, name: str) -> str:
    return "(" + ", ".join(list(inspect.signature(getattr(cls, name)).parameters)[1:]) + ")"


def get_domain(name: str, options: Mapping[str, Any] | None = None) -> Domain[Any, Any, Any]:
    """A domain ready to load data, with its options checked.

    Args:
        name: an installed domain ("word_lm") or an import path ("package.module:Class").
        options: the domain's own settings; missing ones take their defaults.
    Raises:
        ValueError: unknown domain, unknown option (with the nearest known one) or wrong type.
    """
    cls = domain_class(name)
    given = dict(options or {})
    fields = cls.Options.__struct_fields__
    for option in given:
        if option not in fields:
            raise ValueError(unknown("option", option, fields, f"of {name}"))
    try:
        return cls(msgspec.convert(given, cls.Options))
    except msgspec.ValidationError as error:
        raise ValueError(f"[options] of {name}: {error}") from error
