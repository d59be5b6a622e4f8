"""Sentence pairs as flat token tensors, and the function that returns the splits.

Shapes: B rows (sentence pairs), S source positions, T target positions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from steepness.data.artefacts import Cache
from steepness.domain import PARTS, TRAIN, VALIDATION, Data
from steepness.domain.coverage import doubts_about
from steepness.domains.nmt.pieces import BEGIN, END, PAD, UNKNOWN
from steepness.domains.nmt.prepare import META, SIDES, TEST_TEXT, VERSION, Meta, Recipe, prepare
from steepness.domains.nmt.sources import Pair, find_parallel_text
from steepness.domains.nmt.vocabulary import load_vocabulary

Int64s = npt.NDArray[np.int64]
EXAMPLES = 3


class Sentences:
    """The sentences of one side of a split: BEGIN, pieces, END, one after the other in a flat tensor.

    Args:
        tokens: flat, shape (N,), int32.
        lengths: tokens of each sentence, shape (n,), int64, BEGIN and END included.
    """

    def __init__(self, tokens: npt.NDArray[np.int32], lengths: Int64s) -> None:
        self.lengths = lengths
        self._tokens = torch.from_numpy(tokens)
        self._lengths = torch.from_numpy(lengths)
        self._starts = self._lengths.cumsum(0) - self._lengths

    def to(self, device: torch.device) -> None:
        """Move what `rows` gathers from; the lengths that batches are planned with stay on the host."""
        self._tokens, self._lengths, self._starts = (
            tensor.to(device) for tensor in (self._tokens, self._lengths, self._starts)
        )

    @property
    def device(self) -> torch.device:
        """Where `rows` gathers."""
        return self._tokens.device

    def predicted(self) -> npt.NDArray[np.int32]:
        """All tokens of target sentences that are ever predicted: everything but BEGIN."""
        tokens = self._tokens.numpy()
        predicted: npt.NDArray[np.int32] = tokens[tokens != BEGIN]
        return predicted

    def share_of(self, piece: int) -> float:
        """Share of one piece among all tokens."""
        return float((self._tokens == piece).float().mean())

    def ids(self, row: int) -> list[int]:
        """The pieces of one sentence, without what marks its ends."""
        start = int(self._starts[row])
        sentence: list[int] = self._tokens[start : start + int(self.lengths[row])].tolist()
        return [piece for piece in sentence if piece > END]

    def rows(self, rows_B: Tensor, width: int) -> Tensor:
        """Sentences side by side, shape (B, width), int64, padded with PAD on the right."""
        offsets = torch.arange(width, device=rows_B.device)
        inside = offsets < self._lengths[rows_B, None]
        places = torch.where(inside, self._starts[rows_B, None] + offsets, 0)
        return torch.where(inside, self._tokens[places].long(), PAD)


@dataclass(frozen=True)
class Split:
    """Sentence pairs; row i of both sides belongs together."""

    source: Sentences
    target: Sentences

    def __len__(self) -> int:
        return len(self.target.lengths)

    @property
    def target_tokens(self) -> Int64s:
        """What a model predicts of each target sentence, its pieces and END; shape (n,), int64."""
        return self.target.lengths - 1


@dataclass(kw_only=True)
class Translations(Data):
    """What `load_translations` returns, beside what every domain's data has.

    Args:
        source_vocabulary, target_vocabulary: pieces in each, special ones included.
        parts: the splits by name.
        test_pairs: the test split as text, in its order.
        source_model, target_model: SentencePiece model file of each side, to turn tokens into text.
        also: other pairs that every model is evaluated on besides, by name.
    """

    source_vocabulary: int
    target_vocabulary: int
    parts: dict[str, Split]
    test_pairs: Sequence[Pair]
    source_model: Path
    target_model: Path
    also: dict[str, Split] = field(default_factory=dict)

    def to(self, device: torch.device) -> None:
        """Move all token tensors to the device, once."""
        for part in (*self.parts.values(), *self.also.values()):
            part.source.to(device)
            part.target.to(device)


def load_translations(dataset: str, cache: Cache, recipe: Recipe) -> Translations:
    """Train, validation and test of a parallel text, prepared once in the cache and memory-mapped after.

    Args:
        dataset: see `find_parallel_text`.
        recipe: vocabulary and filters.
    Raises:
        ValueError: unknown data set, unreadable file or unsuitable recipe, naming the remedy.
    """
    text = find_parallel_text(dataset, cache)
    inputs = f"{text.identity} {msgspec.json.encode(recipe).decode()} nmt {VERSION}"
    name = "nmt-" + re.sub(r"[^\w-]+.*", "", dataset)
    folder = cache.prepared(name, inputs, lambda draft: prepare(draft, text, recipe))
    meta = msgspec.json.decode((folder / META).read_bytes(), type=Meta)
    parts = {split: read_split(folder, split) for split in PARTS}
    counts = {split: int(part.target_tokens.sum()) for split, part in parts.items()}
    source_vocabulary, target_vocabulary = (len(load_vocabulary(folder / f"{side}.model")) for side in SIDES)
    return Translations(
        dataset=dataset,
        fingerprint=meta.fingerprint,
        train_units=counts[TRAIN],
        splits={name: f"{len(part):,} pairs, {counts[name]:,} target tokens" for name, part in parts.items()},
        chance=chance(parts[TRAIN], parts[VALIDATION], target_vocabulary),
        notes=meta.notes,
        doubts=[*meta.doubts, *unknown_characters(parts[TRAIN])],
        examples=_examples(parts[TRAIN], folder),
        source_vocabulary=source_vocabulary,
        target_vocabulary=target_vocabulary,
        parts=parts,
        test_pairs=msgspec.json.decode((folder / TEST_TEXT).read_bytes(), type=list[Pair]),
        source_model=folder / "source.model",
        target_model=folder / "target.model",
    )


def chance(train: Split, validation: Split, pieces: int) -> dict[str, float]:
    """Errors on validation of a model that knows only how frequent each target piece is in training."""
    counts = np.bincount(train.target.predicted(), minlength=pieces)
    actual = validation.target.predicted()
    smoothed = (counts + 1) / (counts.sum() + pieces)
    return {
        "token_error": float(np.mean(actual != counts.argmax())),
        "cross_entropy_nats": float(-np.log(smoothed[actual]).mean()),
    }


def unknown_characters(train: Split) -> list[str]:
    """Doubts where characters are not in a vocabulary.

    Raises:
        ValueError: if they are so many that an error would say nothing.
    """
    return [
        doubt for name, side in (("source", train.source), ("target", train.target))
        for doubt in doubts_about(
            f"of the {name} pieces are characters that the vocabulary lacks", side.share_of(UNKNOWN),
            "raise options.vocabulary to several times the characters",
        )
    ]  # fmt: skip


def _examples(train: Split, folder: Path) -> list[str]:
    pieces = [load_vocabulary(folder / f"{side}.model") for side in SIDES]
    rows = range(min(EXAMPLES, len(train)))
    return [" > ".join(p.decode(side.ids(row)) for p, side in zip(pieces, (train.source, train.target), strict=True))
            for row in rows]  # fmt: skip


def read_split(folder: Path, split: str) -> Split:
    """Copy-on-write maps, because torch takes no read-only arrays; nobody writes."""
    names = [f"{split}-{side}" for side in SIDES]
    source, target = (
        Sentences(*(np.load(folder / f"{name}{part}.npy", mmap_mode="c") for part in ("", "-lengths")))
        for name in names
    )
    return Split(source, target)
