"""How far an output is from its transcript."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from steepness.domain.estimates import ratio


def error_rate(references: Sequence[Sequence[str]], outputs: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Insertions, deletions and substitutions per unit of the references, over all utterances together.

    Args:
        references: transcripts: strings for character errors, lists of words for word errors; not all empty.
        outputs: what was recognised, in the same order.
    Returns:
        The rate, >= 0 (it exceeds 1 where outputs are too long), and its standard error over utterances.
    """
    errors = np.array([Levenshtein.distance(r, o) for r, o in zip(references, outputs, strict=True)])
    lengths = np.array([len(reference) for reference in references])
    return ratio(errors, lengths)
