"""How much of a text its vocabulary holds: what it lacks counts as one, so much of it makes an error say little."""

from __future__ import annotations

DOUBTED, REFUSED = 0.05, 0.2
"""Shares of tokens outside the vocabulary."""


def doubts_about(lacking: str, share: float, remedy: str, bearable: float = 0.0) -> list[str]:
    """A doubt where a vocabulary lacks more than `DOUBTED` of a text.

    Args:
        lacking: what is not in which vocabulary, as a clause that the share begins: "of the words of x are not ...".
        share: of the tokens, in [0, 1].
        remedy: what to do.
        bearable: a share that is known, and doubted only, above `REFUSED`.
    Raises:
        ValueError: the share is above `REFUSED`, and not bearable.
    """
    said = f"{100 * share:.0f} % {lacking}"
    if share > max(REFUSED, bearable):
        raise ValueError(f"{said}, so an error would say nothing of the text; {remedy}")
    return [f"{said} and count as one; {remedy}."] if share > DOUBTED else []
