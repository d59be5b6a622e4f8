"""What every object that `--json` prints has, and the intervals in it."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

SCHEMA_VERSION = 1

Bound = Annotated[float | None, Meta(description="null where the data set no bound")]


class Answer(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Every object."""

    schema_version: Annotated[
        int, Meta(description="of this document; grows when a key changes its meaning")
    ] = SCHEMA_VERSION


class Interval(msgspec.Struct):
    """A value with its bounds, in the value's own unit, at the object's level."""

    value: Bound
    low: Bound
    high: Bound


class Estimate(msgspec.Struct):
    """A value with its bounds, or the reason for having none."""

    value: Bound = None
    low: Bound = None
    high: Bound = None
    reason: Annotated[str | None, Meta(description="why there is no value")] = None
