"""A second text that every model is evaluated on besides: a law on one distribution need not hold on another."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np

from steepness.data.artefacts import Cache
from steepness.domain import TRAIN
from steepness.domains.text.corpus import Corpus, Paragraphs
from steepness.domains.text.sources import TextFiles
from steepness.domains.text.tokens import Tokenizer


def name_of(dataset: str) -> str:
    """What the metrics of a second text begin with: reviews, of text:/data/reviews.txt."""
    kind, _, where = dataset.partition(":")
    return re.sub(r"\W+", "_", Path(where).stem or kind).strip("_").lower() or "also"


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
