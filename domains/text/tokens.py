"""Text to token ids: lower-cased words with a vocabulary from the training split, or characters of an alphabet."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

PREPARATION = 1
"""Part of the data's fingerprint: raise it when the tokens of a text change."""

UNKNOWN, END = 0, 1
SPECIALS = ("<unk>", "<eos>")

ALPHABET = "".join(map(chr, range(32, 127)))
"""The 95 printable ASCII characters; with the two specials 97 symbols, where the paper had 98."""

_LATIN_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]|_")
_TYPOGRAPHY = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-", "…": "...", "\u00a0": " "}
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")

Ids = npt.NDArray[Any]


def _any_word() -> re.Pattern[str]:
    """As `_LATIN_WORD`, but a letter keeps its combining marks and joiners (Devanagari, Thai, Arabic, Hebrew), and the
    marks of tokenised corpora stay whole: `<unk>`, and WikiText's @-@, @,@ and @.@."""
    marks = [c for c in range(sys.maxunicode + 1) if unicodedata.category(chr(c)) in ("Mn", "Mc")]
    breaks = [i for i in range(1, len(marks)) if marks[i] != marks[i - 1] + 1]
    ranges = [f"{chr(run[0])}-{chr(run[-1])}" for run in np.split(np.array(marks), breaks)]
    letters = rf"[^\W\d_]+(?:[{''.join(ranges)}\u200c\u200d]+[^\W\d_]*)*"
    return re.compile(rf"<unk>|@[-,.]@|{letters}(?:'{letters})*|\d+(?:[.,]\d+)*|[^\w\s]|_")


class Tokenizer(Protocol):
    """Gives ids as text streams by; `finish` then says which of them the vocabulary keeps."""

    name: str
    identity: str
    """All that the ids depend on besides the text."""
    dtype: npt.DTypeLike
    """Holds the ids that `encode` gives."""

    def encode(self, text: str) -> Ids:
        """Provisional ids of a paragraph, shape (tokens,), `END` last."""

    def finish(self, counts: npt.NDArray[np.int64]) -> tuple[list[str], Ids]:
        """The vocabulary, and the final id of each provisional one.

        Args:
            counts: how often each provisional id occurs in the training split, shape (ids,).
        """

    def onto(self, vocabulary: Sequence[str]) -> Ids:
        """The id of each provisional one in a vocabulary made from other text."""


class Words:
    """Lower-cased words (an inner apostrophe belongs to the word), numbers, and single punctuation marks.

    Args:
        size: the most frequent words of the training split that are kept, beside `<unk>` and `<eos>`.
        pretokenised: words are what white space separates, as in the One Billion Word benchmark.
        any_language: normalised to NFC, and no word is cut at a combining mark. enwik8 is, in 88 of its 119,081
            paragraphs: what was published rests on that.
    """

    name = "words"
    dtype: npt.DTypeLike = np.int32

    def __init__(self, size: int, pretokenised: bool = False, any_language: bool = False) -> None:
        self._size, self._pretokenised, self._any = size, pretokenised, any_language
        self._word = _any_word() if any_language else _LATIN_WORD
        self.identity = f"words {size} {pretokenised} {PREPARATION}" + " any language" * any_language
        self._ids: dict[str, int] = defaultdict(lambda: len(self._ids))
        for special in SPECIALS:
            self._ids[special]

    def encode(self, text: str) -> Ids:
        """Ids in order of first appearance; see `Tokenizer`."""
        text = unicodedata.normalize("NFC", text).lower() if self._any else text.lower()
        words = text.split() if self._pretokenised else self._word.findall(text.translate(_TYPOGRAPHY))
        return self.ids(words)

    def ids(self, tokens: Iterable[str]) -> Ids:
        """Ids of tokens, `END` last."""
        return np.array([*map(self._ids.__getitem__, tokens), END], dtype=self.dtype)

    def finish(self, counts: npt.NDArray[np.int64]) -> tuple[list[str], Ids]:
        """Keeps the most frequent words; among equally frequent ones those that appeared first."""
        counts = counts.copy()
        counts[: len(SPECIALS)] = 0
        kept = np.argsort(-counts, kind="stable")[: self._size]
        kept = kept[counts[kept] > 0]
        final = np.full(len(counts), UNKNOWN, dtype=np.uint16 if self._size < 65_000 else np.int32)
        final[kept] = np.arange(len(SPECIALS), len(SPECIALS) + len(kept))
        final[END] = END
        words = list(self._ids)
        return [*SPECIALS, *(words[i] for i in kept)], final

    def onto(self, vocabulary: Sequence[str]) -> Ids:
        """Words that the vocabulary lacks are unknown; see `Tokenizer`."""
        places = {word: place for place, word in enumerate(vocabulary)}
        return np.array([places.get(word, UNKNOWN) for word in self._ids], dtype=np.int32)


class Characters:
    """Characters of `ALPHABET`, case kept; accents are stripped, quotes and dashes become their ASCII kin."""

    name = "characters"
    identity = f"characters {PREPARATION}"
    dtype: npt.DTypeLike = np.uint8

    def __init__(self) -> None:
        self._id_of_byte = np.full(256, UNKNOWN, dtype=np.uint8)
        for i, character in enumerate(ALPHABET, start=len(SPECIALS)):
            self._id_of_byte[ord(character)] = i

    def encode(self, text: str) -> Ids:
        """Final ids; see `Tokenizer`."""
        text = text.translate(_TYPOGRAPHY)
        if not text.isascii():
            decomposed = unicodedata.normalize("NFKD", text)
            text = "".join(c for c in decomposed if not unicodedata.combining(c))
            text = _NOT_ASCII.sub("\x7f", text)  # a byte the alphabet does not hold
        raw = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
        return np.append(self._id_of_byte[raw], np.uint8(END))

    def finish(self, counts: npt.NDArray[np.int64]) -> tuple[list[str], Ids]:
        """The alphabet, whatever occurs."""
        vocabulary = [*SPECIALS, *ALPHABET]
        return vocabulary, np.arange(len(vocabulary), dtype=np.uint8)

    def onto(self, vocabulary: Sequence[str]) -> Ids:
        """There is one alphabet."""
        return np.arange(len(vocabulary), dtype=np.uint8)


class Letters:
    """The most frequent characters of the training split, in NFC, case kept and nothing stripped: for any language.

    Args:
        size: characters that are kept, at most, beside `<unk>` and `<eos>`.
    """

    name = "letters"
    dtype: npt.DTypeLike = np.int32

    def __init__(self, size: int) -> None:
        self._words = Words(size)
        self.identity = f"letters {size} {PREPARATION}"

    def encode(self, text: str) -> Ids:
        """Ids in order of first appearance; see `Tokenizer`."""
        return self._words.ids(unicodedata.normalize("NFC", text))

    def finish(self, counts: npt.NDArray[np.int64]) -> tuple[list[str], Ids]:
        """Keeps the most frequent characters, as `Words` does words."""
        return self._words.finish(counts)

    def onto(self, vocabulary: Sequence[str]) -> Ids:
        """As `Words` does words."""
        return self._words.onto(vocabulary)
