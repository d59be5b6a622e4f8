"""From sentence pairs to arrays, once a data set: clean, split without a leak, learn vocabularies, encode."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from steepness.data.preparing import progress
from steepness.data.randomness import generator
from steepness.domain import PARTS, TEST, TRAIN, VALIDATION
from steepness.domains.nmt.sources import UNSPLIT, Pair, ParallelText
from steepness.domains.nmt.vocabulary import load_vocabulary, train_vocabularies

VERSION = 1
"""Of the preparation; a change of anything below that changes its result needs another."""

SIDES = ("source", "target")
META, TEST_TEXT = "meta.json", "test.json"

DOUBTED_SHARE = 0.05
"""Of the pairs, left out for their length."""

_CHUNK = 20_000


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """What of the domain's options changes the prepared arrays."""

    vocabulary: int
    joint: bool
    held_out: int
    longest: int


class Meta(msgspec.Struct, frozen=True):
    """What is known of the prepared arrays beside their content."""

    fingerprint: str
    notes: list[str]
    doubts: list[str] = []


def prepare(folder: Path, text: ParallelText, recipe: Recipe) -> None:
    """Fills `folder` with token arrays per split and side, the vocabularies and the test sentences.

    Raises:
        ValueError: unreadable text, too few pairs, or a vocabulary larger than the text allows.
    """
    found = text.read()
    cleaned = {split: clean(pairs) for split, pairs in found.items()}
    read, kept = (sum(map(len, pairs.values())) for pairs in (found, cleaned))
    splits = hold_out(cleaned[UNSPLIT], recipe.held_out) if UNSPLIT in cleaned else without_repeats(cleaned)
    _check_splits(splits, recipe)
    overlap = kept - sum(map(len, splits.values()))
    models = train_vocabularies(splits[TRAIN], recipe.vocabulary, recipe.joint)
    for side, model in zip(SIDES, models, strict=True):
        (folder / f"{side}.model").write_bytes(model)
    too_long = sum(encode_split(folder, split, splits[split], recipe.longest) for split in PARTS)
    notes = [
        *text.notes,
        f"{read:,} sentence pairs read; removed: {read - kept:,} duplicate or with an empty side, "
        f"{overlap:,} that repeat a held-out sentence, {too_long:,} longer than {recipe.longest} pieces",
        "no sentence of either language is in two splits, whatever its case and punctuation",
    ]
    share = too_long / sum(map(len, splits.values()))
    meta = Meta(hash_folder(folder), notes, [_left_out(share, recipe.longest)] * (share > DOUBTED_SHARE))
    (folder / META).write_bytes(msgspec.json.encode(meta))


def _left_out(share: float, longest: int) -> str:
    return (
        f"{100 * share:.0f} % of the sentence pairs are left out, longer than {longest} pieces; raise "
        "options.longest, or cut the text into sentences."
    )


def _check_splits(splits: Mapping[str, Sequence[Pair]], recipe: Recipe) -> None:
    """Nobody can be held out where most sentences hang together, as few answers to many questions do."""
    if not (empty := [split for split in PARTS if not splits[split]]):
        return
    counts = [len({key_of(pair[side]) for pairs in splits.values() for pair in pairs}) for side in (0, 1)]
    raise ValueError(
        f"no sentence pair is left for {' and '.join(empty)}: {counts[0]:,} different sources share {counts[1]:,} "
        f"different targets, and pairs that share a sentence stay on one side; give text whose "
        f"sentences differ, or raise options.held_out ({recipe.held_out:,})"
    )


def clean(pairs: Sequence[Pair]) -> list[Pair]:
    """Pairs in NFC with single spaces; without empty sides, each once, in their order."""
    normal = ((_normalise(source), _normalise(target)) for source, target in pairs)
    return list(dict.fromkeys(pair for pair in normal if all(pair)))


