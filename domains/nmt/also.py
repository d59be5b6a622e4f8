"""Sentence pairs that every model is evaluated on besides: of other texts, or of another pair of languages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from steepness.data.artefacts import Cache
from steepness.data.shards import nested_order
from steepness.domain import TEST, TRAIN
from steepness.domain.also import fingerprint_with, names_of
from steepness.domain.coverage import doubts_about
from steepness.domains.nmt.data import Translations, read_split
from steepness.domains.nmt.pieces import UNKNOWN
from steepness.domains.nmt.prepare import SIDES, Recipe, clean, encode_split, hash_folder, key_of
from steepness.domains.nmt.sources import ParallelText, find_parallel_text
from steepness.domains.nmt.vocabulary import load_vocabulary

VERSION = 1
"""Raise it whenever the same text would come out different."""


def add_others(data: Translations, others: Sequence[str], recipe: Recipe, cache: Cache) -> None:
    """Every text of an `also` option, in the vocabularies of the data, and what a reader should know of it.

    Args:
        others: see `find_parallel_text`.
    Raises:
        ValueError: a text cannot be read, or none of its pairs is left.
    """
    prints, notes, doubts = [], list(data.notes), list(data.doubts)
    for name, other in names_of(others).items():
        text = find_parallel_text(other, cache)
        identity = json.dumps([VERSION, text.identity, data.fingerprint, recipe.held_out, recipe.longest])
        build = partial(_prepare, data=data, text=text, recipe=recipe)
        folder = cache.prepared("nmt-also", identity, build)
        split = data.also[name] = read_split(folder, TEST)
        prints.append(hash_folder(folder))
        notes.append(f"also evaluated on {name} ({other}): {len(split):,} pairs")
        for side, sentences in zip(SIDES, (split.source, split.target), strict=True):
            lacking = (
                f"of the {side} pieces of {name} (--also) are not in the vocabulary of the pairs trained on"
            )
            doubts += doubts_about(
                lacking, sentences.share_of(UNKNOWN), "give pairs in its letters, or raise it"
            )
    data.fingerprint, data.notes, data.doubts = fingerprint_with(data.fingerprint, prints), notes, doubts


def _prepare(folder: Path, *, data: Translations, text: ParallelText, recipe: Recipe) -> None:
    """Its test pairs if it has such, else as many as are held out, without a sentence that is trained on."""
    read, trained = text.read(), _trained_on(data)
    pairs = clean(read.get(TEST) or [pair for pairs in read.values() for pair in pairs])
    fresh = [
        pair for pair in pairs if not any(key_of(pair[side]) in keys for side, keys in enumerate(trained))
    ]
    if not fresh:
        raise ValueError(
            f"--also: none of its {len(pairs):,} sentence pairs is left beside the sentences that are trained on"
        )
    for side, model in zip(SIDES, (data.source_model, data.target_model), strict=True):
        (folder / f"{side}.model").write_bytes(model.read_bytes())
    chosen = sorted(nested_order(len(fresh), seed=0)[: recipe.held_out].tolist())
    encode_split(folder, TEST, [fresh[row] for row in chosen], recipe.longest)


def _trained_on(data: Translations) -> list[set[str]]:
    """The sentences of both sides of the training split, as their pieces spell them."""
    train = data.parts[TRAIN]
    return [
        {key_of(text) for text in load_vocabulary(model).decode([side.ids(row) for row in range(len(train))])}
        for side, model in ((train.source, data.source_model), (train.target, data.target_model))
    ]
