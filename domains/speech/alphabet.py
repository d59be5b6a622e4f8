"""The characters that are written down, and transcripts in them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Labels = npt.NDArray[Any]
"""int8, or int16 of a large alphabet."""

FROM_TRANSCRIPTS = "transcripts"
"""In place of an alphabet: the letters that the transcripts are written in."""
_EVERYWHERE = " '"


@dataclass(frozen=True)
class Alphabet:
    """Labels of characters start at 1; 0 is `BLANK`.

    Args:
        characters: each once, in the order of their labels.
    """

    characters: str

    @cached_property
    def vocabulary(self) -> int:
        """Labels, the blank included."""
        return 1 + len(self.characters)

    @cached_property
    def _labels(self) -> dict[str, int]:
        return {character: label for label, character in enumerate(self.characters, start=1)}

    def normalise(self, text: str) -> str:
        """Lower case, punctuation removed, white space single; accents too, unless the letter is in the alphabet.

        Letters and digits outside the alphabet stay: what they sound like is not known, so `encode` refuses them.
        """
        lower = unicodedata.normalize("NFC", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
        words = "".join(map(self._plain, lower)).split()
        return " ".join(word for word in words if word.strip("'"))

    def _plain(self, character: str) -> str:
        if character in self._labels or character == "'":
            return character
        letters = (c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
        return "".join(c if c.isalnum() or c == "'" else " " for c in letters)

    def encode(self, text: str) -> Labels:
        """Labels of a normalised text, shape (characters,), in [1, vocabulary).

        Raises:
            ValueError: if a character is outside the alphabet, naming it.
        """
        if outside := sorted(set(text) - self._labels.keys()):
            raise ValueError(f"{''.join(outside)!r} outside the alphabet")
        kind = np.int8 if self.vocabulary < 128 else np.int16
        return np.array([self._labels[character] for character in text], dtype=kind)

    def decode(self, labels: Iterable[int]) -> str:
        """The text of labels in [1, vocabulary)."""
        return "".join(self.characters[label - 1] for label in labels)


ENGLISH = Alphabet(" 'abcdefghijklmnopqrstuvwxyz")


def alphabet_of(texts: Iterable[str]) -> Alphabet:
    """The letters and marks that occur in two transcripts at least, space and apostrophe; digits are none."""
    counts = Counter(
        c for text in texts for c in set(unicodedata.normalize("NFC", text.lower()))
        if c.isalpha() or unicodedata.category(c).startswith("M")
    )  # fmt: skip
    return Alphabet(_EVERYWHERE + "".join(sorted(c for c, count in counts.items() if count > 1)))


def frames_needed(labels: Labels) -> int:
    """Output frames CTC needs: one per character, and a blank between equal neighbours."""
    return len(labels) + int(np.count_nonzero(labels[1:] == labels[:-1]))
