"""What every object that `--json` prints has, and the intervals in it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

SCHEMA_VERSION = 1

Bound = float | None


class Answer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Every object."""

    schema_version: Annotated[
        int, Meta(description="of this document; grows when a key changes its meaning")
    ] = SCHEMA_VERSION


class Part(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An object within another; a key that is not documented here is never printed."""


class Interval(Part):
    """A value with its bounds, in the value's own unit, at the object's level."""

    value: Annotated[Bound, Meta(description="the best guess")]
    low: Annotated[Bound, Meta(description="lower bound; null where the data set none")]
    high: Annotated[Bound, Meta(description="upper bound; null where the data set none")]


class Estimate(Part):
    """A value with its bounds, or the reason for having none."""

    value: Annotated[Bound, Meta(description="the best guess; null with a reason")] = None
    low: Annotated[Bound, Meta(description="lower bound; null where the data set none")] = None
    high: Annotated[Bound, Meta(description="upper bound; null where the data set none")] = None
    reason: Annotated[str | None, Meta(description="why there is no value")] = None
