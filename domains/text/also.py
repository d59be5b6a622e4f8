"""A second text that every model is evaluated on besides: a law on one distribution need not hold on another."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from steepness.data.artefacts import Cache
from steepness.domain import TRAIN
from steepness.domain.also import names_of
from steepness.domain.coverage import REFUSED, doubts_about
from steepness.domains.text.corpus import Corpus, Paragraphs
from steepness.domains.text.sources import TextFiles, find_text
from steepness.domains.text.tokens import UNKNOWN, Tokenizer


@dataclass(frozen=True)
class Others:
    """Every other text by name, a hash of what each was read from, and what a reader should know."""

    texts: dict[str, Paragraphs]
    identities: list[str]
    notes: list[str]
    doubts: list[str]


def load_others(
    datasets: Sequence[str], tokenizer: Callable[[str], Tokenizer], corpus: Corpus, cache: Cache
) -> Others:
    """All of an `also` option; see `find_text` for the data sets.

    Args:
        tokenizer: makes a fresh one for a data set.
    Raises:
        ValueError: one cannot be read, or nothing is left of it.
    """
    named = names_of(datasets)
    files = {name: find_text(dataset, cache) for name, dataset in named.items()}
    texts = {name: load_also(files[name], tokenizer(named[name]), corpus, cache) for name in named}
    notes = [
        f"also evaluated on {name} ({named[name]}): {len(text.tokens):,} tokens, {len(text.lengths):,} paragraphs"
        for name, text in texts.items()
    ]
    doubts = [doubt for name, text in texts.items() for doubt in _doubts(name, text, corpus)]
    return Others(texts, [read.identity for read in files.values()], notes, doubts)


def load_also(files: TextFiles, tokenizer: Tokenizer, corpus: Corpus, cache: Cache) -> Paragraphs:
    """Its paragraphs in the corpus' vocabulary, each once, without those that are trained on.

    Args:
        tokenizer: fresh, of the corpus' kind.
    Raises:
        ValueError: if no paragraph is left.
    """
    identity = json.dumps(["also 1", files.identity, tokenizer.identity, corpus.fingerprint])
    folder = cache.prepared(
        f"also-{tokenizer.name}", identity, lambda draft: _prepare(files, tokenizer, corpus, draft)
    )
    return Paragraphs(np.load(folder / "tokens.npy", mmap_mode="r"), np.load(folder / "starts.npy"))


def _prepare(files: TextFiles, tokenizer: Tokenizer, corpus: Corpus, folder: Path) -> None:
    provisional = [tokenizer.encode(text) for text in dict.fromkeys(text for _, text in files.paragraphs())]
    final, train = tokenizer.onto(corpus.vocabulary), corpus.splits[TRAIN]
    trained = {train.tokens[a:b].astype(np.int32).tobytes() for a, b in pairwise(train.starts.tolist())}
    kept = [
        ids for ids in (final[ids].astype(np.int32) for ids in provisional) if ids.tobytes() not in trained
    ]
    if not kept:
        raise ValueError(
            f"--also: none of its {len(provisional):,} paragraphs is left beside those that are trained on"
        )
    np.save(folder / "tokens.npy", np.concatenate(kept))
    np.save(folder / "starts.npy", np.cumsum([0, *map(len, kept)], dtype=np.int64))


def _doubts(name: str, text: Paragraphs, corpus: Corpus) -> list[str]:
    """A vocabulary that lacks much of the text it is made from is known to; what else is read in it, is doubted."""
    lacking = f"of the tokens of {name} (--also) are not in the vocabulary of the text trained on"
    return doubts_about(
        lacking, float(np.mean(text.tokens == UNKNOWN)), "give a text of its language, or raise the vocabulary",
        bearable=1.0 if corpus.unknown > REFUSED else 0.0,
    )  # fmt: skip
