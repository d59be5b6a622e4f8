"""The alphabet, transcripts in it, and how far an output is from its transcript."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import Levenshtein

from steepness.domain.estimates import ratio

ALPHABET = " 'abcdefghijklmnopqrstuvwxyz"
VOCABULARY = 1 + len(ALPHABET)

Labels = npt.NDArray[np.int8]

_LABELS = {character: label for label, character in enumerate(ALPHABET, start=1)}


def normalise(text: str) -> str:
    """Lower case, accents and punctuation removed, white space single.

    Letters and digits outside the alphabet stay: what they sound like is not known, so `encode` refuses them.
    """
    text = unicodedata.normalize("NFKD", text.lower()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    text = "".join(character for character in text if not unicodedata.combining(character))
    words = re.sub(r"[^\w']|_", " ", text).split()
    return " ".join(word for word in words if word.strip("'"))


def encode(text: str) -> Labels:
    """Labels of a normalised text, shape (characters,), in [1, VOCABULARY).

    Raises:
        ValueError: if a character is outside the alphabet, naming it.
    """
    if outside := sorted(set(text) - set(ALPHABET)):
        raise ValueError(f"{''.join(outside)!r} outside the alphabet")
    return np.array([_LABELS[character] for character in text], dtype=np.int8)


def decode(labels: Iterable[int]) -> str:
    """The text of labels in [1, VOCABULARY)."""
    return "".join(ALPHABET[label - 1] for label in labels)


def frames_needed(labels: Labels) -> int:
    """Output frames CTC needs: one per character, and a blank between equal neighbours."""
    return len(labels) + int(np.count_nonzero(labels[1:] == labels[:-1]))


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
