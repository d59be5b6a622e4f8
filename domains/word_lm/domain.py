"""Word language modelling (Hestness et al. 2017, section 4.2)."""

from __future__ import annotations

from typing import ClassVar

from steepness import domain
from steepness.domain import Metric
from steepness.domain.coverage import DOUBTED, REFUSED
from steepness.domains.text.corpus import entries_for
from steepness.domains.text.domain import LanguageModelling, TextOptions
from steepness.domains.text.sources import TextFiles
from steepness.domains.text.tokens import SPECIALS, Tokenizer, Words


class WordOptions(TextOptions, frozen=True, kw_only=True):
    """Dials of word models."""

    vocabulary: int = 10_000
    """Most frequent words of the training split that have an id, beside `<unk>` and `<eos>`."""


class WordLM(LanguageModelling):
    """Predict each word of English text from those before it."""

    name = "word_lm"
    unit = "words"
    metrics = (Metric("cross_entropy_nats", "nats per word"),)
    joiner = " "
    sample = (12, 24)
    Options: ClassVar[type[domain.Options]] = WordOptions
    options: WordOptions

    def tokenizer(self, dataset: str) -> Tokenizer:
        """The One Billion Word benchmark comes as words; other text is cut into them."""
        kind = dataset.partition(":")[0]
        return Words(self.options.vocabulary, kind == "one-billion-word", any_language=kind == "text")

    @property
    def vocabulary_size(self) -> int:
        """Words and specials."""
        return self.options.vocabulary + len(SPECIALS)

    @property
    def remedy(self) -> str:
        """Against words that the vocabulary lacks."""
        return f"raise the vocabulary: --set options.vocabulary={5 * self.options.vocabulary}"

    def fitting(self, files: TextFiles) -> str:
        """Vocabularies that would be refused no longer, and doubted no longer."""
        least, enough = entries_for(files, Words(0, any_language=True), (REFUSED, DOUBTED))
        return (
            f"raise the vocabulary: of this text {least:,} words leave {100 * REFUSED:.0f} % unknown, {enough:,} leave "
            f"{100 * DOUBTED:.0f} %: --set options.vocabulary={enough}"
        )

    def metrics_of(self, nats: float, standard_error: float) -> dict[str, float]:
        """Cross-entropy alone: perplexity is its exponential."""
        return {"cross_entropy_nats": nats, "cross_entropy_nats_se": standard_error}
