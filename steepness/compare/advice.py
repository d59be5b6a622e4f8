"""Which model to take, and when: the sentence that a comparison is made for."""

from __future__ import annotations

from steepness.compare.contrast import Contrast
from steepness.laws.amounts import amount
from steepness.press.words import interval, number

NEAR = 1000.0
"""Factor beyond the shards within which a meeting of the curves is worth a word."""


def take(contrast: Contrast) -> str:
    """The sentence."""
    told, shift, (a, b) = contrast.answer, contrast.shift.value, (side.label for side in contrast.sides)
    if told is None or shift is None or not (told.different or told.equal):
        return f"Nothing here is a reason to leave {a}; more seeds show smaller differences (--set seeds=4)."
    if not told.different:
        return _cheaper(contrast)
    near, far = (a, b) if told.turn == "steeper" else (b, a)
    if told.turn and told.meets is not None and shift.m[0] < told.meets < shift.m[-1]:
        return f"Take {near} below about m = {number(told.meets)} {contrast.unit}, {far} above."
    gains = f"{far} gains on {near} with every doubling, and {_where(contrast)}"
    if not told.shift:
        return f"Neither is shown to err less at the middle of these shards; {gains}."
    winner = b if told.shift == "better" else a
    but = f", but {gains}" if told.turn and winner == near else ""
    last = amount(shift.m[-1])
    where = f"from {amount(shift.m[0])} to {last}" if len(shift.m) > 1 else f"at {last}"
    return f"Take {winner} {where} {contrast.unit}{but}."


def _where(contrast: Contrast) -> str:
    """Where the curves would meet, beyond the shards."""
    meets = contrast.answer.meets if contrast.answer else None
    shards = contrast.shift.value.m if contrast.shift.value else (0.0,)
    if meets is None or not shards[0] / NEAR < meets < shards[-1] * NEAR:
        return "the two do not meet anywhere near these shards"
    return f"the two would meet at about m = {number(meets)}, where nothing was measured"


def _cheaper(contrast: Contrast) -> str:
    a, b = (side.label for side in contrast.sides)
    flops = next((c.ratio.value for c in contrast.costs if c.name == "flops"), None)
    if flops is None or 1 in flops:
        return f"Take either: {b} and {a} err alike, and cost alike as far as can be told."
    cheaper = b if flops.value < 1 else a
    return f"Take {cheaper}, which is cheaper: {b} takes {interval(flops)} times the training FLOPs of {a}."
