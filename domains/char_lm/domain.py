"""Character language modelling (Hestness et al. 2017, section 4.3)."""

from __future__ import annotations

import math
from typing import ClassVar

from steepness import domain
from steepness.domain import Metric
from steepness.domains.text.corpus import entries_for
from steepness.domains.text.domain import LanguageModelling, TextOptions
from steepness.domains.text.sources import TextFiles
from steepness.domains.text.tokens import ALPHABET, SPECIALS, Characters, Letters, Tokenizer

RARE = 0.001
"""Share of a text that a fitting alphabet leaves out: symbols that occur once or twice."""


class CharOptions(TextOptions, frozen=True, kw_only=True):
    """Dials of character models."""

    context: int = 64
    """Characters that back-propagation goes back, and the transformer sees."""
    alphabet: int = 0
    """Most frequent characters of the training text that have an id, nothing stripped: for any language, e.g. 300, or
    4000 for Chinese. 0: the 95 printable ASCII characters, accents stripped."""

    added: ClassVar[frozenset[str]] = frozenset({"alphabet", "also"})


class CharLM(LanguageModelling):
    """Predict each character of English text from those before it."""

    name = "char_lm"
    unit = "characters"
    metrics = (
        Metric("cross_entropy_nats", "nats per character"),
        Metric("bits_per_character", "bits per character"),
    )
    joiner = ""
    sample = (60, 120)
    Options: ClassVar[type[domain.Options]] = CharOptions
    options: CharOptions

    def tokenizer(self, dataset: str) -> Tokenizer:
        """One alphabet for all English text, or the text's own."""
        return Letters(self.options.alphabet) if self.options.alphabet else Characters()

    @property
    def vocabulary_size(self) -> int:
        """Alphabet and specials."""
        return (self.options.alphabet or len(ALPHABET)) + len(SPECIALS)

    @property
    def remedy(self) -> str:
        """Against characters that the alphabet lacks."""
        return "take the alphabet from the text: --set options.alphabet=300 (4000 for Chinese)"

    def fitting(self, files: TextFiles) -> str:
        """The alphabet that this text needs."""
        (enough,) = entries_for(files, Letters(0), (RARE,))
        return (
            f"take the alphabet from the text: {enough:,} characters leave {100 * RARE:.1f} % of it unknown: "
            f"--set options.alphabet={enough}"
        )

    def metrics_of(self, nats: float, standard_error: float) -> dict[str, float]:
        """Cross-entropy, and the same in bits."""
        return {
            "cross_entropy_nats": nats,
            "cross_entropy_nats_se": standard_error,
            "bits_per_character": nats / math.log(2),
            "bits_per_character_se": standard_error / math.log(2),
        }
