"""Sub-word vocabularies, learnt from the training split alone."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from steepness.domains.nmt.pieces import BEGIN, END, PAD, UNKNOWN
from steepness.domains.nmt.sources import Pair

_BPE_SENTENCES = 2_000_000  # more make byte-pair encoding slower, not better


def train_vocabularies(pairs: Sequence[Pair], size: int, joint: bool) -> tuple[bytes, bytes]:
    """SentencePiece models of the source and the target side, byte-pair encoding (Sennrich et al. 2016).

    Args:
        pairs: of the training split alone.
        size: pieces in each vocabulary, the four special ones included.
        joint: one vocabulary for both languages.
    Raises:
        ValueError: if the text has not that many pieces.
    """
    step = max(1, len(pairs) // _BPE_SENTENCES)
    sources, targets = (list(side) for side in zip(*pairs[::step], strict=True))
    if joint:
        model = _train_bpe([*sources, *targets], size, "source and target")
        return model, model
    return _train_bpe(sources, size, "source"), _train_bpe(targets, size, "target")


def load_vocabulary(model: Path) -> sentencepiece.SentencePieceProcessor:
    """The SentencePiece model of a file; its length is the number of pieces."""
    return sentencepiece.SentencePieceProcessor(model_file=str(model))


def _train_bpe(sentences: Sequence[str], size: int, side: str) -> bytes:
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type="bpe",
            vocab_size=size,
            pad_id=PAD,
            unk_id=UNKNOWN,
            bos_id=BEGIN,
            eos_id=END,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise ValueError(
            f"option vocabulary = {size:,} does not suit the {side} text: {_remedy(str(error), sentences)}"
        ) from error
    return model.getvalue()


def _remedy(complaint: str, sentences: Sequence[str]) -> str:
    """SentencePiece's limits in terms of our own option."""
    if most := re.search(r"value <= (\d+)", complaint):
        return f"it has no more pieces; --set options.vocabulary={most[1]} or less, or give more text"
    if least := re.search(r"required_chars[^\d]*\d+ vs (\d+)", complaint):
        return f"it has {int(least[1]):,} different characters; --set options.vocabulary={2 * int(least[1])} or so"
    characters = len(set("".join(sentences)))
    return f"it has {len(sentences):,} sentences of {characters:,} different characters ({complaint.splitlines()[-1]})"