def hold_out(pairs: Sequence[Pair], count: int) -> dict[str, list[Pair]]:
    """Splits off about `count` pairs each for validation and test, leaving no sentence in two splits.

    Pairs that share a sentence of either language, whatever its case and punctuation, form a group (a
    connected component), and groups are what is drawn: by English sentence alone, 11 % of Tatoeba's held-out
    French sides would also be trained on. A group larger than a tenth of `count` stays in training.

    Raises:
        ValueError: if less than half of the pairs would remain for training.
    """
    if len(pairs) < 4 * count:
        raise ValueError(
            f"option held_out = {count:,} takes twice that from {len(pairs):,} sentence pairs; "
            f"set it to {len(pairs) // 10:,} or less (--set options.held_out={len(pairs) // 10}), or give more text"
        )
    group = _groups(pairs)
    sizes = np.bincount(group)
    order = generator(0, "held-out sentences").permutation(len(sizes))
    order = order[sizes[order] <= max(1, count // 10)]
    starts = np.cumsum(sizes[order]) - sizes[order]
    split_of_group = np.zeros(len(sizes), dtype=np.int64)  # 0: train
    split_of_group[order[starts < 2 * count]] = 2
    split_of_group[order[starts < count]] = 1
    split_of_pair = split_of_group[group]
    return {
        name: [pair for pair, its_split in zip(pairs, split_of_pair, strict=True) if its_split == number]
        for number, name in enumerate(PARTS)
    }


def without_repeats(splits: Mapping[str, Sequence[Pair]]) -> dict[str, list[Pair]]:
    """Given splits, less pairs of validation that share a sentence with test, and of train with either."""
    seen: tuple[set[str], set[str]] = (set(), set())
    kept = {}
    for name in (TEST, VALIDATION, TRAIN):
        keyed = [(pair, (key_of(pair[0]), key_of(pair[1]))) for pair in splits[name]]
        fresh = [(pair, keys) for pair, keys in keyed if keys[0] not in seen[0] and keys[1] not in seen[1]]
        kept[name] = [pair for pair, _ in fresh]
        for side in (0, 1):
            seen[side].update(keys[side] for _, keys in fresh)
    return kept


def encode_split(folder: Path, split: str, pairs: Sequence[Pair], longest: int) -> int:
    """Writes the pieces and END of every sentence end to end; returns how many pairs were too long."""
    encoded = [
        _encode([pair[number] for pair in pairs], folder, side, split) for number, side in enumerate(SIDES)
    ]
    keep = [
        row for row, sides in enumerate(zip(*encoded, strict=True)) if max(map(len, sides)) <= longest + 2
    ]
    if not keep:
        shortest = min((max(map(len, sides)) for sides in zip(*encoded, strict=True)), default=0)
        raise ValueError(
            f"all {len(pairs):,} sentence pairs for {split} are longer than {longest} pieces; raise it (--set "
            f"options.longest={shortest}), or cut the text into sentences"
        )
    for side, rows in zip(SIDES, encoded, strict=True):
        np.save(folder / f"{split}-{side}-lengths.npy", np.array([len(rows[row]) for row in keep], np.int64))
        np.save(folder / f"{split}-{side}.npy", np.concatenate([rows[row] for row in keep]))
    if split == TEST:
        (folder / TEST_TEXT).write_bytes(msgspec.json.encode([pairs[row] for row in keep]))
    return len(pairs) - len(keep)


def _encode(sentences: Sequence[str], folder: Path, side: str, split: str) -> list[npt.NDArray[np.int32]]:
    """The target side begins with BEGIN, from which the decoder predicts the first piece."""
    processor = load_vocabulary(folder / f"{side}.model")
    what, begin = f"{split}: encoding {side}", side == "target"
    watched = progress(range(0, len(sentences), _CHUNK), what)
    return [
        np.array(pieces, dtype=np.int32)
        for start in watched
        for pieces in processor.encode(sentences[start : start + _CHUNK], add_bos=begin, add_eos=True)
    ]


def _groups(pairs: Sequence[Pair]) -> npt.NDArray[np.int32]:
    """Number of each pair's connected component in the graph of sentences."""
    sources, targets = (
        np.unique([key_of(text) for text in side], return_inverse=True)[1]
        for side in zip(*pairs, strict=True)
    )
    nodes = int(sources.max()) + 1
    total = nodes + int(targets.max()) + 1
    graph = coo_array((np.ones(len(pairs)), (sources, targets + nodes)), shape=(total, total))
    labels: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return np.unique(labels[sources], return_inverse=True)[1].astype(np.int32)


def _normalise(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def key_of(text: str) -> str:
    """What two sentences that differ in case and punctuation alone have in common."""
    return " ".join(re.findall(r"\w+", text.casefold())) or text


def hash_folder(folder: Path) -> str:
    """Of the files in it, names and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(f"{path.name} {path.stat().st_size} ".encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
