"""Paragraphs into token arrays: deduplicated, split, encoded once, memory-mapped ever after."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from steepness.data.artefacts import Cache
from steepness.data.preparing import save_blocks
from steepness.domain import PARTS, TEST, TRAIN, VALIDATION
from steepness.domains.text.sources import BY_HASH, TextFiles
from steepness.domains.text.tokens import END, UNKNOWN, Ids, Tokenizer

HELD_OUT_PER_MILLE = {VALIDATION: range(0, 30), TEST: range(30, 60)}
"""Of the texts' hashes; the rest trains."""
BLOCK = 1 << 22
"""Tokens converted at a time, so that memory does not grow with the corpus."""


@dataclass(frozen=True)
class Paragraphs:
    """A split's paragraphs end to end, each ending in `END`.

    Args:
        tokens: ids, shape (tokens,), uint8, uint16 or int32, memory-mapped.
        starts: where each paragraph starts, and the end, shape (paragraphs + 1,), int64.
    """

    tokens: Ids
    starts: npt.NDArray[np.int64]

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Tokens in each paragraph, shape (paragraphs,)."""
        return np.diff(self.starts)


@dataclass(kw_only=True, frozen=True)
class Corpus:
    """All splits of a prepared text, with the vocabulary and how often each entry occurs in the training split."""

    splits: dict[str, Paragraphs]
    vocabulary: list[str]
    counts: npt.NDArray[np.int64]
    fingerprint: str
    notes: list[str]

    @property
    def unknown(self) -> float:
        """Share of the training tokens that are not in the vocabulary."""
        return float(self.counts[UNKNOWN] / self.counts.sum())


def load_corpus(files: TextFiles, tokenizer: Tokenizer, cache: Cache) -> Corpus:
    """The corpus, prepared if this text with this tokenizer has not been before.

    Raises:
        ValueError: if a file is unreadable or a split comes out empty.
    """
    identity = json.dumps([files.identity, tokenizer.identity, str(HELD_OUT_PER_MILLE)])
    folder = cache.prepared(
        f"text-{tokenizer.name}", identity, lambda draft: _prepare(files, tokenizer, draft)
    )
    facts = json.loads((folder / "facts.json").read_text())
    splits = {
        split: Paragraphs(
            np.load(folder / f"{split}.npy", mmap_mode="r"), np.load(folder / f"{split}-starts.npy")
        )
        for split in PARTS
    }
    return Corpus(
        splits=splits,
        vocabulary=facts["vocabulary"],
        counts=np.load(folder / "counts.npy"),
        fingerprint=facts["fingerprint"],
        notes=facts["notes"],
    )


def assign(paragraphs: Iterable[tuple[str, str]], tally: Counter[str]) -> Iterator[tuple[str, str]]:
    """Names each paragraph's split and drops repeated ones; texts that differ in case only are the same.

    Args:
        paragraphs: (split or BY_HASH, text).
        tally: counts what is kept under the split's name, what is dropped under "duplicate".
    """
    seen = set()
    for given, text in paragraphs:
        digest = hashlib.blake2b(" ".join(text.lower().split()).encode(), digest_size=8).digest()
        number = int.from_bytes(digest, "little")
        split = "duplicate" if number in seen else _split_of(number) if given == BY_HASH else given
        seen.add(number)
        tally[split] += 1
        if split != "duplicate":
            yield split, text


def entries_for(files: TextFiles, tokenizer: Tokenizer, shares: Sequence[float]) -> list[int]:
    """The vocabulary that leaves at most a share of a text unknown, for each share; in two figures, rounded up.

    Args:
        tokenizer: fresh, of any size.
    """
    counts: Counter[int] = Counter()
    for _, text in files.paragraphs():
        counts.update(tokenizer.encode(text).tolist())
    del counts[END]
    held = np.cumsum(sorted(counts.values(), reverse=True))
    needed = [1 + int(np.searchsorted(held, (1 - share) * held[-1])) for share in shares]
    steps = [10 ** max(len(str(entries)) - 2, 0) for entries in needed]
    return [-(-entries // step) * step for entries, step in zip(needed, steps, strict=True)]


def _split_of(number: int) -> str:
    return next((s for s, share in HELD_OUT_PER_MILLE.items() if number % 1000 in share), TRAIN)


def _prepare(files: TextFiles, tokenizer: Tokenizer, folder: Path) -> None:
    tally: Counter[str] = Counter()
    _encode(assign(files.paragraphs(), tally), tokenizer, folder)
    if empty := [split for split in PARTS if not tally[split]]:
        raise ValueError(
            f"no paragraph for {' and '.join(empty)} in {tally.total()} paragraphs; give more text "
            "(3 % of the paragraphs validate, 3 % test)"
        )
    provisional = {split: np.memmap(folder / f"{split}.raw", tokenizer.dtype, mode="r") for split in PARTS}
    distinct = 1 + max(int(ids.max()) for ids in provisional.values())
    vocabulary, final = tokenizer.finish(_count(provisional[TRAIN], distinct))
    for split, ids in provisional.items():
        _convert(ids, final, folder / f"{split}.npy")
        (folder / f"{split}.raw").unlink()
    counts = _count(np.load(folder / f"{TRAIN}.npy", mmap_mode="r"), len(vocabulary))
    np.save(folder / "counts.npy", counts)
    facts = {
        "vocabulary": vocabulary,
        "fingerprint": _fingerprint(folder, vocabulary),
        "notes": [*files.notes, *_describe(tally, counts)],
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def _encode(paragraphs: Iterable[tuple[str, str]], tokenizer: Tokenizer, folder: Path) -> None:
    """Writes provisional ids as raw bytes, and where each paragraph starts."""
    raw: dict[str, BinaryIO] = {split: (folder / f"{split}.raw").open("wb") for split in PARTS}
    lengths: dict[str, list[int]] = {split: [] for split in PARTS}
    for split, text in paragraphs:
        ids = tokenizer.encode(text)
        lengths[split].append(len(ids))
        raw[split].write(ids.tobytes())
    for split in PARTS:
        raw[split].close()
        np.save(
            folder / f"{split}-starts.npy", np.concatenate([[0], np.cumsum(lengths[split], dtype=np.int64)])
        )


def _convert(provisional: Ids, final: Ids, path: Path) -> None:
    blocks = (final[provisional[start : start + BLOCK]] for start in range(0, len(provisional), BLOCK))
    save_blocks(path, provisional.shape, final.dtype, blocks)


def _count(ids: Ids, size: int) -> npt.NDArray[np.int64]:
    counts = np.zeros(size, dtype=np.int64)
    for start in range(0, len(ids), BLOCK):
        counts += np.bincount(ids[start : start + BLOCK], minlength=size)
    return counts


def _fingerprint(folder: Path, vocabulary: list[str]) -> str:
    """Of the arrays themselves, so that it is the same wherever and from whichever path they were made."""
    digest = hashlib.sha256(json.dumps(vocabulary).encode())
    for path in sorted(folder.glob("*.npy")):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _describe(tally: Counter[str], counts: npt.NDArray[np.int64]) -> list[str]:
    unknown = counts[0] / counts.sum()
    return [
        ", ".join(f"{tally[split]:,} {split}" for split in (*PARTS, "duplicate")) + " paragraphs",
        f"{len(counts):,} entries in the vocabulary; {100 * unknown:.2f} % of the training tokens are not in it",
    ]
